-- The first tables, in SQL that both engines read; frozen: later changes are later migrations.

CREATE TABLE head (
    id INTEGER NOT NULL,
    revision BIGINT NOT NULL,
    CONSTRAINT pk_head PRIMARY KEY (id),
    CONSTRAINT ck_head_single CHECK (id = 1)
);

CREATE TABLE partial_date (
    edtf VARCHAR NOT NULL,
    earliest DATE,
    latest DATE,
    precision VARCHAR NOT NULL,
    approximate BOOLEAN NOT NULL,
    uncertain BOOLEAN NOT NULL,
    text VARCHAR NOT NULL,
    CONSTRAINT pk_partial_date PRIMARY KEY (edtf),
    CONSTRAINT ck_partial_date_precision CHECK (precision in ('DAY', 'MONTH', 'YEAR', 'DECADE', 'CENTURY', 'RANGE', 'UNKNOWN')),
    CONSTRAINT ck_partial_date_ordered CHECK (earliest <= latest)
);

CREATE TABLE record (
    id INTEGER NOT NULL,
    type VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    revision BIGINT NOT NULL,
    disputed BOOLEAN NOT NULL,
    CONSTRAINT pk_record PRIMARY KEY (id),
    CONSTRAINT uq_record_type_key UNIQUE (type, "key")
);

CREATE INDEX ix_record_disputed ON record (id) WHERE disputed;

