-- The index of words: it holds them, and shows the texts that they come from.

CREATE VIRTUAL TABLE search_index USING fts5(
    text, content = 'passage', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 0');

CREATE TRIGGER passage_insert AFTER insert ON passage
BEGIN
    INSERT INTO search_index (rowid, text) VALUES (new.id, new.words);
END;

CREATE TRIGGER passage_delete AFTER delete ON passage
BEGIN
    INSERT INTO search_index (search_index, rowid, text) VALUES ('delete', old.id, old.words);
END;
