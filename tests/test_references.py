"""References in every form: what is known of an article, as it is printed, and nothing invented.

Each form is read back by a program that others wrote.
"""

import json
from collections.abc import Sequence
from itertools import cycle

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from citeproc import (
    Citation,
    CitationItem,
    CitationStylesBibliography,
    CitationStylesStyle,
    formatter,
)
from citeproc.source.json import CiteProcJSON
from hypothesis import example, given
from hypothesis import strategies as st
from pylatexenc.latex2text import (
    LatexNodes2Text,
    MacroTextSpec,
    get_default_latex_context_db,
)

from kb.models import ArticleKind
from kb.normalisation import normalise
from kb.web.presentation import Json, JsonObject
from kb.web.reference_files import REFERENCE_FORMS
from kb.web.references import CSL_TYPES, article_reference, csl_date, date_words

SITE = "https://kb.example.org"
PAGE = f"{SITE}/articles/bulletin-430-csto"
ARTICLE: dict[str, Json] = {
    "id": "Article:bulletin-430-csto",
    "headline": "CSTO leaders meet",
    "kind": "REPORT",
    "issueNumber": 430,
    "author": "James Kilner",
    "url": None,
    "publication": {"name": "The Bulletin", "publisher": "Central Asia & Co"},
    "issuedOn": {"edtf": "2019-11-29"},
    "datedOn": {"edtf": "2019-11-28"},
}
ITEM: JsonObject = {
    "id": "bulletin-430-csto",
    "type": "article-newspaper",
    "title": "CSTO leaders meet",
    "author": [{"literal": "James Kilner"}],
    "container-title": "The Bulletin",
    "publisher": "Central Asia & Co",
    "issue": "430",
    "URL": PAGE,
    "issued": {"date-parts": [[2019, 11, 29]]},
}
WORDS = (
    "James Kilner, “CSTO leaders meet”, The Bulletin, no. 430 (Central Asia & Co),"
    f" 29 November 2019, {PAGE}"
)
BIBTEX = f"""\
@article{{bulletin-430-csto,
	author = {{{{James Kilner}}}},
	title = {{{{CSTO leaders meet}}}},
	journal = {{The Bulletin}},
	number = {{430}},
	publisher = {{Central Asia \\& Co}},
	date = {{2019-11-29}},
	year = {{2019}},
	month = {{11}},
	day = {{29}},
	url = {{{PAGE}}}
}}
"""
RIS = f"""\
TY  - NEWS
ID  - bulletin-430-csto
TI  - CSTO leaders meet
T2  - The Bulletin
PB  - Central Asia & Co
IS  - 430
AU  - James Kilner
PY  - 2019
DA  - 2019/11/29/
UR  - {PAGE}
ER  - {""}
"""
CIRCA = {"circa": True}
DATES: Sequence[tuple[str, JsonObject, str]] = [
    ("2016-10-14", {"date-parts": [[2016, 10, 14]]}, "14 October 2016"),
    ("2016-10", {"date-parts": [[2016, 10]]}, "October 2016"),
    ("2016-10-XX", {"date-parts": [[2016, 10]]}, "October 2016"),
    ("2016", {"date-parts": [[2016]]}, "2016"),
    ("2016-XX-XX", {"date-parts": [[2016]]}, "2016"),
    ("2016~", {"date-parts": [[2016]], **CIRCA}, "about 2016"),
    ("2016-10~", {"date-parts": [[2016, 10]], **CIRCA}, "about October 2016"),
    ("2016?", {"date-parts": [[2016]], "literal": "perhaps 2016"}, "perhaps 2016"),
    (
        "2016-10-14?",
        {"date-parts": [[2016, 10, 14]], "literal": "perhaps 14 October 2016"},
        "perhaps 14 October 2016",
    ),
    (
        "2016%",
        {"date-parts": [[2016]], **CIRCA, "literal": "perhaps about 2016"},
        "perhaps about 2016",
    ),
    ("201X", {"date-parts": [[2010], [2019]]}, "2010 to 2019"),
    ("201X~", {"date-parts": [[2010], [2019]], **CIRCA}, "about 2010 to 2019"),
    (
        "20XX%",
        {"date-parts": [[2000], [2099]], **CIRCA, "literal": "perhaps about 2000–2099"},
        "perhaps about 2000–2099",
    ),
    ("[2016..2018]", {"date-parts": [[2016], [2018]]}, "2016 to 2018"),
    (
        "[2016-10-14..2018-05]",
        {"date-parts": [[2016, 10, 14], [2018, 5]]},
        "14 October 2016 to May 2018",
    ),
    ("[200X..201X]", {"date-parts": [[2000], [2019]]}, "2000 to 2019"),
    ("[..2016-10-14]", {"literal": "by 14 October 2016"}, "by 14 October 2016"),
    ("[2016..]", {"literal": "2016 or later"}, "2016 or later"),
    ("[2016,2018]", {"literal": "2016 or 2018"}, "2016 or 2018"),
    ("[2016,2018..2019]", {"literal": "2016 or 2018–2019"}, "2016 or 2018–2019"),
]
KERNEL = [
    MacroTextSpec(f"text{name}", sign)
    for name, sign in (("braceleft", "{"), ("braceright", "}"), ("asciicircum", "^"))
]
"""Signs of LaTeX's own that the reader lacks, or takes for others."""
ODD = st.text(
    st.one_of(st.sampled_from("\\{}$%&#_^~-'`\"!?,<>@=|/ \n\t"), st.characters()), max_size=30
)
TEXTS = ODD.map(lambda text: normalise("".join(c for c in text if c.isprintable() or c.isspace())))
SEEN = TEXTS.filter(bool)


