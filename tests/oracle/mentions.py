"""Who is named in articles, counted word by word.

In: articles with their texts, and those who can be named, as they were known on a day. Out: a
`Mention` for each pair of an article and someone whom it names. Where several names begin at one
word, the longest counts, and what is named within it does not.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from kb.models import Article, Mention, Official, Organisation, Paragraph, State

Named = Organisation | State | Official
Words = list[str]


def count_mentions(
    articles: Iterable[Article], paragraphs: Iterable[Paragraph], named: Sequence[Named]
) -> Iterator[Mention]:
    names = [(words, row.id) for row in named for words in _names(row)]
    texts: dict[int, list[str]] = {}
    for paragraph in paragraphs:
        texts.setdefault(paragraph.article_id, []).append(paragraph.text)
    for article in articles:
        written = [article.headline, article.summary or "", *texts.get(article.id, ())]
        counts = Counter(number for text in written for number in _scan(_words(text), names))
        for number, count in counts.items():
            yield Mention(article_id=article.id, subject_id=number, count=count)


def _names(row: Named) -> list[Words]:
    """Each once, however it is written."""
    names = {row.name, *json.loads(row.aliases)}
    names |= {getattr(row, other, None) or "" for other in ("acronym", "official_name")}
    return [list(words) for words in {tuple(_words(name)) for name in names} if words]


def _scan(text: Words, names: Sequence[tuple[Words, int]]) -> Iterator[int]:
    place = 0
    while place < len(text):
        here = [each for each in names if text[place : place + len(each[0])] == each[0]]
        longest = max((len(words) for words, _ in here), default=0)
        yield from (number for words, number in here if len(words) == longest)
        place += longest or 1


def _words(text: str) -> Words:
    return re.findall(r"\w+", text)
