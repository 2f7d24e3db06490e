CREATE TABLE scheme (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    pattern VARCHAR,
    template VARCHAR,
    telling BOOLEAN NOT NULL,
    CONSTRAINT pk_scheme PRIMARY KEY (id),
    CONSTRAINT fk_scheme_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_scheme_key UNIQUE ("key")
);

CREATE TABLE identifier (
    record_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    scheme_id INTEGER NOT NULL,
    value VARCHAR NOT NULL,
    CONSTRAINT pk_identifier PRIMARY KEY (record_id, position),
    CONSTRAINT fk_identifier_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_identifier_scheme_id FOREIGN KEY(scheme_id) REFERENCES scheme (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_identifier_scheme_id_value ON identifier (scheme_id, value);

CREATE TABLE about (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    description VARCHAR,
    licence VARCHAR,
    contact VARCHAR,
    organisation_id INTEGER,
    offices VARCHAR DEFAULT '[]' NOT NULL,
    CONSTRAINT pk_about PRIMARY KEY (id),
    CONSTRAINT fk_about_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_about_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_about_key UNIQUE ("key")
);

CREATE TABLE example (
    about_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    title VARCHAR NOT NULL,
    query VARCHAR NOT NULL,
    CONSTRAINT pk_example PRIMARY KEY (about_id, position),
    CONSTRAINT fk_example_about_id FOREIGN KEY(about_id) REFERENCES about (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_about_organisation_id ON about (organisation_id);

CREATE INDEX ix_article_known_from ON article (known_from);

CREATE VIEW every_identifier AS SELECT record_id, position, scheme_id, value FROM identifier;

CREATE VIEW every_about AS SELECT id, "key", title, description, licence, contact, organisation_id, offices FROM about;

CREATE VIEW every_example AS SELECT about_id, position, title, query FROM example;

