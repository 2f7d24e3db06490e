CREATE TABLE erasure (
    type VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    shown_from BIGINT NOT NULL,
    shown_to BIGINT NOT NULL,
    CONSTRAINT pk_erasure PRIMARY KEY (type, key, revision, shown_from)
);

CREATE VIEW taken_down AS SELECT type, key FROM erasure WHERE 1 = 0;
