"""Pages taken in again by another description of their site: what differs is told, or taken."""

from pathlib import Path

import pytest

from kb.archive.page_reader import page_reader
from kb.check.inspect import inspect
from kb.database import read_transaction
from kb.imports.site_reader import read_site
from kb.ingest.ingest import ingest
from kb.ingest.summary import Overrides, Summary
from tests.support.command import run
from tests.support.databases import Database
from tests.support.seed_texts import write_seed_texts

pytestmark = pytest.mark.sweep

PAGE = """\
<!DOCTYPE html><html><body><article>
<p class=issue>Vol. 3, No. 12</p>
<h2>Moon union formed</h2>
<p class=tag>Comment</p><p class=by>Ada Byron</p><p class=in>Marsland desk</p>
<time datetime=2011-01-05T23:00-05:00>yesterday</time>
<div class=text><p>The Moon Union met on the Moon.</div>
</article></body></html>
"""
FIRST = """\
publication: The Gazette
elements:
  article: article
  headline: {select: h2}
  date: {select: time, attribute: datetime, forms: [iso8601]}
  paragraphs: .text
"""
AUTHOR = "  author: {select: .by}\n"
NUMBER = '  number: {select: .issue, after: "No."}\n'
LABEL = "  label: {select: .tag, values: {Comment: OPINION}}\n"
ASKED = "{ articles { nodes { slug kind author issueNumber publication { slug } } } }"
KEY = "gazette-moon-union-formed"


