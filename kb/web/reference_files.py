"""References as files, as programs that keep them take them: BibTeX, RIS, CSL-JSON, and plain text.

In: references as items of CSL-JSON. Out: the texts of files with their media types. What TeX would
take for a command, or for a sign of its own, is written so that it prints as it stands. Pure: no
I/O.
"""

import json
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass

from kb.web.presentation import JsonObject
from kb.web.references import (
    authors_of,
    date_flag,
    date_words,
    flag_words,
    iso_dates,
    issued_of,
    reference_words,
)

_SIGNS = str.maketrans(
    {
        **{sign: f"\\{sign}" for sign in "#$%&_"},
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
)
# TeX makes one sign of two, such as a dash of two hyphens.
_TOGETHER = re.compile("(?<=-)(?=-)|(?<=')(?=')|(?<=[`!?])(?=`)|(?<=[,<>])(?=[,<>])")
_ADDRESS_SIGNS = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C"})
_BIBTEX_TYPES = {"article-newspaper": ("article", "journal")}
"""And the field for where it stands; the styles that come with BibTeX know no type for others."""
_RIS_TYPES = {"article-newspaper": "NEWS", "dataset": "DATA", "document": "GEN"}
_RIS_FIELDS = {
    "id": "id",
    "title": "title",
    "container-title": "secondary_title",
    "publisher": "publisher",
    "issue": "number",
    "page": "start_page",
}


def tex_text(text: str) -> str:
    """The text so that TeX prints it as it stands; its braces are balanced in any case."""
    return _TOGETHER.sub("{}", _on_one_line(text).translate(_SIGNS))


def _on_one_line(text: object) -> str:
    return " ".join(str(text).split())


def bibtex(items: Sequence[JsonObject]) -> str:
    # It takes a while to import: not at every start.
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.middlewares import AddEnclosingMiddleware
    from bibtexparser.model import Entry, Field

    enclosing = AddEnclosingMiddleware(
        default_enclosing="{", enclose_integers=True, reuse_previous_enclosing=False
    )
    entries = [
        Entry(
            _BIBTEX_TYPES.get(str(item["type"]), ("misc", ""))[0],
            str(item["id"]),
            [Field(name, value) for name, value in _bibtex_fields(item).items() if value],
        )
        for item in items
    ]
    return write_string(Library([*entries]), unparse_stack=[enclosing])


def _bibtex_fields(item: JsonObject) -> Mapping[str, str]:
    """Titles and names in braces of their own, which no style takes apart or writes small."""
    _, container = _BIBTEX_TYPES.get(str(item["type"]), ("misc", "howpublished"))
    texts = {
        name: tex_text(str(item.get(field, "")))
        for name, field in (
            (container, "container-title"),
            ("number", "issue"),
            ("publisher", "publisher"),
            ("pages", "page"),
            ("note", "note"),
        )
    }
    return {
        "author": " and ".join(f"{{{tex_text(name)}}}" for name in authors_of(item)),
        "title": f"{{{tex_text(str(item['title']))}}}",
        **texts,
        **_bibtex_date(issued_of(item)),
        "url": str(item.get("URL", "")).translate(_ADDRESS_SIGNS),
    }


def _bibtex_date(issued: JsonObject) -> Mapping[str, str]:
    """For biblatex as it is, and for older styles a day, or words where they have no field."""
    dates, flag = iso_dates(issued), date_flag(issued)
    whole = {"date": "/".join(f"{each}{flag}" for each in dates)}
    if len(dates) != 1 or flag:
        return {**whole, "year": tex_text(date_words(issued))}
    year, *rest = dates[0].split("-")
    return {**whole, "year": year, **dict(zip(("month", "day"), _numbers(rest), strict=False))}


def _numbers(parts: Sequence[str]) -> list[str]:
    """Without the zeros in front that styles would print."""
    return [str(int(part)) for part in parts]


def ris(items: Sequence[JsonObject]) -> str:
    from rispy import RisWriter

    writer = RisWriter()
    # Its own puts the number of each in front of it, which other programs do not read.
    writer.set_header = lambda _: ""
    return str(writer.formats([_ris_fields(item) for item in items]))


def _ris_fields(item: JsonObject) -> Mapping[str, object]:
    texts = {
        name: _on_one_line(item[field]) for field, name in _RIS_FIELDS.items() if field in item
    }
    return {
        "type_of_reference": _RIS_TYPES[str(item["type"])],
        **texts,
        "authors": [_on_one_line(name) for name in authors_of(item)],
        **_ris_date(issued_of(item)),
        "notes": [_on_one_line(item["note"])] if "note" in item else [],
        "urls": [str(item["URL"])] if "URL" in item else [],
    }


def _ris_date(issued: JsonObject) -> Mapping[str, str]:
    """Year, month and day, and in words what these cannot say."""
    dates = iso_dates(issued)
    if len(dates) != 1:
        return {"date": f"///{_on_one_line(date_words(issued))}"}
    year, month, day = (*dates[0].split("-"), "", "")[:3]
    return {"year": year, "date": f"{year}/{month}/{day}/{flag_words(issued)}"}


def csl_json(items: Sequence[JsonObject]) -> str:
    return ",\n".join(json.dumps(_csl_item(item), ensure_ascii=False, indent=2) for item in items)


def _csl_item(item: JsonObject) -> JsonObject:
    """Some processors take the numbers of a date before its words, which say more."""
    issued = issued_of(item)
    return {**item, "issued": {"literal": issued["literal"]} if "literal" in issued else issued}


def plain_text(items: Sequence[JsonObject]) -> str:
    return "".join(f"{_on_one_line(reference_words(item))}\n" for item in items)


@dataclass(frozen=True)
class ReferenceForm:
    """A form of references: what it is called, its media type, and how they are written.

    `frame` is what stands before all of them, between parts of many, and behind all.
    """

    name: str
    media_type: str
    write: Callable[[Sequence[JsonObject]], str]
    frame: tuple[str, str, str] = ("", "", "")

    def text(self, items: Sequence[JsonObject]) -> str:
        begin, _, end = self.frame
        return begin + self.write(items) + end

    async def parts(self, many: AsyncIterable[Sequence[JsonObject]]) -> AsyncIterator[str]:
        """The same of as many as come, while they come."""
        begin, between, end = self.frame
        yield begin
        before = ""
        async for items in many:
            if items:
                yield before + self.write(items)
                before = between
        yield end


REFERENCE_FORMS: Mapping[str, ReferenceForm] = {
    "bib": ReferenceForm("BibTeX", "text/x-bibtex; charset=utf-8", bibtex, ("", "\n\n", "")),
    "ris": ReferenceForm(
        "RIS", "application/x-research-info-systems; charset=utf-8", ris, ("", "\n", "")
    ),
    "csl.json": ReferenceForm(
        "CSL-JSON", "application/vnd.citationstyles.csl+json", csl_json, ("[\n", ",\n", "\n]\n")
    ),
    "txt": ReferenceForm("text", "text/plain; charset=utf-8", plain_text),
}
"""By the endings of the files' names."""
