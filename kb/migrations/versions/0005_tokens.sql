-- Who may write, and what was asked under a key; frozen.

CREATE TABLE token (
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    made_at VARCHAR NOT NULL,
    revoked_at VARCHAR,
    CONSTRAINT pk_token PRIMARY KEY (id),
    CONSTRAINT ck_token_role CHECK (role in ('READER', 'CURATOR', 'ADMIN'))
);

CREATE TABLE request (
    token_id VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    record_type VARCHAR NOT NULL,
    record_key VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    at VARCHAR NOT NULL,
    CONSTRAINT pk_request PRIMARY KEY (token_id, "key"),
    CONSTRAINT fk_request_token_id FOREIGN KEY(token_id) REFERENCES token (id)
);

CREATE INDEX ix_request_at ON request (at);