class Archive:
    """A database, and its page read by one description after another."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self._folder = database, folder

    def take(self, site: str, *pages: str, update: bool = False, new: bool = False) -> Summary:
        (self._folder / "site.yaml").write_text(site, encoding="utf-8")
        paths = [self._folder / f"p{number}.html" for number in range(len(pages) or 1)]
        for path, page in zip(paths, pages or [PAGE], strict=True):
            path.write_text(page, encoding="utf-8")
        reader = page_reader(read_site(str(self._folder / "site.yaml"), None))
        return ingest(
            self.database.engine, paths, reader, overrides=Overrides(new=new, update=update)
        )

    def articles(self) -> object:
        match self.database.ask(ASKED)["articles"]:
            case {"nodes": nodes}:
                return nodes
        raise AssertionError


@pytest.fixture
def archive(empty: Database, tmp_path: Path) -> Archive:
    """Taken in by the first description."""
    taken = Archive(empty, tmp_path)
    assert taken.take(FIRST).added == 1
    return taken


def revision(archive: Archive) -> int:
    return int(str(archive.database.ask("{ revision }")["revision"]))


def article(kind: str, author: str | None, number: int | None) -> dict[str, object]:
    publication = {"slug": "gazette"}
    return {
        "slug": KEY,
        "kind": kind,
        "author": author,
        "issueNumber": number,
        "publication": publication,
    }


def test_what_pages_tell_otherwise_is_told_and_left(archive: Archive) -> None:
    before = revision(archive)
    done = archive.take(FIRST + AUTHOR + NUMBER + LABEL)
    assert (done.added, done.texts, done.left, done.faults) == (0, 0, 1, [])
    [told] = done.differing
    assert (told.line, told.what) == (
        3,
        "`Moon union formed`: the page has issueNumber `12` instead of none, kind `OPINION`"
        " instead of `REPORT`, author `Ada Byron` instead of none",
    )
    assert "--update" in told.remedy
    assert archive.articles() == [article("REPORT", None, None)]
    assert revision(archive) == before


def test_it_is_taken_with_update(archive: Archive) -> None:
    """One commit, under the key that it has; the same again changes nothing."""
    before = revision(archive)
    done = archive.take(FIRST + AUTHOR + NUMBER + LABEL, update=True)
    assert (done.added, done.updated, done.left, done.differing) == (0, 1, 0, [])
    assert archive.articles() == [article("OPINION", "Ada Byron", 12)]
    assert revision(archive) == before + 1
    again = archive.take(FIRST + AUTHOR + NUMBER + LABEL, update=True)
    assert (again.updated, again.left) == (0, 1)
    assert revision(archive) == before + 1
    with read_transaction(archive.database.engine) as connection:
        assert inspect(connection).findings == []


def test_what_a_page_does_not_tell_stays(archive: Archive) -> None:
    archive.take(FIRST + AUTHOR + NUMBER + LABEL, update=True)
    done = archive.take(FIRST + "kind: OPINION\n", update=True)
    assert (done.added, done.updated, done.left, done.differing) == (0, 0, 1, [])
    done = archive.take(FIRST + AUTHOR + NUMBER, update=True)
    assert (done.updated, done.left, done.differing) == (0, 1, [])
    assert archive.articles() == [article("OPINION", "Ada Byron", 12)]


def test_a_text_and_a_value_are_one_commit(archive: Archive) -> None:
    before = revision(archive)
    done = archive.take(FIRST + AUTHOR, PAGE.replace("on the Moon", "there"), update=True)
    assert (done.texts, done.updated) == (1, 1)
    assert revision(archive) == before + 1


def test_of_two_copies_neither_is_taken_for_the_other(archive: Archive) -> None:
    done = archive.take(FIRST + AUTHOR, PAGE, PAGE.replace("Ada", "Al"), update=True)
    assert archive.articles() == [article("REPORT", "Ada Byron", None)]
    [fault] = done.faults
    assert fault.what == (
        "`Moon union formed`: another copy in these pages has author `Ada Byron` instead of"
        " `Al Byron`"
    )


def test_copies_that_tell_the_same_are_told_once(archive: Archive) -> None:
    """As of the pages of a tag and of a year, one of which may lack what the other has."""
    lacking = PAGE.replace("Ada Byron", "")
    optional = FIRST + AUTHOR.replace("}", ", optional: true}")
    done = archive.take(optional, PAGE, PAGE, lacking)
    assert (len(done.differing), done.left, done.faults) == (1, 1, [])
    done = archive.take(optional, lacking, PAGE, PAGE, update=True)
    assert (done.updated, done.differing, done.faults) == (1, [], [])
    assert archive.articles() == [article("REPORT", "Ada Byron", None)]


@pytest.mark.parametrize(
    ("site", "page"),
    [
        (FIRST + NUMBER, PAGE.replace("No. 12", "No. 13")),
        (FIRST.replace("[iso8601]", "[iso8601], zone: UTC"), PAGE),
    ],
)
def test_another_number_or_day_is_likely_a_copy(
    site: str, page: str, empty: Database, tmp_path: Path
) -> None:
    archive = Archive(empty, tmp_path)
    archive.take(FIRST + NUMBER if "number" in site else FIRST)
    [fault] = archive.take(site, page).faults
    assert "`Moon union formed` is likely a copy of `gazette-" in fault.what
    assert archive.take(site, page, new=True).added == 1
    assert archive.take(site, page).left == 1


def test_the_command_tells_what_takes_it(tmp_path: Path) -> None:
    write_seed_texts(tmp_path)
    assert run(tmp_path, "load", "seeds").returncode == 0
    for name, site in {"a": FIRST, "b": FIRST + AUTHOR}.items():
        (tmp_path / f"{name}.yaml").write_text(site, encoding="utf-8")
    (tmp_path / "p.html").write_text(PAGE, encoding="utf-8")
    assert run(tmp_path, "ingest", "p.html", "--site", "a.yaml").returncode == 0
    told = run(tmp_path, "ingest", "p.html", "--site", "b.yaml")
    assert told.returncode == 0
    assert "p.html:3: `Moon union formed`: the page has author `Ada Byron`" in told.stderr
    assert "take it with --update" in told.stderr
    taken = run(tmp_path, "ingest", "p.html", "--site", "b.yaml", "--update")
    assert "0 texts stored, 1 updated, 0 left as they were" in taken.stdout
    assert taken.stderr == ""
