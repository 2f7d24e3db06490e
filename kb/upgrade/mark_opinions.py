"""Articles of older versions, which had no kind: opinions by their headlines, as pages are read.

In: an open write transaction. Out: nothing; what is no opinion stays a report.
"""

import re

from sqlalchemy import Connection, select, update
from sqlmodel import col

from kb.database.in_array import in_array
from kb.models import Article, ArticleKind
from kb.records.id_set import IdSet
from kb.records.record_tables import batches

_LABELLED = re.compile(
    r"(?i:comment(?:ary)?|opinion|op-?ed|editorial|viewpoint)(?:\s?:|\s(?:--++|[‐‑‒–—―−⸺﹘－-])\s)\s?\S.*"
)
"""As pages were read when articles had no kind; no description of a site has a part in it."""


def mark_opinions(connection: Connection) -> None:
    opinions, columns = IdSet(), (col(Article.id), col(Article.headline))
    headlines = select(*columns).execution_options(yield_per=1000)
    for number, headline in connection.execute(headlines):
        if _LABELLED.fullmatch(headline):
            opinions.add(number)
    for batch in batches(opinions):
        marked = update(Article).where(in_array(col(Article.id), batch))
        connection.execute(marked.values(kind=ArticleKind.OPINION.name))
