"""One normal form at every door: what is spelled oddly is stored, cited and found as what is plain.

`spell_oddly` spells a text as pages and people do, with signs that nobody sees and in pieces of
letters; each door takes records so spelled, and each look-up asks for them so.
"""

import json
import re
from pathlib import Path
from unicodedata import normalize

import pytest

from kb import database
from kb.citations.quote import cite
from kb.errors import CitationError, SeedError
from kb.records.documents import FILES
from kb.records.types import record_type
from tests.support.archive_pages import ingest_pages
from tests.support.curated import curator, expect_payload, problems
from tests.support.databases import Database
from tests.support.snapshots import snapshot, write_lines
from tests.support.soundness import count_verified
from tests.worlds.accented import (
    ARTICLE,
    TEXT,
    WORLD,
    Tree,
    spell_document_oddly,
    spell_oddly,
    write_seeds,
)


def test_seed_files(cote: Database, plain: list[dict[str, Tree]], tmp_path: Path) -> None:
    odd_world = {
        name: {spell_oddly(key): spell_document_oddly(one) for key, one in records.items()}
        for name, records in WORLD.items()
    }
    write_seeds(cote, tmp_path / "odd", odd_world)
    assert snapshot(cote) == plain
    assert count_verified(cote) == [(True, 7)]


def test_snapshots(cote: Database, plain: list[dict[str, Tree]], tmp_path: Path) -> None:
    path = write_lines(tmp_path / "odd.ndjson", [_spelled_line(one) for one in plain])
    cote.load(path)
    assert snapshot(cote) == plain
    assert count_verified(cote) == [(True, 7)]


def _spelled_line(document: dict[str, Tree]) -> dict[str, Tree]:
    found = spell_document_oddly(document)
    assert isinstance(found, dict)
    return found


def test_mutations(cote: Database, plain: list[dict[str, Tree]]) -> None:
    by = curator(cote)
    for name, records in WORLD.items():
        kind, _ = FILES[name]
        ((key, record),) = records.items()
        expect_payload(
            by.record(
                kind, **{record_type(kind).key: spell_oddly(key), **_spelled_input(kind, record)}
            )
        )
        assert snapshot(cote) == plain
    assert count_verified(cote) == [(True, 7)]


def _spelled_input(kind: str, record: Tree) -> dict[str, Tree]:
    assert isinstance(record, dict)
    given = {**record} | ({"paragraphs": [TEXT]} if kind == "Article" else {})
    if isinstance(told := given.get("citations"), dict):
        given["citations"] = [
            {"key": key, **one} for key, one in told.items() if isinstance(one, dict)
        ]
    return _spelled_line(given)


def test_citations_by_words(cote: Database, plain: list[dict[str, Tree]]) -> None:
    told = WORLD["memberships"]["cote-union-ci"]
    assert isinstance(told, dict)
    assert isinstance(told["citations"], dict)
    ((key, one),) = told["citations"].items()
    assert isinstance(one, dict)
    by = curator(cote)
    added = {
        "key": spell_oddly(key),
        "article": spell_oddly(ARTICLE),
        "claim": spell_oddly(str(one["claim"])),
    }
    expect_payload(
        by.cite(
            subject=spell_oddly("Membership:cote-union-ci"), quote=spell_oddly("military"), **added
        )
    )
    assert snapshot(cote) == plain
    with database.read_transaction(cote.engine) as connection:
        assert cite(connection, spell_oddly(ARTICLE), spell_oddly("military")) == cite(
            connection, ARTICLE, "military"
        )
        with pytest.raises(CitationError, match="there are no words"):
            cite(connection, ARTICLE, "\u200b\u00ad ")


PAGE = """\
Union formed

SAN PEDRO, JAN. 5 2011 (The Gazette) — {text}

— This story was first published in issue 1 of The Gazette on Jan. 7 2011
"""
HTML = """<html><body><h1>Union formed</h1><p>SAN PEDRO, JAN. 5 2011 (The Gazette) — {text}</p>
<p>— This story was first published in issue 1 of The Gazette on Jan. 7 2011</p></body></html>"""


@pytest.mark.parametrize("page", [PAGE, HTML])
def test_pages(empty: Database, tmp_path: Path, page: str) -> None:
    path = tmp_path / "page.txt"
    entities = spell_oddly(TEXT).replace("\u00ad", "&shy;") if page is HTML else spell_oddly(TEXT)
    path.write_text(page.format(text=entities), encoding="utf-8")
    assert ingest_pages(empty, path).faults == []
    ((text,),) = empty.rows("select text from paragraph")
    assert str(text).endswith(TEXT)
    path.write_text(page.format(text=TEXT), encoding="utf-8")
    assert (ingest_pages(empty, path).left, empty.rows("select count(*) from paragraph")) == (
        1,
        [(1,)],
    )


HOLDERS = """organisation(slug: "cote-union") { holders(office: $a, asOf: "2011-06-01")
    { certainty } }"""
