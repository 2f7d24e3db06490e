"""Articles of few issues, written and removed at random by every door.

In: a `Random`. Out: documents of seed files; and pages of an archive, each with a new article. Some
have the date of their issue, some only datelines, some no issue; a few are cited.
"""

from collections.abc import Mapping
from random import Random

from tests.worlds.known_archives import Documents

CITED = ("a1", "a2", "a3")
UNCITED = ("b1", "b2", "b3", "b4")
_DATELINES = ("2016-01-10", "[2016-01-08..2016-01-12]", "2016-01", "[..2016-01-20]", "2015-12-31")
_ISSUED = (None, None, None, "2016-01-15", "2016-02")
_OPEN = "[2016-01-11..]"
PUBLICATIONS: dict[str, dict[str, object]] = {
    "gazette": {"name": "The Gazette"},
    "herald": {"name": "The Herald"},
}
ANCHOR = {"paragraph": 1, "start": 0, "end": 5, "sha256": "a" * 64}
_PAGE = """\
{headline}

{dateline} (The Gazette) — {text}

— This story was first published in issue {issue} of The Gazette{issued}
"""


def article(random: Random, key: str) -> dict[str, object]:
    """An article with an open dateline has the date of its issue."""
    issued = random.choice(_ISSUED)
    return {
        "headline": f"Of {key}",
        "publication": random.choice(("gazette", "gazette", "herald")),
        "issueNumber": random.choice((1, 1, 2, None)),
        "issuedOn": issued,
        "datedOn": random.choice((*_DATELINES, *([_OPEN] if issued else []))),
    }


def moved(random: Random, key: str) -> dict[str, object]:
    """The same without its dateline, which citing records may rest on, and with a last day."""
    fields = article(random, key)
    del fields["datedOn"]
    return fields


def archive(random: Random) -> Documents:
    """Each article that is cited supports an official of its own, and another one's."""
    uncited = [key for key in UNCITED if random.random() < 0.7]
    return {
        "publications": PUBLICATIONS,
        "articles": {key: article(random, key) for key in (*CITED, *uncited)},
        "officials": {
            f"of-{key}": {"name": f"Official of {key}", "citations": _citations(key, other)}
            for key, other in zip(CITED, (*CITED[1:], CITED[0]), strict=True)
        },
    }


def _citations(key: str, other: str) -> Mapping[str, object]:
    cited = {"anchor": ANCHOR, "claim": "It is said."}
    return {
        f"{key}-named": {**cited, "article": key},
        f"{key}-nationality": {**cited, "article": other, "field": "nationality", "value": "AA"},
    }


def page(random: Random, number: int) -> str:
    """A page with one article that is nowhere else."""
    issued = random.choice(("", " on Jan. 15 2016"))
    return _PAGE.format(
        headline=f"{_spell(number)} happened",
        dateline=f"JAN. {random.randint(5, 14)} 2016",
        text=f"It was {_spell(number)}.",
        issue=random.choice((1, 2)),
        issued=issued or ".",
    )


def _spell(number: int) -> str:
    """A word of letters, unlike that of any other number near it."""
    return "".join(chr(ord("a") + digit) * 4 for digit in divmod(number, 26)).capitalize()
