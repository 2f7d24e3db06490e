"""Files that nobody would write by mistake: each ends in a fault with its place, soon."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import FrameType

import pytest

from kb.errors import Fault, SeedError
from kb.files import snapshot_reader, yaml_reader
from kb.files.yaml_reader import YamlRecord, read_yaml
from tests.support.databases import Database, SqlitePlace, open_database, prepare
from tests.support.seed_texts import ANCHOR, STATES, record_states, write_seed_texts

pytestmark = pytest.mark.sweep

PLACE = re.compile(r"[^:]+\.(yaml|ndjson):[1-9]\d*:[1-9]\d*: [^\n]+, [^\n]+")
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{next_letter}: &{next_letter} [*{letter}, *{letter}]\n"
    for letter, next_letter in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture(scope="module")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Where nothing is written; of one engine: files are read before a database is asked."""
    place = SqlitePlace(tmp_path_factory.mktemp("bounds"))
    with open_database(prepare(place.create())) as database:
        yield database


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LAUGHS, "1:4: `&a` names a value, for others to stand for it"),
        ("FR:\n  citations: &a\n    x: *a\n", "2:14: `&a` names a value"),
        ("FR:\n  citations: &a\n    x: *a\n", "3:8: `*a` stands for another value"),
        ("FR: " + "{a: " * 500 + "}" * 500, "1:85: nested more than 20 deep"),
        ("FR:\n  aliases: " + "[" * 500, "2:31: nested more than 20 deep"),
        ("FR:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 500)), "22:22: nested more than 20"),
        ("FR: " + "- " * 500, "1:5: not YAML: a `-` stands where no list can begin"),
        ("FR:\n " + "- " * 500, "2:42: nested more than 20 deep"),
        ("? " * 500 + "a", "1:43: nested more than 20 deep"),
        ("FR:\n  <<: {name: A}\n", "2:3: FR.<<: there is no such field"),
        ("FR:\n  name: !!str A\n", "2:9: `tag:yaml.org,2002:str` is a tag"),
        ("FR:\n  name: !python/object:os.system A\n", "is a tag, leave it out"),
        ("FR:\n  name: A\n---\nDE:\n", "3:1: a second document begins"),
        ("%YAML 1.1\n---\nFR:\n  name: no\n  nmae: x\n", "5:3: FR.nmae: there is no such field"),
        ("%YAML 2.0\n---\nFR:\n", "not YAML: it is no YAML 1.2"),
        ("FR:\n\tname: A\n", "2:1: not YAML: a tab stands where a value begins, indent with"),
        ("FR:\n  name: A\n  name: B\n", "3:3: `name` is there twice"),
        ("FR:\n  ? [a]\n  : b\n", "2:5: a key that is no text"),
        ("FR:\n  : b\n", "2:3: FR.an empty text: there is no such field"),
        ("FR:\n  ~: b\n", "2:3: FR.~: there is no such field"),
        ("FR:\n", "1:1: FR: it is `null`, not a mapping"),
        ("FR: x\nDE: [x]\n", "2:1: DE: it is a list, not a mapping"),
        ('FR:\n  name: "\\UFFFFFFFF"\n', "2:7: not YAML: a number stands for no character"),
        ('FR:\n  name: "\\ud800"\n', "2:3: FR.name: it has half of a surrogate pair"),
        (f"{'F' * 1000}:\n  name: A\n", "1:1: `FFF"),
        (
            f"FR:\n  name: A\n{'F' * 2000}:\n  name: A\n",
            "not YAML: it is no `key: value`, write one; a key has",
        ),
        ("FR:\r\n  name: A\r\n  nmae: B\r\n", "3:3: FR.nmae: there is"),
        ("\ufeffFR:\n  nmae: B\n", "2:3: FR.nmae: there is"),
        ("FR:\n  name: |\n    DE:\n    XX: y\n  nmae: B\n", "5:3: FR.nmae: there is"),
        ('FR:\n  name: "a\n\n   b"\n  nmae: B\n', "5:3: FR.nmae: there is"),
        ("FR:\n  aliases: [" + "a, " * 1001 + "]\n", "2:3: FR.aliases: it has 1,001 items, more"),
        ("FR:\n  name: A\n#" + "x" * 10**6, "3:1: a line of more than 1,000,000 bytes, break it"),
        ("FR:\n  name: 'a\x07'\n", "2:11: not YAML: it has the character U+0007"),
        ("a\x00", "1:2: not YAML: it has the character U+0000"),
        ("[FR]\n", "1:1: the file is no mapping"),
        ("&a FR:\n  name: A\n", "1:1: `&a` names a value"),
    ],
)
def test_yaml(empty_sqlite: Database, tmp_path: Path, text: str, told: str) -> None:
    faults = faults_of(empty_sqlite, write_seed_texts(tmp_path, states=text, memberships=""))
    assert any(told in fault for fault in faults), faults


