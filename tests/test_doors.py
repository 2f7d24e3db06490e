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

pytestmark = pytest.mark.sweep


def test_seed_files(
    accented: Database, accented_documents: list[dict[str, Tree]], tmp_path: Path
) -> None:
    odd_world = {
        name: {spell_oddly(key): spell_document_oddly(record) for key, record in records.items()}
        for name, records in WORLD.items()
    }
    write_seeds(accented, tmp_path / "odd", odd_world)
    assert snapshot(accented) == accented_documents
    assert count_verified(accented) == [(True, 7)]


def test_snapshots(
    accented: Database, accented_documents: list[dict[str, Tree]], tmp_path: Path
) -> None:
    path = write_lines(
        tmp_path / "odd.ndjson", [_spelled_line(document) for document in accented_documents]
    )
    accented.load(path)
    assert snapshot(accented) == accented_documents
    assert count_verified(accented) == [(True, 7)]


def _spelled_line(document: dict[str, Tree]) -> dict[str, Tree]:
    line = spell_document_oddly(document)
    assert isinstance(line, dict)
    return line


def test_mutations(accented: Database, accented_documents: list[dict[str, Tree]]) -> None:
    by = curator(accented)
    for name, records in WORLD.items():
        type_name, _ = FILES[name]
        ((key, record),) = records.items()
        expect_payload(
            by.record(
                type_name,
                **{
                    record_type(type_name).key: spell_oddly(key),
                    **_spelled_input(type_name, record),
                },
            )
        )
        assert snapshot(accented) == accented_documents
    assert count_verified(accented) == [(True, 7)]


def _spelled_input(type_name: str, record: Tree) -> dict[str, Tree]:
    assert isinstance(record, dict)
    given = {**record} | ({"paragraphs": [TEXT]} if type_name == "Article" else {})
    if isinstance(told := given.get("citations"), dict):
        given["citations"] = [
            {"key": key, **citation} for key, citation in told.items() if isinstance(citation, dict)
        ]
    return _spelled_line(given)


def test_citations_by_words(accented: Database, accented_documents: list[dict[str, Tree]]) -> None:
    told = WORLD["memberships"]["cote-union-ci"]
    assert isinstance(told, dict)
    assert isinstance(told["citations"], dict)
    ((key, citation),) = told["citations"].items()
    assert isinstance(citation, dict)
    by = curator(accented)
    added = {
        "key": spell_oddly(key),
        "article": spell_oddly(ARTICLE),
        "claim": spell_oddly(str(citation["claim"])),
    }
    expect_payload(
        by.cite(
            subject=spell_oddly("Membership:cote-union-ci"), quote=spell_oddly("military"), **added
        )
    )
    assert snapshot(accented) == accented_documents
    with database.read_transaction(accented.engine) as connection:
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


def test_look_ups(accented: Database) -> None:
    for value, field in LOOK_UPS:
        answer = accented.ask(f"{{ {field.replace('$a', json.dumps(value))} }}")
        assert not re.search(r"None|\b0\b|\[\]", str(answer)), (value, field)
        # The blanks around a piece of a text are its own.
        piece = "contains" in field or "startsWith" in field
        oddly = spell_oddly(value)[2:-1] if piece else spell_oddly(value)
        assert accented.ask(f"{{ {field.replace('$a', json.dumps(oddly))} }}") == answer
        type_ = "ID!" if value.startswith("State:") else "String!"
        for given in (value, oddly, normalize("NFD", value)):
            assert accented.ask(f"query($a: {type_}) {{ {field} }}", a=given) == answer


def test_a_piece_of_a_text_keeps_the_blanks_at_its_ends(accented: Database) -> None:
    def count(**test: str) -> object:
        query = "query($f: StateFilter) { states(filter: $f) { totalCount } }"
        return accented.ask(query, f={"name": test})["states"]

    match, no_match = {"totalCount": 1}, {"totalCount": 0}
    assert count(contains="\u00a0 d’") == match
    assert count(contains=" Ivoire") == no_match
    assert count(contains="te \u200b") == match
    assert count(startsWith="  Côte\t") == match
    assert count(startsWith="Côte d ") == no_match
    assert count(eq=" Côte d’Ivoire ") == match


def test_paragraphs(
    accented: Database, accented_documents: list[dict[str, Tree]], tmp_path: Path
) -> None:
    by = curator(accented)
    (article,) = (
        document for document in accented_documents if str(document["id"]).startswith("Article:")
    )
    for texts in (["mili\u00adtary"], ["\u200b", "mili\u200btary"], ["military\u2028"]):
        expect_payload(by.record("Article", slug=ARTICLE, paragraphs=texts, replace=True))
        assert accented.rows("select number, text from paragraph") == [(1, "military")]
        accented.run("delete from paragraph")
        article["paragraphs"] = [*texts]
        accented.load(write_lines(tmp_path / "kb.ndjson", accented_documents))
        assert accented.rows("select number, text from paragraph") == [(1, "military")]


def test_what_is_no_text_is_no_paragraph(
    accented: Database, accented_documents: list[dict[str, Tree]], tmp_path: Path
) -> None:
    (article,) = (
        document for document in accented_documents if str(document["id"]).startswith("Article:")
    )
    bad: Tree
    for bad in ("a\0b", "\ud800", 5, None):
        article["paragraphs"] = ["good", bad]
        with pytest.raises(SeedError, match=r"paragraphs\.1: "):
            accented.load(write_lines(tmp_path / "kb.ndjson", accented_documents))
    answer = curator(accented).record("Article", slug=ARTICLE, paragraphs=["good", "a\0b"])
    ((place, _),) = problems(answer)
    assert place == "input.paragraphs.1"


BAD_KEYS = ("", "-a", "a-", "A", "a b", "ключ", "a--b", "a" * 501, "\ud800", "a\0", "é")


def test_a_key_that_is_none_is_refused_at_every_door(
    accented: Database, accented_documents: list[dict[str, Tree]], tmp_path: Path
) -> None:
    (tmp_path / "seeds").mkdir()
    path, by = tmp_path / "seeds" / "publications.yaml", curator(accented)
    citation = {
        **next(
            document
            for document in accented_documents
            if str(document["id"]).startswith("Citation:")
        )
    }
    for key in BAD_KEYS:
        line: dict[str, Tree] = {"id": f"Publication:{key}", "key": key, "name": "Another"}
        for bad in (line, citation | {"id": f"Citation:{key}"}):
            with pytest.raises(SeedError) as caught:
                accented.load(write_lines(tmp_path / "kb.ndjson", [*accented_documents, bad]))
            (fault,) = caught.value.faults
            assert fault.line == len(accented_documents) + 2
            assert str(fault).isprintable()
        if key.isprintable():
            path.write_text(json.dumps({key: {"name": "Another"}}), encoding="utf-8")
            with pytest.raises(SeedError):
                accented.load(path)
            if key != "A":
                ((place, _),) = problems(by.record("Publication", slug=key, name="Another"))
                assert place == "input.slug"
    assert snapshot(accented) == accented_documents
