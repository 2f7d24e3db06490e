-- A page of /changes.ndjson, in the file page.ndjson, added to the changes taken before.
create table if not exists change (
    revision bigint primary key, position text, cursor text, type text, record_id text,
    document text
);
insert or ignore into change
select revision, position, cursor, type, "recordId", document
from read_ndjson('page.ndjson', columns = {
    revision: 'bigint', position: 'text', cursor: 'text', type: 'text', "recordId": 'text',
    document: 'text'
})
where revision is not null; -- The last line is no change.
