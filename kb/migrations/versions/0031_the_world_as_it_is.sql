CREATE TABLE organisation_predecessor (
    organisation_id INTEGER NOT NULL,
    predecessor_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    predecessor_from VARCHAR DEFAULT 'infinity' NOT NULL,
    CONSTRAINT pk_organisation_predecessor PRIMARY KEY (organisation_id, predecessor_id),
    CONSTRAINT fk_organisation_predecessor_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_organisation_predecessor_predecessor_id FOREIGN KEY(predecessor_id) REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_organisation_predecessor_predecessor_id ON organisation_predecessor (predecessor_id);

CREATE TABLE state_predecessor (
    state_id INTEGER NOT NULL,
    predecessor_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    predecessor_from VARCHAR DEFAULT 'infinity' NOT NULL,
    CONSTRAINT pk_state_predecessor PRIMARY KEY (state_id, predecessor_id),
    CONSTRAINT fk_state_predecessor_state_id FOREIGN KEY(state_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT fk_state_predecessor_predecessor_id FOREIGN KEY(predecessor_id) REFERENCES state (id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX ix_state_predecessor_predecessor_id ON state_predecessor (predecessor_id);

CREATE VIEW every_organisation_predecessor AS SELECT organisation_id, predecessor_id, position, predecessor_from FROM organisation_predecessor;

CREATE VIEW every_state_predecessor AS SELECT state_id, predecessor_id, position, predecessor_from FROM state_predecessor;
