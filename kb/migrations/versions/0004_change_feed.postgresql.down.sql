DROP TABLE tally;

DROP TABLE digest;

DROP TABLE change;
