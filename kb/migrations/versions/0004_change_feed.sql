-- Changes, and what they amount to; frozen.

CREATE TABLE change (
    revision BIGINT NOT NULL,
    commit_end BIGINT NOT NULL,
    chain VARCHAR NOT NULL,
    op VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    document VARCHAR,
    at VARCHAR NOT NULL,
    actor VARCHAR,
    CONSTRAINT pk_change PRIMARY KEY (revision),
    CONSTRAINT ck_change_op CHECK (op in ('UPSERT', 'DELETE'))
);

CREATE INDEX ix_change_commit_end_type_revision ON change (commit_end, type, revision);

CREATE INDEX ix_change_type_revision ON change (type, revision);

CREATE TABLE snapshot (
    type VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    document VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    CONSTRAINT pk_snapshot PRIMARY KEY (type, "key")
);

CREATE TABLE tally (
    type VARCHAR NOT NULL,
    count INTEGER NOT NULL,
    checksum VARCHAR NOT NULL,
    CONSTRAINT pk_tally PRIMARY KEY (type)
);