def faults_of(database: Database, *paths: Path) -> list[str]:
    """Every fault of the files, which have written nothing."""
    with pytest.raises(SeedError) as raised:
        database.load(*paths)
    assert record_states(database) == []
    faults = [str(fault) for fault in raised.value.faults]
    for text in faults:
        assert PLACE.fullmatch(text), text
        assert len(text) < 600
        assert "'" not in text
    return [fault.partition(".yaml:")[2] or fault.partition(".ndjson:")[2] for fault in faults]


def test_yaml_that_is_odd_and_right(empty: Database, tmp_path: Path) -> None:
    odd = STATES.replace("name: France", 'name: "Fr\\\n    ance"').replace("\n", "\r\n")
    odd = "\ufeff%YAML 1.2\r\n---\r\n# " + "\r\n#".join("x" * 5_000) + f"\r\n{odd}...\r\n"
    report = empty.load(write_seed_texts(tmp_path, states=odd, memberships=""))
    assert len(report.added) == 7
    assert empty.ask('{ state(code: "FR") { name } }') == {"state": {"name": "France"}}


LINE = '{"id":"State:FR","key":"FR","name":"A","aliases":[]%s}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"id":"State:FR","name":"A","name":"B"}', "`name` is there twice"),
        (LINE % ',"x":{"a":1,"a":2}', "`a` is there twice"),
        (LINE % ',"x":NaN', "`NaN` is no number of JSON"),
        (LINE % ',"x":-Infinity', "`-Infinity` is no number of JSON"),
        (LINE % ',"officialName":"\\ud800"', "1:53: FR.officialName: it has half of a surrogate"),
        (LINE % ',"officialName":"\\u0000"', "1:53: FR.officialName: it has the character U+0000"),
        (LINE % (',"officialName":' + "9" * 5000), "FR.officialName: it is a number, not a string"),
        (LINE % ',"officialName":true', "FR.officialName: it is `true`, not a string"),
        (LINE % (',"x":' + "[" * 900 + "]" * 900), "FR.x: there is no such field"),
        (LINE % (',"x":' + "[" * 90_000), "the line nests too deeply"),
        (LINE % (',"officialName":"' + "x" * 501 + '"'), "it has 501 characters, more than 500"),
        (LINE.replace('"key":"FR"', '"key":"DE"') % "", "1:18: FR: its key is not that of its id"),
        ('{"id":"State:fr"}', "1:2: `fr` is no code of a state"),
        ('{"id":"State:FR\\ud800"}', "1:2: "),
        ('{"id":["State"]}', "1: the line is no record"),
        ("[1]", "1:1: the line is no JSON object"),
        ('{"id":"State:FR",}', "1:18: the line is no JSON object"),
        ("\ufeff{}", "1: the line is no record"),
        ('{"id":"Citation:c","subject":"Planet:x"}', "1:20: c: it speaks of nothing that can be"),
        ('{"id":"Citation:c","subject":"State:\\ud800"}', "1:20: "),
    ],
)
def test_snapshots(empty_sqlite: Database, tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "kb.ndjson"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(SeedError) as raised:
        empty_sqlite.load(path)
    faults = [str(fault) for fault in raised.value.faults]
    assert any(told in fault for fault in faults), faults
    assert record_states(empty_sqlite) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (name, number)
        for name in ("issueNumber",)
        for number in (True, 500.0, 1e3, "5", -5, 0, 2**31)
    ],
)
def test_numbers_of_snapshots(
    empty_sqlite: Database, tmp_path: Path, field: str, value: object
) -> None:
    article = {"id": "Article:a", "headline": "H", "publication": "p", "datedOn": "2001"}
    path = tmp_path / "kb.ndjson"
    path.write_text(json.dumps(article | {field: value}), encoding="utf-8")
    with pytest.raises(SeedError, match=r"a\.issueNumber: .* (no whole|not a) number"):
        empty_sqlite.load(path)


