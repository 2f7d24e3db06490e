"""The recommendations of the Research Data Alliance on citing data that change, of a service each.

docs/citing.md lists all fourteen with the tests that hold them; those that stand nowhere else are
here.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from graphql import strip_ignored_characters

from kb import database
from kb.command.replay import replay_links
from kb.commit.feed import begin_stream
from kb.config import Settings
from kb.progress import tell_nobody
from tests.support.command import run
from tests.support.curated import ARTICLE, curator, expect_payload
from tests.support.databases import Place, open_database
from tests.support.kept_answers import ADA_NOW, Service, service
from tests.support.pages import PAGE, tree

pytestmark = pytest.mark.sweep

ROOT = Path(__file__).parents[1]
_ROW = re.compile(r"^\| (\d+)\. .*\| `(tests/\w+\.py)::(\w+)` \|$", re.MULTILINE)


@pytest.fixture
def kept(place: Place, with_ada: Settings) -> Iterator[Service]:
    with service(place.create(with_ada)) as answers:
        yield answers


def test_each_recommendation_is_held_by_a_test_that_is_there() -> None:
    rows = _ROW.findall((ROOT / "docs/citing.md").read_text(encoding="utf-8"))
    assert [int(number) for number, _, _ in rows] == [*range(1, 15)]
    for _, path, name in rows:
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), (path, name)


def test_each_change_has_an_instant(kept: Service) -> None:
    """2. Timestamping."""
    before = datetime.now(UTC)
    kept.rename("Ada the Second")
    (page,) = kept.db.ask("{ changes(first: 1000) { nodes { revision at } } }").values()
    assert isinstance(page, dict)
    instants = [datetime.fromisoformat(change["at"]) for change in page["nodes"]]
    assert instants == sorted(instants)
    assert before <= instants[-1] <= datetime.now(UTC)


def test_a_row_is_all_that_an_answer_needs(kept: Service) -> None:
    """3 and 9. Query store, and what is stored."""
    answer, told = kept.ask(ADA_NOW), kept.post(ADA_NOW)
    columns = "document, variables, revision, sha256, at, length(schema_sha256), length(chain)"
    (row,) = kept.db.rows(f"select {columns} from kept_answer")
    document, variables, revision, *proof, schema_digits, chain_digits = row
    assert strip_ignored_characters(str(document)) == strip_ignored_characters(ADA_NOW)
    assert (variables, str(revision)) == ("{}", told["revision"])
    assert proof == [told["sha256"], told["at"]]
    assert (schema_digits, chain_digits) == (64, 64)
    with service(kept.db.settings) as restarted:
        assert restarted.again(told) == answer


def test_rows_that_sort_alike_stand_in_the_order_of_their_keys(kept: Service) -> None:
    """5. Stable sorting, whichever was recorded first."""
    query = '{ officials(filter: {name: {eq: "Twin"}}, orderBy: {field: NAME}) { nodes { slug } } }'
    for slug in ("twin-c", "twin-a", "twin-b"):
        record_twin(kept, slug)
    answer, told = kept.ask(query), kept.post(query)
    order = re.findall(rb"twin-.", answer)
    assert (len(order), order) == (3, sorted(order))
    expect_payload(curator(kept.db).retract("Official", slug="twin-a"))
    record_twin(kept, "twin-a")
    assert kept.again(told) == answer


def record_twin(of: Service, slug: str) -> None:
    citation = {"key": f"{slug}-named", "article": ARTICLE, "claim": "It names her."}
    given = {"slug": slug, "name": "Twin", "citations": [citation]}
    expect_payload(curator(of.db).record("Official", **given))


def test_a_link_tells_when_it_was_made_and_of_which_revision(kept: Service) -> None:
    """7. Query timestamping."""
    before = datetime.now(UTC)
    told = kept.post(ADA_NOW)
    assert before <= datetime.fromisoformat(told["at"]) <= datetime.now(UTC)
    page = tree(kept.client, told["url"])
    (instant,) = page.xpath("//dl//time/@datetime")
    assert instant == told["at"]


def test_machines_find_the_answer_from_its_page(kept: Service) -> None:
    """12. Machine actionability."""
    told = kept.post(ADA_NOW)
    kept.client.headers.update(PAGE)
    page = tree(kept.client, told["url"])
    (link,) = page.xpath("//link[@rel='alternate' and @type='application/json']/@href")
    assert sha256(kept.client.get(link).content).hexdigest() == told["sha256"]


def test_a_base_that_was_moved_gives_the_same_answers(place: Place, with_ada: Settings) -> None:
    """13. Technology migration: of a restored base, whose history has another name by now."""
    with service(place.create(with_ada)) as kept:
        answer, told = kept.ask(ADA_NOW), kept.post(ADA_NOW)
        kept.rename("Ada the Second")
    with open_database(place.create(kept.db.settings)) as moved:
        with database.write_transaction(moved.engine) as connection:
            begin_stream(connection)
        with service(moved.settings) as restored:
            assert restored.again(told) == answer


def test_all_links_can_be_verified_at_once(kept: Service) -> None:
    """14. Migration verification."""
    told = kept.post(ADA_NOW)
    kept.post("{ revision }")
    report = replay_links(kept.db.settings, tell_nobody)
    assert (report.links, report.findings) == (2, [])
    kept.db.run(f"update kept_answer set sha256 = 'x' where id = '{told['id']}'")
    (finding,) = replay_links(kept.db.settings, tell_nobody).findings
    assert finding.startswith(f"{told['url']}: the answer comes out otherwise")


def test_the_command_ends_with_whether_all_are_the_same(kept: Service, tmp_path: Path) -> None:
    url = kept.db.settings.database_url
    kept.post(ADA_NOW)
    done = run(tmp_path, "replay", "--database", url)
    assert (done.returncode, done.stdout) == (0, "1 answer given again: all as they were\n")
    kept.db.run("update kept_answer set sha256 = 'x'")
    done = run(tmp_path, "replay", "--database", url)
    assert done.returncode == 1
    assert done.stdout.endswith("1 answer given again: 1 not as they were\n")
