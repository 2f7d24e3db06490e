"""Spellings of names that are near the words of a search which finds little.

In: the arguments of a search, and the table of its hits. Out: the SQL of a JSON list. Two words are
near each other by the trigrams that they share, of all that either has, and less so where they
differ in length by more than a letter. Nearest is what two letters make in each other's place, and
what words make that are joined. A word that some name has is spelt as it should be. Names are those
of the view around it, so that none tells of later texts.
"""

from kb.query.fields import Arguments
from kb.query.sql import Row, Sql, sql
from schema.search_terms import word_respellings, word_trigrams

ENOUGH_HITS = 3
MOST_SUGGESTIONS = 5
_NEAR = 4
"""Words are near where they share at least one trigram of so many that they have together."""
_APART = 20
"""Each letter takes so much of all from the likeness of words that differ by more than one."""
_LEAST = f"(a.size + {_NEAR - 1}) / {_NEAR}"
"""How many of its trigrams a word shares at least with any that is near it."""
_ASKED = (
    "select substr(j.key,1,3) as gram, cast(substr(j.key,4,2) as integer) as size,"
    " substr(j.key,6) as word from json_each(cast({} as text)) j"
)
_MISSPELT = (
    "select x.*, row_number() over (partition by x.word order by (select count(*)"
    " from name_trigram c where c.gram = x.gram) desc, x.gram) as nth"
    f" from ({_ASKED}) x where not exists (select 1 from name_word y where y.word = x.word)"
)
"""The trigrams of those words that no name has; the `nth` are the rarest last."""
_CANDIDATES = (
    f"select a.word as asked, a.size, t.word, t.size as length, count(*) as shared,"
    f" {_LEAST} as least from a join name_trigram t on t.gram = a.gram where a.nth >= {_LEAST}"
    " group by a.word, a.size, t.word, t.size"
    f" having (count(*) + {_LEAST} - 1) * {_NEAR + 1} >= a.size + t.size"
)
"""Whatever is near shares one of the rarer trigrams: the others are too few. All words that share
one of the common ones would be many, and are not looked at."""
_SHARED = (
    "select c.size + c.length as both, abs(c.size - c.length) as apart, c.word,"
    " c.shared + (select count(*) from a join name_trigram t on t.gram = a.gram and t.word = c.word"
    f" where a.word = c.asked and a.nth < c.least) as shared from ({_CANDIDATES}) c"
)
_BY_TRIGRAMS = (
    f"select s.word, cast(s.shared * {_APART} - case when s.apart > 1 then s.apart"
    f" * (s.both - s.shared) else 0 end as double precision) / ({_APART} * (s.both - s.shared))"
    f" as near from ({_SHARED}) s where s.shared * {_NEAR + 1} >= s.both"
)
_RESPELT = (
    "select substr(j.key,3,cast(substr(j.key,1,2) as integer)) as word,"
    " substr(j.key,3 + cast(substr(j.key,1,2) as integer)) as asked"
    " from json_each(cast({} as text)) j"
)
_NEAR_WORDS = (
    f"select p.word, max(p.near) as near from ({_BY_TRIGRAMS} union all select r.word, 1"
    f" from ({_RESPELT}) r where not exists (select 1 from name_word y where y.word = r.asked)) p"
    " group by p.word"
)
_WRITTEN = (
    "select n.near, n.word, (select x.written from name_word x"
    " where x.word = n.word order by x.written limit 1) as written"
    f" from ({_NEAR_WORDS}) n"
)
_BEST = (
    f"select w.near, w.word, w.written from ({_WRITTEN}) w where w.written is not null"
    f" order by w.near desc, w.word limit {MOST_SUGGESTIONS}"
)
_LIST = (
    f"(with a as materialized ({_MISSPELT})"
    " select concat('[',string_agg(json_quote(b.written),',' order by b.near desc, b.word),']')"
    f" from ({_BEST}) b)"
)
_HAS_ENOUGH = f"exists (select 1 from {{}} h limit 1 offset {ENOUGH_HITS - 1})"


def suggestions(hits: Row, arguments: Arguments) -> Sql:
    """The alias of the row is the table of all hits."""
    return sql(
        f"case when {_HAS_ENOUGH} then '[]' else {_LIST} end",
        Sql(hits.alias),
        word_trigrams(arguments),
        word_respellings(arguments),
    )
