"""What a page tells of an article otherwise than the record that is there, or than another page.

In: an article of a page, and what is recorded of it or was read before. Out: what differs, or a
`Fault` that tells it. Pure: no I/O.
"""

from collections.abc import Mapping

from kb.archive.articles import ArchiveArticle
from kb.commit.issues import StoredArticle
from kb.dates import PartialDate
from kb.errors import Fault
from kb.records.form_errors import quote_shortened

Told = Mapping[str, object]
"""Values by the names of an article's fields."""


def find_contradiction(page: str, article: ArchiveArticle, stored: StoredArticle) -> Fault | None:
    """The page and the record give the article other dates."""
    remedy = f"correct the page, or `{stored.key}` in articles.yaml"
    recorded = PartialDate.parse(stored.dated_on).earliest
    year = article.dateline.year or (recorded.year if recorded else 1)
    if article.dateline.edtf(year) != stored.dated_on:
        what = f"`{article.headline}`: the record is dated {stored.dated_on}, the page otherwise"
        return Fault(page, article.dateline_line, what, remedy)
    issued_on = stored.told["issuedOn"]
    if article.issued_on and issued_on not in (None, article.issued_on.isoformat()):
        what = f"`{article.headline}`: the record's issue appeared on {issued_on}, the page's"
        return Fault(page, article.line, f"{what} on {article.issued_on}", remedy)
    return None


def find_other_copy(page: str, article: ArchiveArticle, told: Told, before: Told) -> Fault | None:
    """Another page told otherwise before; nobody knows which of the two is right."""
    both = {name: before[name] for name in told if name in before}
    if not (other := find_differing(told, both)):
        return None
    what = f"`{article.headline}`: another copy in these pages has {_describe(other, told)}"
    return Fault(page, article.line, what, "leave out the one that is wrong")


def find_differing(recorded: Told, told: Told) -> Told:
    """What is told otherwise; what is not told is not different."""
    return {name: value for name, value in told.items() if value != recorded[name]}


def differing_fault(
    page: str, article: ArchiveArticle, stored: StoredArticle, differing: Told
) -> Fault:
    """How a record that stays as it is gets what the page tells."""
    what = f"`{article.headline}`: the page has {_describe(differing, stored.told)}"
    remedy = f"take it with --update, or leave `{stored.key}` as it is"
    return Fault(page, article.line, what, remedy)


def _describe(differing: Told, recorded: Told) -> str:
    return ", ".join(
        f"{name} {_describe_value(value)} instead of {_describe_value(recorded[name])}"
        for name, value in differing.items()
    )


def _describe_value(value: object) -> str:
    return "none" if value is None else quote_shortened(f"{value}")
