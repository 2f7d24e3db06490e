"""Articles and answers as references, in the words of CSL-JSON, of which every other form is made.

In: an article, as pages' queries answer it, or an answer with a link. Out: its reference, dates as
far as they are known, and the reference in words. Names stand as they are printed: none is split.
Pure: no I/O.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from graphql import FieldNode, get_operation_ast, parse

from kb.dates import DatePrecision, PartialDate
from kb.models import KeptAnswer
from kb.periods import range_ends
from kb.web.presentation import Json, JsonObject, address, value_at

CSL_TYPES: Final = {
    "REPORT": "article-newspaper",
    "OPINION": "article-newspaper",
    "DATASET": "dataset",
    "DOCUMENT": "document",
}
"""By the kind of an article."""
_PARTS = {DatePrecision.DAY: 3, DatePrecision.MONTH: 2, DatePrecision.YEAR: 1}
"""How much of a date is known."""
_UNKNOWN_YEARS = (DatePrecision.DECADE, DatePrecision.CENTURY)
_FORMS = ("{:04}", "{:02}", "{:02}")
_FLAGS = {(False, False): "", (False, True): "~", (True, False): "?", (True, True): "%"}
"""By whether a date is uncertain, and approximate."""
_FLAG_WORDS = {"": "", "~": "about", "?": "perhaps", "%": "perhaps about"}


PageAddress = Callable[[str], str]
"""The whole address of a page, of its path."""


def article_reference(article: JsonObject, page_of: PageAddress, place: str = "") -> JsonObject:
    """As an item of CSL-JSON; `place` is where in it something stands.

    It leads to where the article itself stands on the web, and to its page if that is not known. No
    citation processor takes a path for an address.
    """
    page = page_of(address(str(article["id"])))
    given = {
        "author": (author := article["author"]) and [{"literal": author}],
        "container-title": value_at(article, "publication.name"),
        "publisher": value_at(article, "publication.publisher"),
        "issue": (number := article["issueNumber"]) and str(number),
        "page": place,
        "URL": article["url"] or (page if page.startswith("http") else ""),
    }
    printed = value_at(article, "issuedOn.edtf") or value_at(article, "datedOn.edtf")
    return {
        "id": str(article["id"]).partition(":")[2],
        "type": CSL_TYPES[str(article["kind"])],
        "title": article["headline"],
        **{name: value for name, value in given.items() if value},
        "issued": csl_date(str(printed)),
    }


def answer_reference(answer: KeptAnswer, publisher: str, page: str, sha256: str) -> JsonObject:
    """As an item of CSL-JSON: the data that a question gave, with what proves it."""
    proof = f", SHA-256 {sha256}" if sha256 else ""
    return {
        "id": f"answer-{answer.id}",
        "type": "dataset",
        "title": f"Answer to ‘{_question_name(answer.document)}’",
        "container-title": publisher or "Knowledge base",
        **({"URL": page} if page.startswith("http") else {}),
        "note": f"answer {answer.id}, revision {answer.revision}{proof}",
        "issued": csl_date(answer.at[:10]),
    }


def _question_name(document: str) -> str:
    """The operation's own, or the fields that it begins with."""
    operation = get_operation_ast(parse(document))
    assert operation is not None
    if operation.name:
        return operation.name.value
    fields = (each for each in operation.selection_set.selections if isinstance(each, FieldNode))
    return ", ".join(dict.fromkeys(field.name.value for field in fields)) or "a query"


def csl_date(edtf: str) -> JsonObject:
    """The date with what is known of it: one, or a range; in words, if a side of it is open.

    CSL has a word for what is approximate, and none for what is uncertain: that is in words, too.
    """
    date = PartialDate.parse(edtf)
    parts: Json = [*_date_parts(date)]
    if not parts:
        return {"literal": date.text}
    return {
        "date-parts": parts,
        **({"circa": True} if date.approximate else {}),
        **({"literal": date.text} if date.uncertain else {}),
    }


def _date_parts(date: PartialDate) -> Iterator[list[int]]:
    if date.precision in _PARTS and date.earliest:
        yield _known_parts(date)
    elif date.precision in _UNKNOWN_YEARS and date.earliest and date.latest:
        yield from ([date.earliest.year], [date.latest.year])
    elif date.edtf.startswith("["):
        match range_ends(date):
            case PartialDate() as first, PartialDate() as last:
                yield next(_date_parts(first))
                *_, latest = _date_parts(last)
                yield latest


def _known_parts(date: PartialDate) -> list[int]:
    assert date.earliest
    day = date.earliest
    return [day.year, day.month, day.day][: _PARTS[date.precision]]


def iso_dates(issued: JsonObject) -> list[str]:
    """The date, or both ends of the range, as ISO 8601 has them."""
    parts = issued.get("date-parts")
    dates = parts if isinstance(parts, list) else []
    return [
        "-".join(form.format(part) for form, part in zip(_FORMS, each, strict=False))
        for each in dates
    ]


def date_flag(issued: JsonObject) -> str:
    """The flag of EDTF that belongs to `iso_dates`."""
    return _FLAGS["literal" in issued, "circa" in issued]


def flag_words(issued: JsonObject) -> str:
    """The same for people; empty if it has none."""
    return _FLAG_WORDS[date_flag(issued)]


def date_words(issued: JsonObject) -> str:
    """A date of a reference for people."""
    if "literal" in issued:
        return str(issued["literal"])
    told = " to ".join(PartialDate.parse(each).text for each in iso_dates(issued))
    return f"{flag_words(issued)} {told}".strip()


def authors_of(item: JsonObject) -> list[str]:
    authors = item.get("author")
    return [str(each["literal"]) for each in authors] if isinstance(authors, list) else []


def issued_of(item: JsonObject) -> JsonObject:
    issued = item["issued"]
    assert isinstance(issued, Mapping)
    return issued


def reference_words(item: JsonObject) -> str:
    """The reference as one line of text."""
    issue = f", no. {item['issue']}" if "issue" in item else ""
    by_itself = item.get("publisher") in (None, item["container-title"])
    publisher = "" if by_itself else f" ({item['publisher']})"
    parts = [
        *authors_of(item),
        f"“{item['title']}”",
        f"{item['container-title']}{issue}{publisher}",
        date_words(issued_of(item)),
        *(str(item[name]) for name in ("page", "note", "URL") if name in item),
    ]
    return ", ".join(parts)
