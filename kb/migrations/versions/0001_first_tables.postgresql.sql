-- What PostgreSQL does in its own way: functions that statements know from SQLite, and certain
-- spans that may not overlap. Spans are ranges of text, because the bounds are.

CREATE FUNCTION json_quote(value anyelement) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT coalesce(to_json(value)::text, ''null'')';

CREATE FUNCTION hex(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT upper(encode(convert_to(value, ''UTF8''), ''hex''))';

CREATE FUNCTION instr(whole text, part text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT strpos(whole, part)';

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TYPE span AS RANGE (subtype = text, collation = "C");

ALTER TABLE membership ADD CONSTRAINT membership_overlap EXCLUDE USING gist (
    organisation_id WITH =,
    state_id WITH =,
    span(start_latest, end_earliest, '[]') WITH &&
) WHERE (start_latest <= end_earliest);

ALTER TABLE term ADD CONSTRAINT term_overlap EXCLUDE USING gist (
    official_id WITH =,
    office WITH =,
    coalesce(organisation_id, 0) WITH =,
    coalesce(state_id, 0) WITH =,
    span(start_latest, end_earliest, '[]') WITH &&
) WHERE (start_latest <= end_earliest);
