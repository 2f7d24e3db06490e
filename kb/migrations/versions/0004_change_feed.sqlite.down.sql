DROP TABLE tally;

DROP TABLE snapshot;

DROP TABLE change;
