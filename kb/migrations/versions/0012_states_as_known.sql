CREATE TABLE state_version (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    official_name VARCHAR,
    aliases VARCHAR NOT NULL,
    known_from VARCHAR NOT NULL,
    known_to VARCHAR NOT NULL,
    CONSTRAINT pk_state_version PRIMARY KEY (id, known_from),
    CONSTRAINT fk_state_version_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_state_version_key ON state_version ("key");

CREATE INDEX ix_state_version_name_key ON state_version (name, "key");