def written(form: str, *items: JsonObject) -> str:
    return REFERENCE_FORMS[form].text(items)


def page_of(href: str) -> str:
    return SITE + href


def test_each_form_has_what_is_known() -> None:
    assert article_reference(ARTICLE, page_of) == ITEM
    assert json.loads(written("csl.json", ITEM)) == [ITEM]
    assert written("txt", ITEM) == f"{WORDS}\n"
    assert written("bib", ITEM) == BIBTEX
    assert written("ris", ITEM) == RIS


def test_what_is_not_known_is_left_out() -> None:
    unsigned = ARTICLE | {
        "author": None,
        "issueNumber": None,
        "issuedOn": None,
        "publication": {"name": "The Bulletin", "publisher": None},
    }
    item = article_reference(unsigned, str)
    assert item == {
        **{name: ITEM[name] for name in ("id", "type", "title", "container-title")},
        "issued": {"date-parts": [[2019, 11, 28]]},
    }
    assert written("txt", item) == "“CSTO leaders meet”, The Bulletin, 28 November 2019\n"
    for form in ("bib", "ris"):
        told = written(form, item)
        assert not any(word in told for word in ("{}", "None", "AU", "author", "url", "UR", "IS"))


def test_it_leads_to_where_the_article_itself_stands() -> None:
    own = article_reference(ARTICLE | {"url": "https://example.org/{a}_b%20c"}, page_of)
    assert own["URL"] == "https://example.org/{a}_b%20c"
    assert "url = {https://example.org/%7Ba%7D_b%20c}" in written("bib", own)


def test_a_place_in_it_stands_for_pages() -> None:
    item = article_reference(ARTICLE, page_of, "para. 3")
    assert f"29 November 2019, para. 3, {PAGE}" in written("txt", item)
    assert "pages = {para. 3}" in written("bib", item)
    assert "SP  - para. 3" in written("ris", item)


def test_there_is_a_type_for_each_kind() -> None:
    assert CSL_TYPES.keys() == {kind.name for kind in ArticleKind}
    for kind in CSL_TYPES:
        item = article_reference(ARTICLE | {"kind": kind}, page_of)
        assert all("The Bulletin" in written(form, item) for form in REFERENCE_FORMS)


