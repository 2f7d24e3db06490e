-- What SQLite does in its own way: triggers that refuse certain spans that overlap.

CREATE TRIGGER membership_insert AFTER insert ON membership
WHEN new.start_latest <= new.end_earliest AND EXISTS (
    SELECT 1 FROM membership other
    WHERE other.id <> new.id AND other.organisation_id = new.organisation_id AND other.state_id = new.state_id
    AND other.start_latest <= other.end_earliest
    AND other.start_latest <= new.end_earliest AND new.start_latest <= other.end_earliest)
BEGIN
    SELECT raise(abort, 'overlap: membership has another row certain on the same day');
END;

CREATE TRIGGER membership_update AFTER update ON membership
WHEN new.start_latest <= new.end_earliest AND EXISTS (
    SELECT 1 FROM membership other
    WHERE other.id <> new.id AND other.organisation_id = new.organisation_id AND other.state_id = new.state_id
    AND other.start_latest <= other.end_earliest
    AND other.start_latest <= new.end_earliest AND new.start_latest <= other.end_earliest)
BEGIN
    SELECT raise(abort, 'overlap: membership has another row certain on the same day');
END;

CREATE TRIGGER term_insert AFTER insert ON term
WHEN new.start_latest <= new.end_earliest AND EXISTS (
    SELECT 1 FROM term other
    WHERE other.id <> new.id AND other.official_id = new.official_id AND other.office = new.office
    AND other.organisation_id IS new.organisation_id AND other.state_id IS new.state_id
    AND other.start_latest <= other.end_earliest
    AND other.start_latest <= new.end_earliest AND new.start_latest <= other.end_earliest)
BEGIN
    SELECT raise(abort, 'overlap: term has another row certain on the same day');
END;

CREATE TRIGGER term_update AFTER update ON term
WHEN new.start_latest <= new.end_earliest AND EXISTS (
    SELECT 1 FROM term other
    WHERE other.id <> new.id AND other.official_id = new.official_id AND other.office = new.office
    AND other.organisation_id IS new.organisation_id AND other.state_id IS new.state_id
    AND other.start_latest <= other.end_earliest
    AND other.start_latest <= new.end_earliest AND new.start_latest <= other.end_earliest)
BEGIN
    SELECT raise(abort, 'overlap: term has another row certain on the same day');
END;
