"""Snapshots: a copy starts from one and goes on with the feed; loaded, one gives the same again."""

import hashlib
import json
from pathlib import Path

import pytest

from kb.errors import SeedError
from tests.support.databases import Database
from tests.support.feeds import counts, feed, follow, replay
from tests.support.seed_texts import ARTICLES, write_seed_texts
from tests.support.snapshots import lines_of, write_snapshot

pytestmark = pytest.mark.slow


def test_its_lines_are_what_the_feed_amounts_to(ingested: Database) -> None:
    first, *documents, last = lines_of(ingested)
    head, tail = json.loads(first), json.loads(last)
    copy: dict[object, object] = {json.loads(document)["id"]: document for document in documents}
    assert copy == replay(follow(ingested, first=1000))
    assert (head["form"], head["stream"]) == ("kb-snapshot-1", feed(ingested)["stream"])
    assert head["cursor"] == feed(ingested)["headCursor"]
    assert str(head["revision"]) == feed(ingested)["head"]
    assert tail == {"end": True, "counts": counts(copy)}


def test_a_copy_goes_on_from_its_cursor(empty: Database, tmp_path: Path) -> None:
    empty.load(write_seed_texts(tmp_path))
    first, *documents, _ = lines_of(empty)
    copy: dict[object, object] = {json.loads(document)["id"]: document for document in documents}
    empty.load(write_seed_texts(tmp_path, articles=ARTICLES.replace("1950-05-09", "1951-05-09")))
    empty.load(write_seed_texts(tmp_path, memberships=""), prune=True)
    for change in follow(empty, json.loads(first)["cursor"], first=2):
        copy[change["recordId"]] = change["document"]
    assert (
        counts({key: document for key, document in copy.items() if document})
        == feed(empty)["counts"]
    )


def test_loaded_it_gives_the_same_again(
    ingested: Database, empty: Database, tmp_path: Path
) -> None:
    taken = write_snapshot(ingested, tmp_path / "one")
    empty.load(taken)
    again = write_snapshot(empty, tmp_path / "two")
    first, second = (path.read_text(encoding="utf-8").split("\n") for path in (taken, again))
    assert first[1:] == second[1:]
    before = feed(empty)
    empty.load(taken)
    assert feed(empty) == before


def test_the_manifest_proves_the_file(csto: Database, tmp_path: Path) -> None:
    path = write_snapshot(csto, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    data = path.read_bytes()
    first, *records, _ = data.splitlines()
    (told,) = manifest.pop("files")
    assert manifest.items() <= json.loads(first).items()
    assert manifest.keys() == {"form", "stream", "revision", "cursor"}
    assert told == {
        "name": "kb.ndjson",
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "rows": len(records),
    }


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda lines: lines[:-2], "the file has no last line: it was cut off"),
        (lambda lines: [*lines[:3], *lines[4:]], "not those that the last line counts"),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], "is there twice"),
        (lambda lines: [*lines[:3], "{", *lines[4:]], "kb.ndjson:4:2: the line is no JSON object"),
        (lambda lines: [*lines[:3], "{}", *lines[4:]], "kb.ndjson:4: the line is no record"),
        (lambda lines: ["[" * 100_000, *lines], "kb.ndjson:1: the line nests too deeply"),
        (
            lambda lines: [*lines, '{"id": "Article:a", "paragraphs": 5}'],
            "a.paragraphs: it is a number, not an array",
        ),
    ],
)
def test_a_damaged_one_is_refused(
    empty: Database, csto: Database, tmp_path: Path, damage: object, what: str
) -> None:
    path = write_snapshot(csto, tmp_path)
    assert callable(damage)
    lines = damage(path.read_text(encoding="utf-8").split("\n"))
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SeedError, match=what):
        empty.load(path)
    assert feed(empty)["head"] == "0"


def test_one_that_was_cut_off_is_not_blamed_for_what_it_lost(
    empty: Database, csto: Database, tmp_path: Path
) -> None:
    path = write_snapshot(csto, tmp_path)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(SeedError) as raised:
        empty.load(path)
    said = [str(fault).rpartition("kb.ndjson:")[2] for fault in raised.value.faults]
    assert any("it was cut off" in message for message in said)
    assert len(said) == 2, "and the line within which it ends"


def test_there_is_none_of_a_file_that_is_not_there(empty: Database, tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="there is no such file"):
        empty.load(tmp_path / "kb.ndjson")
