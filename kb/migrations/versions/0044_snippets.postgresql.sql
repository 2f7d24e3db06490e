-- Of a text in plain letters the engine's own snippet is right, and takes a tenth of the time. Of others words are
-- those of `words`, one by one; where they end is told by signs that are the same in every locale. Of the places of
-- `length` words it is the one with most that were found; a quarter of them stands before.

CREATE FUNCTION folded_snippet(found search_match, before text, after text, cut text, length integer)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH sign AS (SELECT '\u0001-/:-@[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7'
            '\u055a-\u055f\u0589-\u058f\u05be\u05c0\u05c3\u05f3-\u060f\u061b-\u061f\u066a-\u066d\u06d4\u0964\u0965'
            '\u2000-\u206f\u20a9-\u20c0\u2190-\u245f\u2500-\u2775\u2794-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020'
            '\u3030\u30fb\ufe10-\ufe6f\ufeff-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\U0001f000-\U0001faff' AS signs),
    piece AS MATERIALIZED (
        SELECT at::integer, part[1] AS written, part[2] AS gap, count(*) OVER ()::integer AS pieces
        FROM sign, regexp_matches(found.text, '([^' || signs || ']+)([' || signs || ']*)', 'g')
            WITH ORDINALITY AS each (part, at)),
    folded AS MATERIALIZED (SELECT string_to_array(words, ' ') AS words FROM passage WHERE id = found.rowid),
    term AS (
        SELECT words, cardinality(words) AS size, begins, array_to_string(words, ' ') || CASE WHEN begins THEN '%' ELSE ' ' END AS form
        FROM unnest(string_to_array(found.asked::text, ' | ')) AS each (term),
            LATERAL (SELECT string_to_array(replace(replace(term, ':*', ''), '''', ''), ' <-> '), term LIKE '%:*') AS split (words, begins)),
    mark AS MATERIALIZED (
        SELECT DISTINCT at::integer + step - 1 AS at
        FROM folded, unnest(folded.words) WITH ORDINALITY AS each (word, at), term, generate_series(1, term.size) step
        WHERE CASE WHEN term.size > 1
            THEN word = term.words[1] AND array_to_string(folded.words[at : at + term.size - 1], ' ') || ' ' LIKE term.form
            ELSE word || ' ' LIKE term.form END),
    best AS (
        SELECT m.at FROM mark m ORDER BY (
            SELECT count(*) FROM mark o WHERE o.at >= m.at AND o.at < m.at + length - length / 4) DESC, m.at LIMIT 1),
    start AS (
        SELECT greatest(1, least((SELECT at - length / 4 FROM best), (SELECT max(pieces) FROM piece) - length + 1)) AS at)
    SELECT CASE WHEN start.at > 1 THEN cut ELSE (SELECT substring(found.text FROM '^[' || signs || ']*') FROM sign) END
        || string_agg(CASE WHEN m.at IS NULL THEN written ELSE before || written || after END
            || CASE WHEN p.at = start.at + length - 1 AND p.at < pieces THEN cut ELSE gap END, '' ORDER BY p.at)
    FROM start, piece p LEFT JOIN mark m ON m.at = p.at
    WHERE p.at >= start.at AND p.at < start.at + length
    GROUP BY start.at
$$;

CREATE OR REPLACE FUNCTION snippet(found search_match, place integer, before text, after text, cut text, length integer)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(found.text) = length(found.text)
        THEN ts_headline('simple', found.text, found.asked,
            'StartSel=' || before || ', StopSel=' || after || ', MaxWords=' || length || ', MinWords=' || length / 2)
        ELSE folded_snippet(found, before, after, cut, length) END
$$;
