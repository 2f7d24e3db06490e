-- The index of words, and in SQLite's terms what a search in it finds: a smaller rank is a better one.

CREATE FUNCTION search_vector(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(string_agg('''' || word || ''':' || least(place, 16383), ' '), '')::tsvector
    FROM unnest(string_to_array(words, ' ')) WITH ORDINALITY AS each (word, place)
$$;

CREATE FUNCTION search_query(asked text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg('''' || replace(nullif(split_part(term, '"', 2), ''), ' ', ''' <-> ''') || ''''
        || CASE WHEN term LIKE '%*' THEN ':*' ELSE '' END, ' | ')::tsquery
    FROM unnest(string_to_array(asked, ' OR ')) AS each (term)
$$;

ALTER TABLE passage ADD COLUMN vector tsvector GENERATED ALWAYS AS (search_vector(words)) STORED;

CREATE INDEX ix_passage_vector ON passage USING gin (vector);

CREATE TYPE search_match AS (rowid integer, rank double precision, text text, asked tsquery);

CREATE FUNCTION search_index(asked text) RETURNS SETOF search_match LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT id, -ts_rank(vector, search_query(asked), 1)::double precision, text, search_query(asked)
    FROM passage WHERE vector @@ search_query(asked)
$$;

CREATE FUNCTION snippet(found search_match, place integer, before text, after text, cut text, length integer)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ts_headline('simple', found.text, found.asked,
        'StartSel=' || before || ', StopSel=' || after || ', MaxWords=' || length || ', MinWords=' || length / 2)
$$;