@pytest.mark.parametrize(("edtf", "known", "words"), DATES)
def test_dates_are_told_as_far_as_they_are_known(edtf: str, known: JsonObject, words: str) -> None:
    """Never a day, a month or a year that no source gives."""
    assert csl_date(edtf) == known
    assert date_words(known) == words
    item = article_reference(ARTICLE | {"issuedOn": {"edtf": edtf}}, page_of)
    (entry,) = parse_string(written("bib", item)).entries
    (read,) = rispy.loads(written("ris", item))
    parts = known.get("date-parts")
    if isinstance(parts, list) and len(parts) == 1:
        year, month, day = (*map(str, *parts), "", "")[:3]
        assert read["year"] == year
        flag = {"~": "about", "?": "perhaps", "%": "perhaps about"}.get(edtf[-1], "")
        assert read["date"] == f"{year}/{month and month.zfill(2)}/{day}/{flag}"
        if flag:
            assert entry["date"] == edtf
            assert entry["year"] == words
        else:
            assert entry["year"] == year
            numbers = {name: entry[name] for name in ("month", "day") if name in entry}
            assert numbers == {name: of for name, of in (("month", month), ("day", day)) if of}
    else:
        assert read["date"] == f"///{words}"
        assert "year" not in read
        assert entry["year"] == words
        assert not {"month", "day"} & entry.fields_dict.keys()
    assert ("date" in entry) is bool(parts)


def test_numbers_of_months_have_no_zeros_in_front() -> None:
    item = article_reference(ARTICLE | {"issuedOn": {"edtf": "2019-07-01"}}, page_of)
    told = written("bib", item)
    assert "date = {2019-07-01},\n\tyear = {2019},\n\tmonth = {7},\n\tday = {1}" in told


def test_a_citation_processor_takes_all_of_it() -> None:
    authors = ("Van der Berg and Sons, Ltd", None)
    items = [
        article_reference(
            ARTICLE
            | {"id": f"Article:{edtf}", "kind": kind, "author": author}
            | {"issuedOn": {"edtf": edtf}},
            page_of,
        )
        for (edtf, _, __), kind, author in zip(DATES, cycle(CSL_TYPES), cycle(authors))
    ]
    lines = bibliography(items)
    assert len(lines) == len(items)
    assert all("CSTO leaders meet" in line for line in lines)
    (line,) = bibliography([ITEM])
    assert line.startswith("James Kilner (2019) “CSTO leaders meet”, The Bulletin, 29 November.")
    (line,) = bibliography([items[0]])
    assert line.startswith("Van der Berg and Sons, Ltd (2016) ")
    for line, (edtf, _, words) in zip(lines, DATES, strict=True):
        assert edtf[-1] not in "?%" or words in line


def bibliography(items: Sequence[JsonObject]) -> list[str]:
    """As a processor of citation styles makes it of CSL-JSON."""
    source = CiteProcJSON(json.loads(written("csl.json", *items)))
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    made = CitationStylesBibliography(style, source, formatter.plain)
    for key in source:
        made.register(Citation([CitationItem(key)]))
    return [str(line) for line in made.bibliography()]


@given(SEEN, TEXTS, SEEN, TEXTS)
@example("a--b ---c", "''d'' `e` ``f``", "!`?`,,<<>>", "\\{}$%&#_^~")
@example("{", "}{", "\\", "@article{x,")
@example("Ζωή 𝄞 naïve", "ER -", "TY - JOUR", "“q” – ёж and 李")
def test_odd_signs_come_back_as_they_were(
    title: str, author: str, publication: str, publisher: str
) -> None:
    odd = ARTICLE | {
        "headline": title,
        "author": author or None,
        "publication": {"name": publication, "publisher": publisher or None},
    }
    item = article_reference(odd, page_of)
    (entry,) = parse_string(written("bib", item)).entries
    told = {name: plain(str(field.value)) for name, field in entry.fields_dict.items()}
    assert (told["title"], told["journal"]) == (title, publication)
    assert (told.get("author", ""), told.get("publisher", "")) == (author, publisher)
    (read,) = rispy.loads(written("ris", item))
    assert (read["title"], read["secondary_title"]) == (title, publication)
    assert (read.get("authors", [""]), read.get("publisher", "")) == ([author], publisher)
    assert json.loads(written("csl.json", item)) == [item]
    assert written("txt", item).count("\n") == 1


def plain(tex: str) -> str:
    """What TeX prints."""
    known = get_default_latex_context_db()
    known.add_context_category("kernel", KERNEL, prepend=True)
    return str(LatexNodes2Text(known, strict_latex_spaces=True).latex_to_text(tex))
