-- What could be known when, where sources disagree, and what can be searched; frozen.

CREATE TABLE organisation_version (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    acronym VARCHAR,
    aliases VARCHAR NOT NULL,
    founded VARCHAR,
    founded_order VARCHAR DEFAULT 'infinity' NOT NULL,
    founded_earliest VARCHAR DEFAULT '-infinity' NOT NULL,
    predecessor_id INTEGER,
    known_from VARCHAR NOT NULL,
    known_to VARCHAR NOT NULL,
    CONSTRAINT pk_organisation_version PRIMARY KEY (id, known_from),
    CONSTRAINT fk_organisation_version_founded FOREIGN KEY(founded) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_organisation_version_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_organisation_version_predecessor_id FOREIGN KEY(predecessor_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_organisation_version_founded_earliest_key ON organisation_version (founded_earliest, "key");

CREATE INDEX ix_organisation_version_founded_order_key ON organisation_version (founded_order, "key");

CREATE INDEX ix_organisation_version_key ON organisation_version ("key");

CREATE INDEX ix_organisation_version_name_key ON organisation_version (name, "key");

CREATE INDEX ix_organisation_version_predecessor_id ON organisation_version (predecessor_id);

CREATE TABLE membership_version (
    period_start VARCHAR,
    period_end VARCHAR,
    end_kind VARCHAR NOT NULL,
    attested_until DATE,
    start_earliest VARCHAR NOT NULL,
    start_latest VARCHAR NOT NULL,
    end_earliest VARCHAR NOT NULL,
    end_latest VARCHAR NOT NULL,
    start_order VARCHAR NOT NULL,
    end_order VARCHAR NOT NULL,
    start_fork INTEGER DEFAULT 0 NOT NULL,
    end_fork INTEGER DEFAULT 0 NOT NULL,
    span_fork INTEGER DEFAULT 0 NOT NULL,
    period_text VARCHAR NOT NULL,
    start_doubt VARCHAR NOT NULL,
    end_doubt VARCHAR NOT NULL,
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    organisation_id INTEGER NOT NULL,
    state_id INTEGER NOT NULL,
    status VARCHAR NOT NULL,
    organisation_name VARCHAR DEFAULT '' NOT NULL,
    state_name VARCHAR DEFAULT '' NOT NULL,
    known_from VARCHAR NOT NULL,
    known_to VARCHAR NOT NULL,
    CONSTRAINT pk_membership_version PRIMARY KEY (id, known_from),
    CONSTRAINT fk_membership_version_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_membership_version_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_membership_version_period_end FOREIGN KEY(period_end) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_membership_version_period_start FOREIGN KEY(period_start) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_membership_version_state_id FOREIGN KEY(state_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_membership_version_as_of ON membership_version (organisation_id, status, end_latest, start_earliest);

CREATE INDEX ix_membership_version_end ON membership_version (end_latest, "key");

CREATE INDEX ix_membership_version_end_falling ON membership_version (end_order, "key");

CREATE INDEX ix_membership_version_end_fork ON membership_version (end_fork);

CREATE INDEX ix_membership_version_key ON membership_version ("key");

CREATE INDEX ix_membership_version_organisation_id_start_order_key ON membership_version (organisation_id, start_order, "key");

CREATE INDEX ix_membership_version_organisation_name_key ON membership_version (organisation_name, "key");

CREATE INDEX ix_membership_version_start ON membership_version (start_order, "key", start_earliest, start_latest, end_earliest, end_latest);

CREATE INDEX ix_membership_version_start_falling ON membership_version (start_earliest, "key");

CREATE INDEX ix_membership_version_start_fork ON membership_version (start_fork);

CREATE INDEX ix_membership_version_state_id_start_order_key ON membership_version (state_id, start_order, "key");

CREATE INDEX ix_membership_version_state_name_key ON membership_version (state_name, "key");

CREATE INDEX ix_membership_version_status_start_order_key ON membership_version (status, start_order, "key");

CREATE TABLE official_version (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    aliases VARCHAR NOT NULL,
    nationality_id INTEGER,
    known_from VARCHAR NOT NULL,
    known_to VARCHAR NOT NULL,
    CONSTRAINT pk_official_version PRIMARY KEY (id, known_from),
    CONSTRAINT fk_official_version_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_official_version_nationality_id FOREIGN KEY(nationality_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_official_version_key ON official_version ("key");

CREATE INDEX ix_official_version_name_key ON official_version (name, "key");

CREATE INDEX ix_official_version_nationality_id ON official_version (nationality_id);

CREATE TABLE term_version (
    period_start VARCHAR,
    period_end VARCHAR,
    end_kind VARCHAR NOT NULL,
    attested_until DATE,
    start_earliest VARCHAR NOT NULL,
    start_latest VARCHAR NOT NULL,
    end_earliest VARCHAR NOT NULL,
    end_latest VARCHAR NOT NULL,
    start_order VARCHAR NOT NULL,
    end_order VARCHAR NOT NULL,
    start_fork INTEGER DEFAULT 0 NOT NULL,
    end_fork INTEGER DEFAULT 0 NOT NULL,
    span_fork INTEGER DEFAULT 0 NOT NULL,
    period_text VARCHAR NOT NULL,
    start_doubt VARCHAR NOT NULL,
    end_doubt VARCHAR NOT NULL,
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    official_id INTEGER NOT NULL,
    office VARCHAR NOT NULL,
    organisation_id INTEGER,
    state_id INTEGER,
    planned_end VARCHAR,
    end_reason VARCHAR,
    holder_name VARCHAR DEFAULT '' NOT NULL,
    known_from VARCHAR NOT NULL,
    known_to VARCHAR NOT NULL,
    CONSTRAINT pk_term_version PRIMARY KEY (id, known_from),
    CONSTRAINT fk_term_version_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_term_version_official_id FOREIGN KEY(official_id) REFERENCES official (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_term_version_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_term_version_period_end FOREIGN KEY(period_end) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_term_version_period_start FOREIGN KEY(period_start) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_term_version_planned_end FOREIGN KEY(planned_end) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_term_version_state_id FOREIGN KEY(state_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_term_version_end ON term_version (end_latest, "key");

CREATE INDEX ix_term_version_end_falling ON term_version (end_order, "key");

CREATE INDEX ix_term_version_holder_name_key ON term_version (holder_name, "key");

CREATE INDEX ix_term_version_key ON term_version ("key");

CREATE INDEX ix_term_version_office_key ON term_version (office, "key");

CREATE INDEX ix_term_version_official_id_start_order_key ON term_version (official_id, start_order, "key");

CREATE INDEX ix_term_version_organisation_id_start_order_key ON term_version (organisation_id, start_order, "key");

CREATE INDEX ix_term_version_organisation_office ON term_version (organisation_id, office, end_latest);

CREATE INDEX ix_term_version_start ON term_version (start_order, "key", start_earliest, start_latest, end_earliest, end_latest);

CREATE INDEX ix_term_version_start_falling ON term_version (start_earliest, "key");

CREATE INDEX ix_term_version_state_id_start_order_key ON term_version (state_id, start_order, "key");

CREATE INDEX ix_term_version_state_office ON term_version (state_id, office, end_latest);

CREATE TABLE summit_version (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    organisation_id INTEGER NOT NULL,
    held_on VARCHAR NOT NULL,
    held_order VARCHAR NOT NULL,
    held_earliest VARCHAR NOT NULL,
    held_latest VARCHAR NOT NULL,
    held_fork INTEGER DEFAULT 0 NOT NULL,
    city VARCHAR,
    city_rising VARCHAR DEFAULT '􏿿' NOT NULL,
    city_falling VARCHAR DEFAULT '' NOT NULL,
    host_id INTEGER,
    known_from VARCHAR NOT NULL,
    known_to VARCHAR NOT NULL,
    CONSTRAINT pk_summit_version PRIMARY KEY (id, known_from),
    CONSTRAINT fk_summit_version_held_on FOREIGN KEY(held_on) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_summit_version_host_id FOREIGN KEY(host_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_summit_version_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_summit_version_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_summit_version_city_falling_key ON summit_version (city_falling, "key");

CREATE INDEX ix_summit_version_city_key ON summit_version (city, "key");

CREATE INDEX ix_summit_version_city_rising_key ON summit_version (city_rising, "key");

CREATE INDEX ix_summit_version_held ON summit_version (held_order, "key", held_earliest, held_latest);

CREATE INDEX ix_summit_version_held_falling ON summit_version (held_earliest, "key");

CREATE INDEX ix_summit_version_held_fork ON summit_version (held_fork);

CREATE INDEX ix_summit_version_host_id_held_order_key ON summit_version (host_id, held_order, "key");

CREATE INDEX ix_summit_version_key ON summit_version ("key");

CREATE INDEX ix_summit_version_organisation_id_held_order_key ON summit_version (organisation_id, held_order, "key");

CREATE TABLE event_version (
    period_start VARCHAR,
    period_end VARCHAR,
    end_kind VARCHAR NOT NULL,
    attested_until DATE,
    start_earliest VARCHAR NOT NULL,
    start_latest VARCHAR NOT NULL,
    end_earliest VARCHAR NOT NULL,
    end_latest VARCHAR NOT NULL,
    start_order VARCHAR NOT NULL,
    end_order VARCHAR NOT NULL,
    start_fork INTEGER DEFAULT 0 NOT NULL,
    end_fork INTEGER DEFAULT 0 NOT NULL,
    span_fork INTEGER DEFAULT 0 NOT NULL,
    period_text VARCHAR NOT NULL,
    start_doubt VARCHAR NOT NULL,
    end_doubt VARCHAR NOT NULL,
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    place VARCHAR,
    summit_id INTEGER,
    known_from VARCHAR NOT NULL,
    known_to VARCHAR NOT NULL,
    CONSTRAINT pk_event_version PRIMARY KEY (id, known_from),
    CONSTRAINT fk_event_version_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_event_version_period_end FOREIGN KEY(period_end) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_event_version_period_start FOREIGN KEY(period_start) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_event_version_summit_id FOREIGN KEY(summit_id) REFERENCES summit (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_event_version_end ON event_version (end_latest, "key");

CREATE INDEX ix_event_version_end_falling ON event_version (end_order, "key");

CREATE INDEX ix_event_version_key ON event_version ("key");

CREATE INDEX ix_event_version_kind_start_order_key ON event_version (kind, start_order, "key");

CREATE INDEX ix_event_version_span_fork ON event_version (span_fork);

CREATE INDEX ix_event_version_start ON event_version (start_order, "key", start_earliest, start_latest, end_earliest, end_latest);

CREATE INDEX ix_event_version_start_falling ON event_version (start_earliest, "key");

CREATE INDEX ix_event_version_summit_id_start_order_key ON event_version (summit_id, start_order, "key");

CREATE INDEX ix_event_version_title_key ON event_version (title, "key");

CREATE TABLE disagreement (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    subject_id INTEGER NOT NULL,
    field VARCHAR,
    kind VARCHAR NOT NULL,
    recorded VARCHAR,
    known_from VARCHAR NOT NULL,
    known_to VARCHAR NOT NULL,
    CONSTRAINT pk_disagreement PRIMARY KEY (id),
    CONSTRAINT ck_disagreement_kind CHECK (kind in ('CONFLICT', 'REFINEMENT')),
    CONSTRAINT fk_disagreement_subject_id FOREIGN KEY(subject_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_disagreement_kind_subject_id ON disagreement (kind, subject_id);

CREATE INDEX ix_disagreement_known_to_key ON disagreement (known_to, "key");

CREATE INDEX ix_disagreement_subject_id_known_to ON disagreement (subject_id, known_to);

CREATE TABLE assertion (
    disagreement_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    value VARCHAR NOT NULL,
    CONSTRAINT pk_assertion PRIMARY KEY (disagreement_id, position),
    CONSTRAINT fk_assertion_disagreement_id FOREIGN KEY(disagreement_id) REFERENCES disagreement (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE assertion_citation (
    disagreement_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    citation_id INTEGER NOT NULL,
    CONSTRAINT pk_assertion_citation PRIMARY KEY (disagreement_id, position, citation_id),
    CONSTRAINT fk_assertion_citation_assertion FOREIGN KEY(disagreement_id, position) REFERENCES assertion (disagreement_id, position) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_assertion_citation_citation_id FOREIGN KEY(citation_id) REFERENCES citation (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_assertion_citation_citation_id ON assertion_citation (citation_id);

CREATE TABLE passage (
    id INTEGER NOT NULL,
    record_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    text VARCHAR NOT NULL,
    words VARCHAR NOT NULL,
    weight INTEGER NOT NULL,
    known_from VARCHAR NOT NULL,
    CONSTRAINT pk_passage PRIMARY KEY (id),
    CONSTRAINT fk_passage_record_id FOREIGN KEY(record_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_passage_source_id FOREIGN KEY(source_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_passage_record_id ON passage (record_id);

CREATE INDEX ix_passage_source_id ON passage (source_id);

CREATE VIEW every_record AS SELECT id, type, "key", revision, disputed, known_from FROM record;

CREATE VIEW every_state AS SELECT id, "key", name, official_name, aliases FROM state;

CREATE VIEW every_publication AS SELECT id, "key", name FROM publication;

CREATE VIEW every_article AS SELECT id, "key", headline, publication_id, issue_number, issued_on, dated_on, dated_order, dated_earliest, dated_latest, dated_fork, place, author, summary, url, year_inferred, known_from FROM article;

CREATE VIEW every_citation AS SELECT id, "key", subject_id, field, value, stance, article_id, paragraph, start_at, end_at, sha256, claim, visible_from, verified FROM citation;

CREATE VIEW every_mention AS SELECT article_id, subject_id, count FROM mention;

CREATE VIEW every_participation AS SELECT summit_id, position, official_id, state_id, attendance, note FROM participation;

CREATE VIEW every_passage AS SELECT id, record_id, source_id, text, words, weight, known_from FROM passage;

CREATE VIEW every_disagreement AS SELECT id, "key", subject_id, field, kind, recorded, known_from, known_to FROM disagreement;
