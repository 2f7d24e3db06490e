"""Whatever a door stores, an export writes as seed files, and a load takes back the same.

Names, headlines and publications are any text that there is, and what YAML reads otherwise than it
looks; they come in as a snapshot, by mutations, and as pages. The engine plays no part.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kb import database
from kb.config import Settings
from kb.files.yaml_writer import export
from kb.normalisation import normalise
from tests.support.archive_pages import ingest_pages
from tests.support.curated import curator
from tests.support.databases import Database, SqlitePlace, open_database, prepare
from tests.support.snapshots import snapshot, write_lines
from tests.worlds.accented import Tree, make_citation

PAGE = """\
{headline}

JAN. 5 2011 ({publication}) — They met.

— This story was first published in issue {issue} of The Gazette
"""
YAMLISH = st.sampled_from(
    [
        *("null", "~", "true", "No", "2002", "2010-01-01", "1e3", "0x1F", "1_000", "-", "- a", "?"),
        *("a: b", "a #b", "#", "'", '"', "'a'", '"a" b', "[a]", "{a}", "a, b", "*a", "&a", "!a"),
        *("|", ">", "%a", "@a", "`a`", "---", "...", "=", "<<", ".", "a:", ":a", "\\", "\\u0041"),
        *("\ufffe", "\x07", "\x7f", "\x9f", "\ue000", "\U0001f600", "a\tb", "x" * 200, "é" * 99),
        *("Новости", "ქართული", "上海合作组织", "السلام", "Côte d’Ivoire", "word " * 40, "٣", "𝟓"),
    ]
)
# Surrogates and U+0000 are in no text that is stored.
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
TEXTS = st.one_of(YAMLISH, ANY, st.tuples(YAMLISH, ANY, YAMLISH).map(" ".join))
VISIBLE = TEXTS.filter(normalise)
WORDS = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
KEYS = st.one_of(
    WORDS, st.sampled_from(["null", "true", "no", "1", "2002", "0x1", "1e3", "a" * 500])
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return prepare(SqlitePlace(tmp_path_factory.mktemp("databases")).create())


@st.composite
def documents(draw: st.DrawFn) -> list[dict[str, Tree]]:
    """The lines of a snapshot: a publication and its articles, a state and an official."""
    publication, key = draw(KEYS), draw(KEYS)
    article: dict[str, Tree] = {
        "id": f"Article:{key}",
        "headline": draw(VISIBLE),
        "publication": publication,
        "datedOn": "2011-01-05",
        **{name: draw(VISIBLE) for name in ("place", "author", "summary")},
        "url": f"https://example.org/{draw(KEYS)}",
        "paragraphs": [*draw(st.lists(TEXTS, max_size=2))],
    }
    ((cited_by, citation),) = make_citation(draw(KEYS)).items()
    assert isinstance(citation, dict)
    state: dict[str, Tree] = {
        "id": "State:CI",
        "name": draw(VISIBLE),
        "officialName": draw(VISIBLE),
        "aliases": [*draw(st.lists(VISIBLE, max_size=3))],
    }
    told = {"id": f"Citation:{cited_by}", "subject": "State:CI", "article": key}
    return [
        {"id": f"Publication:{publication}", "name": draw(VISIBLE)},
        article,
        state,
        citation | told | {"claim": draw(VISIBLE), "field": "name", "value": draw(VISIBLE)},
    ]


def seed_documents(db: Database) -> list[dict[str, Tree]]:
    """What seed files can say: not the words of articles."""
    return [document | {"paragraphs": None} for document in snapshot(db)]


def assert_comes_back(db: Database, template: Settings, folder: Path) -> None:
    with database.read_transaction(db.engine) as connection:
        export(connection, folder / "seeds")
    with open_database(SqlitePlace(folder).create(template)) as other:
        if seed_documents(db):
            other.load(folder / "seeds")
        assert seed_documents(other) == seed_documents(db)


def open_copies(template: Settings) -> Iterator[tuple[Path, Database]]:
    with (
        TemporaryDirectory() as name,
        open_database(SqlitePlace(Path(name)).create(template)) as db,
    ):
        yield Path(name), db


def check_snapshot(template: Settings, lines: list[dict[str, Tree]]) -> None:
    for folder, db in open_copies(template):
        db.load(write_lines(folder / "kb.ndjson", lines))
        assert len(seed_documents(db)) == len(lines)
        assert_comes_back(db, template, folder)


def check_mutations(template: Settings, named: list[tuple[str, str]]) -> None:
    for folder, db in open_copies(template):
        by = curator(db)
        for key, name in named:
            by.record("Publication", slug=key, name=name)
            by.record(
                "Article", slug=key, publication=key, headline=name, datedOn="2011", place=name
            )
        assert seed_documents(db)
        assert_comes_back(db, template, folder)


def check_pages(template: Settings, named: list[tuple[str, str]]) -> None:
    for folder, db in open_copies(template):
        for issue, (headline, publication) in enumerate(named, 1):
            page = folder / f"{issue}.txt"
            told = PAGE.format(headline=headline, publication=publication, issue=issue)
            page.write_text(told, encoding="utf-8")
            ingest_pages(db, page)
        assert_comes_back(db, template, folder)


PAIRS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4)
NAMED = st.lists(st.tuples(KEYS, VISIBLE), min_size=1, max_size=4)


@settings(max_examples=3)
@given(documents())
def test_snapshots(template: Settings, lines: list[dict[str, Tree]]) -> None:
    check_snapshot(template, lines)


@settings(max_examples=2)
@given(NAMED)
def test_mutations(template: Settings, named: list[tuple[str, str]]) -> None:
    check_mutations(template, named)


@settings(max_examples=2)
@given(PAIRS)
@example(
    [("Новости", "Вести"), ("სიახლეები", "ლიბერალი"), ("新闻", "人民日报"), ("a: b #c", "1e3")]
)
def test_pages(template: Settings, named: list[tuple[str, str]]) -> None:
    check_pages(template, named)


@pytest.mark.long
@settings(max_examples=30)
@given(documents(), NAMED, PAIRS)
def test_all_doors_at_length(
    template: Settings,
    lines: list[dict[str, Tree]],
    named: list[tuple[str, str]],
    pages: list[tuple[str, str]],
) -> None:
    check_snapshot(template, lines)
    check_mutations(template, named)
    check_pages(template, pages)
