DROP TABLE event_state;

DROP TABLE event_organisation;

DROP TABLE event_official;

DROP TABLE term;

DROP TABLE participation;

DROP TABLE paragraph;

DROP TABLE mention;

DROP TABLE event;

DROP TABLE citation;

DROP TABLE summit;

DROP TABLE official;

DROP TABLE membership;

DROP TABLE article;

DROP TABLE state;

DROP TABLE publication;

DROP TABLE organisation;

DROP TABLE record;

DROP TABLE partial_date;

DROP TABLE head;

DROP TYPE span;

DROP FUNCTION json_quote(anyelement);

DROP FUNCTION hex(text);

DROP FUNCTION instr(text, text);
