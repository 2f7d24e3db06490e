CREATE TABLE party (
    event_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    organisation_id INTEGER,
    state_id INTEGER,
    official_id INTEGER,
    role VARCHAR NOT NULL,
    note VARCHAR,
    CONSTRAINT pk_party PRIMARY KEY (event_id, position),
    CONSTRAINT ck_party_role CHECK (role in ('ACTOR', 'AFFECTED', 'BYSTANDER', 'DENIED')),
    CONSTRAINT ck_party_single CHECK ((case when organisation_id is null then 0 else 1 end) + (case when state_id is null then 0 else 1 end) + (case when official_id is null then 0 else 1 end) = 1),
    CONSTRAINT fk_party_event_id FOREIGN KEY(event_id) REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_party_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_party_state_id FOREIGN KEY(state_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_party_official_id FOREIGN KEY(official_id) REFERENCES official (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_party_organisation_id_role ON party (organisation_id, role);

CREATE INDEX ix_party_state_id_role ON party (state_id, role);

CREATE INDEX ix_party_official_id_role ON party (official_id, role);

CREATE INDEX ix_party_role ON party (role);

CREATE VIEW every_party AS SELECT event_id, position, organisation_id, state_id, official_id, role, note FROM party;

