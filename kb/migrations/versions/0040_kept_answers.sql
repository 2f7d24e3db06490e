CREATE TABLE kept_answer (
    id VARCHAR NOT NULL,
    document VARCHAR NOT NULL,
    variables VARCHAR NOT NULL,
    question VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    chain VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    schema_sha256 VARCHAR NOT NULL,
    withheld VARCHAR NOT NULL,
    at VARCHAR NOT NULL,
    CONSTRAINT pk_kept_answer PRIMARY KEY (id),
    CONSTRAINT ck_kept_answer_withheld CHECK (withheld in ('NOTHING', 'NAMES', 'TEXTS'))
);

CREATE INDEX ix_kept_answer_question_sha256 ON kept_answer (question, sha256);