LOOK_UPS = [
    ("CI", "state(code: $a) { name }"),
    ("zoe-astrom", "official(slug: $a) { name }"),
    ("State:CI", "node(id: $a) { id }"),
    ("Secrétaire général", HOLDERS),
    ("Côte d’Ivoire", "search(query: $a) { totalCount }"),
    ("military", "search(query: $a) { totalCount }"),
    ('"military bases"', "search(query: $a) { totalCount }"),
    ("Côte d’Ivoire", "states(filter: {name: {eq: $a}}) { totalCount }"),
    ("Côte d’Ivoire", "states(filter: {name: {in: [$a]}}) { totalCount }"),
    ("te d’Iv", "states(filter: {name: {contains: $a}}) { totalCount }"),
    ("Côte d", "states(filter: {name: {startsWith: $a}}) { totalCount }"),
    ("cote-union", "states(filter: {memberOf: {organisation: $a}}) { totalCount }"),
    ("CI", "organisations(filter: {hasMember: $a}) { totalCount }"),
    ("CI", "memberships(filter: {state: {eq: $a}}) { totalCount }"),
    ("cote", "memberships(filter: {organisation: {startsWith: $a}}) { totalCount }"),
    ("Secrétaire général", "terms(filter: {office: {eq: $a}}) { totalCount }"),
    ("San-Pédro", "summits(filter: {city: {eq: $a}}) { totalCount }"),
    ("zoe-astrom", "summits(filter: {attendedBy: $a}) { totalCount }"),
    ("CI", "events(filter: {state: {in: [$a]}}) { totalCount }"),
    ("zoe-astrom", "articles(filter: {mentions: $a}) { totalCount }"),
    ("union formed", "articles(filter: {headline: {contains: $a}}) { totalCount }"),
    ("State:CI", "articles(filter: {cites: $a}) { totalCount }"),
]


def test_look_ups(cote: Database) -> None:
    for value, field in LOOK_UPS:
        answer = cote.ask(f"{{ {field.replace('$a', json.dumps(value))} }}")
        assert not re.search(r"None|\b0\b|\[\]", str(answer)), (value, field)
        # The blanks around a piece of a text are its own.
        piece = "contains" in field or "startsWith" in field
        oddly = spell_oddly(value)[2:-1] if piece else spell_oddly(value)
        assert cote.ask(f"{{ {field.replace('$a', json.dumps(oddly))} }}") == answer
        kind = "ID!" if value.startswith("State:") else "String!"
        for given in (value, oddly, normalize("NFD", value)):
            assert cote.ask(f"query($a: {kind}) {{ {field} }}", a=given) == answer


def test_a_piece_of_a_text_keeps_the_blanks_at_its_ends(cote: Database) -> None:
    def count(**test: str) -> object:
        asked = "query($f: StateFilter) { states(filter: $f) { totalCount } }"
        return cote.ask(asked, f={"name": test})["states"]

    one, none = {"totalCount": 1}, {"totalCount": 0}
    assert count(contains="\u00a0 d’") == one
    assert count(contains=" Ivoire") == none
    assert count(contains="te \u200b") == one
    assert count(startsWith="  Côte\t") == one
    assert count(startsWith="Côte d ") == none
    assert count(eq=" Côte d’Ivoire ") == one


def test_paragraphs(cote: Database, plain: list[dict[str, Tree]], tmp_path: Path) -> None:
    by = curator(cote)
    (article,) = (one for one in plain if str(one["id"]).startswith("Article:"))
    for texts in (["mili\u00adtary"], ["\u200b", "mili\u200btary"], ["military\u2028"]):
        expect_payload(by.record("Article", slug=ARTICLE, paragraphs=texts, replace=True))
        assert cote.rows("select number, text from paragraph") == [(1, "military")]
        cote.run("delete from paragraph")
        article["paragraphs"] = [*texts]
        cote.load(write_lines(tmp_path / "kb.ndjson", plain))
        assert cote.rows("select number, text from paragraph") == [(1, "military")]


def test_what_is_no_text_is_no_paragraph(
    cote: Database, plain: list[dict[str, Tree]], tmp_path: Path
) -> None:
    (article,) = (one for one in plain if str(one["id"]).startswith("Article:"))
    bad: Tree
    for bad in ("a\0b", "\ud800", 5, None):
        article["paragraphs"] = ["good", bad]
        with pytest.raises(SeedError, match=r"paragraphs\.1: "):
            cote.load(write_lines(tmp_path / "kb.ndjson", plain))
    answer = curator(cote).record("Article", slug=ARTICLE, paragraphs=["good", "a\0b"])
    ((place, _),) = problems(answer)
    assert place == "input.paragraphs.1"


BAD_KEYS = ("", "-a", "a-", "A", "a b", "ключ", "a--b", "a" * 501, "\ud800", "a\0", "é")


def test_a_key_that_is_none_is_refused_at_every_door(
    cote: Database, plain: list[dict[str, Tree]], tmp_path: Path
) -> None:
    (tmp_path / "seeds").mkdir()
    path, by = tmp_path / "seeds" / "publications.yaml", curator(cote)
    citation = {**next(one for one in plain if str(one["id"]).startswith("Citation:"))}
    for key in BAD_KEYS:
        line: dict[str, Tree] = {"id": f"Publication:{key}", "key": key, "name": "Another"}
        for bad in (line, citation | {"id": f"Citation:{key}"}):
            with pytest.raises(SeedError) as caught:
                cote.load(write_lines(tmp_path / "kb.ndjson", [*plain, bad]))
            (fault,) = caught.value.faults
            assert fault.line == len(plain) + 2
            assert str(fault).isprintable()
        if key.isprintable():
            path.write_text(json.dumps({key: {"name": "Another"}}), encoding="utf-8")
            with pytest.raises(SeedError):
                cote.load(path)
            if key != "A":
                ((place, _),) = problems(by.record("Publication", slug=key, name="Another"))
                assert place == "input.slug"
    assert snapshot(cote) == plain