def test_what_is_no_file(empty_sqlite: Database, tmp_path: Path) -> None:
    (tmp_path / "states.yaml").mkdir()
    (tmp_path / "kb.ndjson").mkdir()
    os.mkfifo(tmp_path / "terms.yaml")
    os.mkfifo(tmp_path / "pipe.ndjson")
    (tmp_path / "events.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "summits.yaml").symlink_to("/dev/zero")
    # It opens, and then cannot be read.
    (tmp_path / "officials.yaml").symlink_to("/proc/self/mem")
    (tmp_path / "other.ndjson").symlink_to("/proc/self/mem")
    (tmp_path / ("x" * 300)).with_suffix(".ndjson")
    with pytest.raises(SeedError) as raised:
        empty_sqlite.load(*sorted(tmp_path.iterdir()), tmp_path / f"{'x' * 300}.ndjson")
    told = {Path(fault.file).name: fault.what for fault in raised.value.faults}
    assert told == {
        "states.yaml": "the folder has no .yaml files",
        "kb.ndjson": "it is a folder",
        "terms.yaml": "it is no file",
        "pipe.ndjson": "it is no file",
        "events.yaml": "there is no such file",
        "summits.yaml": "it is no file",
        "officials.yaml": "it cannot be read: input/output error",
        "other.ndjson": "it cannot be read: input/output error",
        f"{'x' * 300}.ndjson": "it cannot be read: file name too long",
    }


def test_names_that_end_in_yml_are_read(empty: Database, tmp_path: Path) -> None:
    seeds = write_seed_texts(tmp_path)
    (seeds / "states.yaml").rename(seeds / "states.yml")
    assert len(empty.load(seeds).added) == 9


@pytest.mark.parametrize("limit", ["MOST_YAML_LINE", "MOST_YAML_RECORD"])
def test_what_is_larger_than_memory_should_hold(
    monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(yaml_reader, limit, 10_000)
    text = "FR:\n  name: |\n" + "    x\n" * 5_000 if limit == "MOST_YAML_RECORD" else "x" * 10_001
    (fault,) = read_yaml("states.yaml", BytesIO(text.encode()))
    assert isinstance(fault, Fault)
    assert "more than 10,000 bytes" in fault.what
    many = "".join(f"A{n}:\n  name: {'x' * 90}\n" for n in range(1000))
    assert all(isinstance(record, YamlRecord) for record in read_yaml("x", BytesIO(many.encode())))


def test_a_line_of_a_snapshot_is_bounded(
    empty_sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_reader, "MOST_SNAPSHOT_LINE", 100)
    path = tmp_path / "kb.ndjson"
    path.write_text("x" * 101, encoding="utf-8")
    with pytest.raises(SeedError, match=r"kb\.ndjson:1: a line of more than 100 bytes"):
        empty_sqlite.load(path)


GROWING: dict[str, Callable[[int], str]] = {
    "records": lambda n: "".join(f"a{number}:\n  name: A\n" for number in range(n)),
    "comments": lambda n: "a:\n  name: A\n" + "# x\n" * n + "b:\n  name: A\n",
    "comment": lambda n: "a:\n  name: A #" + " x" * n + "\n",
    "blank lines": lambda n: "a:\n  name: A\n" + "\n" * n + "b:\n  name: A\n",
    "flow list": lambda n: "a:\n  name: [" + "x, " * n + "]\n",
    "flow mapping": lambda n: (
        "a:\n  name: {" + ", ".join(f"k{number}: x" for number in range(n)) + "}\n"
    ),
    "pairs in a list": lambda n: "a:\n  name: [" + "x: y, " * n + "]\n",
    "empty lists": lambda n: "a:\n  name: [" + "[], " * n + "]\n",
    "list": lambda n: "a:\n  name:\n" + "  - x\n" * n,
    "block text": lambda n: "a:\n  name: |\n" + "    x: y\n" * n,
    "folded text": lambda n: "a:\n  name: >\n" + "    x\n\n" * n,
    "plain text": lambda n: "a:\n  name: x\n" + "    y\n" * n,
    "quoted text": lambda n: 'a:\n  name: "x\n' + "    y\n" * n + '"\n',
    "escapes": lambda n: 'a:\n  name: "' + "\\u00e9" * n + '"\n',
    "words": lambda n: "a:\n  name: x" + " y" * n + "\n",
    "blanks": lambda n: "a:\n  name: x" + " " * n + "y\n",
    "colons": lambda n: "a:\n  name: x" + ":" * n + "y\n",
    "quotes": lambda n: "a:\n  name: 'x" + "''" * n + "'\n",
    "anchors": lambda n: "a:\n  name: [" + "&a x, " * n + "]\n",
    "twice": lambda n: "a:\n" + "  name: x\n" * n,
    "questions": lambda n: "a:\n" + "  ? x\n" * n,
    "tags": lambda n: "a:\n  name: [" + "!a x, " * n + "]\n",
}


@pytest.mark.parametrize("name", GROWING)
def test_the_work_grows_with_the_text_and_no_faster(name: str) -> None:
    grow = GROWING[name]
    once, twice = (count_calls(grow(n)) for n in (80, 160))
    assert twice < 2.3 * once


def count_calls(text: str) -> int:
    """How often anything was called while the text was read."""
    count = 0

    def note(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for _ in read_yaml("x", BytesIO(text.encode())):
            pass
    finally:
        sys.setprofile(before)
    return count


def test_an_anchor_holds_no_odd_numbers(empty_sqlite: Database, tmp_path: Path) -> None:
    odd = STATES.replace(ANCHOR, "{paragraph: 1_0, start: -1, end: 3000000000, sha256: abc}")
    faults = faults_of(empty_sqlite, write_seed_texts(tmp_path, states=odd, memberships=""))
    assert [fault.partition(".anchor.")[2].partition(":")[0] for fault in faults] == [
        "paragraph",
        "start",
        "end",
        "sha256",
    ]