CREATE TABLE organisation (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    acronym VARCHAR,
    aliases VARCHAR NOT NULL,
    founded VARCHAR,
    predecessor_id INTEGER,
    CONSTRAINT pk_organisation PRIMARY KEY (id),
    CONSTRAINT fk_organisation_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_organisation_key UNIQUE ("key"),
    CONSTRAINT fk_organisation_founded FOREIGN KEY(founded) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_organisation_predecessor_id FOREIGN KEY(predecessor_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_organisation_name_key ON organisation (name, "key");

CREATE INDEX ix_organisation_predecessor_id ON organisation (predecessor_id);

CREATE TABLE publication (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    CONSTRAINT pk_publication PRIMARY KEY (id),
    CONSTRAINT fk_publication_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_publication_key UNIQUE ("key")
);

CREATE TABLE state (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    official_name VARCHAR,
    aliases VARCHAR NOT NULL,
    CONSTRAINT pk_state PRIMARY KEY (id),
    CONSTRAINT fk_state_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_state_key UNIQUE ("key")
);

CREATE INDEX ix_state_name_key ON state (name, "key");

CREATE TABLE article (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    headline VARCHAR NOT NULL,
    publication_id INTEGER NOT NULL,
    issue_number INTEGER,
    issued_on VARCHAR,
    dated_on VARCHAR NOT NULL,
    dated_order VARCHAR NOT NULL,
    dated_earliest VARCHAR NOT NULL,
    dated_latest VARCHAR NOT NULL,
    place VARCHAR,
    author VARCHAR,
    summary VARCHAR,
    url VARCHAR,
    year_inferred BOOLEAN NOT NULL,
    known_from DATE NOT NULL,
    CONSTRAINT pk_article PRIMARY KEY (id),
    CONSTRAINT fk_article_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_article_key UNIQUE ("key"),
    CONSTRAINT fk_article_publication_id FOREIGN KEY(publication_id) REFERENCES publication (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_article_issued_on FOREIGN KEY(issued_on) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_article_dated_on FOREIGN KEY(dated_on) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_article_dated_order_key ON article (dated_order, "key");

CREATE INDEX ix_article_publication_id_issue_number ON article (publication_id, issue_number);

CREATE INDEX ix_article_publication_id_dated_earliest_key ON article (publication_id, dated_earliest, "key");

CREATE INDEX ix_article_dated_falling ON article (dated_earliest, "key", dated_latest);

CREATE INDEX ix_article_dated_latest ON article (dated_latest);

CREATE INDEX ix_article_headline_key ON article (headline, "key");

CREATE TABLE membership (
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
    period_text VARCHAR NOT NULL,
    start_doubt VARCHAR NOT NULL,
    end_doubt VARCHAR NOT NULL,
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    organisation_id INTEGER NOT NULL,
    state_id INTEGER NOT NULL,
    status VARCHAR NOT NULL,
    CONSTRAINT pk_membership PRIMARY KEY (id),
    CONSTRAINT fk_membership_period_start FOREIGN KEY(period_start) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_membership_period_end FOREIGN KEY(period_end) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT ck_membership_end_kind CHECK (end_kind in ('DATED', 'ONGOING', 'UNKNOWN')),
    CONSTRAINT ck_membership_in_order CHECK (start_earliest <= end_latest),
    CONSTRAINT ck_membership_dated_end CHECK (end_kind <> 'DATED' or end_latest <> 'infinity'),
    CONSTRAINT ck_membership_attested CHECK ((end_kind = 'ONGOING') = (attested_until is not null)),
    CONSTRAINT ck_membership_status CHECK (status in ('MEMBER', 'SUSPENDED', 'OBSERVER')),
    CONSTRAINT fk_membership_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_membership_key UNIQUE ("key"),
    CONSTRAINT fk_membership_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_membership_state_id FOREIGN KEY(state_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_membership_as_of ON membership (organisation_id, status, end_latest, start_earliest);

CREATE INDEX ix_membership_organisation_id_start_order_key ON membership (organisation_id, start_order, "key");

CREATE INDEX ix_membership_start ON membership (start_order, "key", start_earliest, start_latest, end_earliest, end_latest);

CREATE INDEX ix_membership_start_falling ON membership (start_earliest, "key");

CREATE INDEX ix_membership_end ON membership (end_latest, "key");

CREATE INDEX ix_membership_end_falling ON membership (end_order, "key");

CREATE INDEX ix_membership_state_id_start_order_key ON membership (state_id, start_order, "key");

CREATE TABLE official (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    aliases VARCHAR NOT NULL,
    nationality_id INTEGER,
    CONSTRAINT pk_official PRIMARY KEY (id),
    CONSTRAINT fk_official_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_official_key UNIQUE ("key"),
    CONSTRAINT fk_official_nationality_id FOREIGN KEY(nationality_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_official_name_key ON official (name, "key");

CREATE INDEX ix_official_nationality_id ON official (nationality_id);

CREATE TABLE summit (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    organisation_id INTEGER NOT NULL,
    held_on VARCHAR NOT NULL,
    held_order VARCHAR NOT NULL,
    held_earliest VARCHAR NOT NULL,
    held_latest VARCHAR NOT NULL,
    city VARCHAR,
    host_id INTEGER,
    CONSTRAINT pk_summit PRIMARY KEY (id),
    CONSTRAINT fk_summit_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_summit_key UNIQUE ("key"),
    CONSTRAINT fk_summit_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_summit_held_on FOREIGN KEY(held_on) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_summit_host_id FOREIGN KEY(host_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_summit_held ON summit (held_order, "key", held_earliest, held_latest);

CREATE INDEX ix_summit_held_falling ON summit (held_earliest, "key");

CREATE INDEX ix_summit_city_key ON summit (city, "key");

CREATE INDEX ix_summit_host_id_held_order_key ON summit (host_id, held_order, "key");

CREATE INDEX ix_summit_organisation_id_held_order_key ON summit (organisation_id, held_order, "key");

CREATE TABLE citation (
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    subject_id INTEGER NOT NULL,
    field VARCHAR,
    value VARCHAR,
    stance VARCHAR NOT NULL,
    article_id INTEGER NOT NULL,
    paragraph INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    sha256 VARCHAR NOT NULL,
    claim VARCHAR NOT NULL,
    verified BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_citation PRIMARY KEY (id),
    CONSTRAINT ck_citation_stance CHECK (stance in ('SUPPORTS', 'DISPUTES')),
    CONSTRAINT ck_citation_paragraph CHECK (paragraph > 0),
    CONSTRAINT ck_citation_offsets CHECK (start_at >= 0 and start_at < end_at),
    CONSTRAINT ck_citation_sha256 CHECK (length(sha256) = 64),
    CONSTRAINT fk_citation_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_citation_key UNIQUE ("key"),
    CONSTRAINT fk_citation_subject_id FOREIGN KEY(subject_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_citation_article_id FOREIGN KEY(article_id) REFERENCES article (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_citation_article_id_key ON citation (article_id, "key");

CREATE INDEX ix_citation_articles ON citation (subject_id, article_id);

CREATE INDEX ix_citation_subject_id_key ON citation (subject_id, "key");

CREATE TABLE event (
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
    period_text VARCHAR NOT NULL,
    start_doubt VARCHAR NOT NULL,
    end_doubt VARCHAR NOT NULL,
    id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    place VARCHAR,
    summit_id INTEGER,
    CONSTRAINT pk_event PRIMARY KEY (id),
    CONSTRAINT fk_event_period_start FOREIGN KEY(period_start) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_event_period_end FOREIGN KEY(period_end) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT ck_event_end_kind CHECK (end_kind in ('DATED', 'ONGOING', 'UNKNOWN')),
    CONSTRAINT ck_event_in_order CHECK (start_earliest <= end_latest),
    CONSTRAINT ck_event_dated_end CHECK (end_kind <> 'DATED' or end_latest <> 'infinity'),
    CONSTRAINT ck_event_attested CHECK ((end_kind = 'ONGOING') = (attested_until is not null)),
    CONSTRAINT ck_event_kind CHECK (kind in ('AGREEMENT', 'DECISION', 'APPOINTMENT', 'ARREST', 'CONFLICT', 'DEPLOYMENT', 'LEGISLATION', 'STATEMENT', 'OTHER')),
    CONSTRAINT fk_event_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_event_key UNIQUE ("key"),
    CONSTRAINT fk_event_summit_id FOREIGN KEY(summit_id) REFERENCES summit (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_event_start ON event (start_order, "key", start_earliest, start_latest, end_earliest, end_latest);

CREATE INDEX ix_event_start_falling ON event (start_earliest, "key");

CREATE INDEX ix_event_end ON event (end_latest, "key");

CREATE INDEX ix_event_end_falling ON event (end_order, "key");

CREATE INDEX ix_event_title_key ON event (title, "key");

CREATE INDEX ix_event_summit_id_start_order_key ON event (summit_id, start_order, "key");

CREATE TABLE mention (
    article_id INTEGER NOT NULL,
    subject_id INTEGER NOT NULL,
    count INTEGER NOT NULL,
    CONSTRAINT pk_mention PRIMARY KEY (article_id, subject_id),
    CONSTRAINT ck_mention_positive CHECK (count > 0),
    CONSTRAINT fk_mention_article_id FOREIGN KEY(article_id) REFERENCES article (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_mention_subject_id FOREIGN KEY(subject_id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_mention_subject_id ON mention (subject_id);

CREATE TABLE paragraph (
    article_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    text VARCHAR NOT NULL,
    CONSTRAINT pk_paragraph PRIMARY KEY (article_id, number),
    CONSTRAINT ck_paragraph_from_one CHECK (number > 0),
    CONSTRAINT fk_paragraph_article_id FOREIGN KEY(article_id) REFERENCES article (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE participation (
    summit_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    official_id INTEGER,
    state_id INTEGER,
    attendance VARCHAR NOT NULL,
    note VARCHAR,
    CONSTRAINT pk_participation PRIMARY KEY (summit_id, position),
    CONSTRAINT ck_participation_attendance CHECK (attendance in ('ATTENDED', 'ABSENT')),
    CONSTRAINT ck_participation_someone CHECK (official_id is not null or state_id is not null),
    CONSTRAINT fk_participation_summit_id FOREIGN KEY(summit_id) REFERENCES summit (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_participation_official_id FOREIGN KEY(official_id) REFERENCES official (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_participation_state_id FOREIGN KEY(state_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_participation_official_id ON participation (official_id);

CREATE INDEX ix_participation_state_id ON participation (state_id);

CREATE TABLE term (
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
    CONSTRAINT pk_term PRIMARY KEY (id),
    CONSTRAINT fk_term_period_start FOREIGN KEY(period_start) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_term_period_end FOREIGN KEY(period_end) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT ck_term_end_kind CHECK (end_kind in ('DATED', 'ONGOING', 'UNKNOWN')),
    CONSTRAINT ck_term_in_order CHECK (start_earliest <= end_latest),
    CONSTRAINT ck_term_dated_end CHECK (end_kind <> 'DATED' or end_latest <> 'infinity'),
    CONSTRAINT ck_term_attested CHECK ((end_kind = 'ONGOING') = (attested_until is not null)),
    CONSTRAINT ck_term_one_body CHECK ((organisation_id is null) <> (state_id is null)),
    CONSTRAINT fk_term_id FOREIGN KEY(id) REFERENCES record (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT uq_term_key UNIQUE ("key"),
    CONSTRAINT fk_term_official_id FOREIGN KEY(official_id) REFERENCES official (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_term_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_term_state_id FOREIGN KEY(state_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_term_planned_end FOREIGN KEY(planned_end) REFERENCES partial_date (edtf) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_term_official_id_start_order_key ON term (official_id, start_order, "key");

CREATE INDEX ix_term_organisation_id_start_order_key ON term (organisation_id, start_order, "key");

CREATE INDEX ix_term_office_key ON term (office, "key");

CREATE INDEX ix_term_organisation_office ON term (organisation_id, office, end_latest);

CREATE INDEX ix_term_start ON term (start_order, "key", start_earliest, start_latest, end_earliest, end_latest);

CREATE INDEX ix_term_start_falling ON term (start_earliest, "key");

CREATE INDEX ix_term_end ON term (end_latest, "key");

CREATE INDEX ix_term_end_falling ON term (end_order, "key");

CREATE INDEX ix_term_state_id_start_order_key ON term (state_id, start_order, "key");

CREATE INDEX ix_term_state_office ON term (state_id, office, end_latest);

CREATE TABLE event_official (
    event_id INTEGER NOT NULL,
    official_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_event_official PRIMARY KEY (event_id, official_id),
    CONSTRAINT fk_event_official_event_id FOREIGN KEY(event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_event_official_official_id FOREIGN KEY(official_id) REFERENCES official (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_event_official_official_id ON event_official (official_id);

CREATE TABLE event_organisation (
    event_id INTEGER NOT NULL,
    organisation_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_event_organisation PRIMARY KEY (event_id, organisation_id),
    CONSTRAINT fk_event_organisation_event_id FOREIGN KEY(event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_event_organisation_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_event_organisation_organisation_id ON event_organisation (organisation_id);

CREATE TABLE event_state (
    event_id INTEGER NOT NULL,
    state_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_event_state PRIMARY KEY (event_id, state_id),
    CONSTRAINT fk_event_state_event_id FOREIGN KEY(event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_event_state_state_id FOREIGN KEY(state_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_event_state_state_id ON event_state (state_id);
