CREATE OR REPLACE FUNCTION snippet(found search_match, place integer, before text, after text, cut text, length integer)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ts_headline('simple', found.text, found.asked,
        'StartSel=' || before || ', StopSel=' || after || ', MaxWords=' || length || ', MinWords=' || length / 2)
$$;

DROP FUNCTION folded_snippet;
