DROP VIEW every_record;

DROP VIEW every_state;

DROP VIEW every_publication;

DROP VIEW every_article;

DROP VIEW every_citation;

DROP VIEW every_mention;

DROP VIEW every_participation;

DROP VIEW every_passage;

DROP VIEW every_disagreement;

DROP FUNCTION snippet;

DROP FUNCTION search_index;

DROP TYPE search_match;

DROP TABLE passage;

DROP TABLE assertion_citation;

DROP TABLE assertion;

DROP TABLE disagreement;

DROP TABLE organisation_version;

DROP TABLE membership_version;

DROP TABLE official_version;

DROP TABLE term_version;

DROP TABLE summit_version;

DROP TABLE event_version;

DROP FUNCTION search_vector;

DROP FUNCTION search_query;
