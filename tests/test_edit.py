"""Seed files edited in place: whatever a person wrote, only what differs changes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import Fault
from kb.files.seed_files import parse_seed
from kb.files.yaml_writer import revise_text
from kb.records.documents import FILES, Document
from kb.records.entries import Entry
from tests.worlds.documents import CODES, KEYS, documents

ANCHOR = "{paragraph: 1, start: 0, end: 5, sha256: " + "a" * 64 + "}"
CITED = f"""\
  citations:
    named:
      article: gazette
      anchor: {ANCHOR}
      claim: It says so.
"""
UNION = f"union:\n  name: Union\n{CITED}"
MEETING = f"""\
meeting:
  name: Meeting
  organisation: union
  heldOn: "1950"
  participants:
    - official: anna   # she came late
      attendance: ATTENDED
    # He sent a letter.
    - official: otto
      attendance: ABSENT
      note: ill
{CITED}"""


def read_documents(name: str, text: str) -> dict[str, Document]:
    entries = list(parse_seed(f"{name}.yaml", text))
    assert not [entry for entry in entries if isinstance(entry, Fault)]
    return {entry.key: entry.document for entry in entries if isinstance(entry, Entry)}


def edit(name: str, text: str, wanted: str) -> str:
    """The text changed to say what the wanted one says, in its own form."""
    path = Path(f"{name}.yaml")
    changed = revise_text(path, text, read_documents(name, wanted))
    assert read_documents(name, changed) == read_documents(name, wanted)
    assert revise_text(path, changed, read_documents(name, wanted)) == changed
    return changed


def assert_replaces(name: str, text: str, *pairs: tuple[str, str]) -> None:
    """That the edit replaces just that text."""
    wanted = text
    for old, new in pairs:
        assert wanted.count(old) == 1
        wanted = wanted.replace(old, new)
    assert edit(name, text, wanted) == wanted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("name: Union", "name: League", id="bare"),
        pytest.param("name: 'Union'", "name: 'It''s'", id="single quotes"),
        pytest.param('name: "Union"', 'name: "A \\"B\\""', id="double quotes"),
        pytest.param("name:    Union   # so called", "name:    League   # so called", id="comment"),
        pytest.param("name: Union", 'name: "2002"', id="like a number"),
        pytest.param("name: Union", 'name: "[2002..]"', id="like a list"),
        pytest.param("name: Union", 'name: "NO"', id="like a truth"),
        pytest.param("name: Union", 'name: "a: b"', id="like a mapping"),
        pytest.param("name: Union", 'name: "a #b"', id="like a comment"),
        pytest.param("name: Union", 'name: "a\\u0001b\\\\"', id="with a control letter"),
        pytest.param("name: Union", "name: Союз, l’Union & 联盟", id="any letters"),
        pytest.param("name: Union", f"name: >-\n    {'ab ' * 31}ab\n    cd", id="folded"),
        pytest.param(f"name: >-\n    {'ab ' * 40}\n    cd", "name: Union", id="unfolded"),
        pytest.param("name: |-\n    Union", "name: League", id="literal"),
        pytest.param("name:\n    Union", "name:\n    League", id="on a line of its own"),
        pytest.param("name: Union", "name: Union\n  acronym: UN", id="added"),
        pytest.param("name: Union\n  acronym: UN", "name: Union", id="removed"),
        pytest.param("acronym: UN\n  name: Union", "acronym: UN\n  name: League", id="other order"),
        pytest.param("name: Union\n  acronym:", "name: Union\n  acronym: UN", id="empty"),
        pytest.param("name: Union\n  acronym: ~", "name: Union\n  acronym: UN", id="null"),
        pytest.param(
            "name: Union\n  acronym:  # none", "name: Union\n  acronym: UN  # none", id="emptied"
        ),
        pytest.param("name: Union\n  aliases: []", "name: Union\n  aliases: [A, B]", id="no list"),
        pytest.param(
            "name: Union\n  aliases: [ A,B ] # two",
            'name: Union\n  aliases: [A, "B, C"] # two',
            id="list",
        ),
        pytest.param(
            "name: Union\n  aliases:\n    - A # one\n    - B\n\n",
            "name: Union\n  aliases:\n    - A # one\n    - C\n    - D\n\n",
            id="list of lines",
        ),
        pytest.param(
            "name: Union\n  aliases:\n  - A\n  - B\n  - C",
            "name: Union\n  aliases:\n  - A\n  - D",
            id="list without indentation",
        ),
    ],
)
def test_a_value_changes_in_its_form(old: str, new: str) -> None:
    assert_replaces(
        "organisations", f"# Top.\n\n{UNION}\n# End.\n".replace("name: Union", old), (old, new)
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("paragraph: 1", "paragraph: 2", id="anchor"),
        pytest.param("      claim: It", "      stance: DISPUTES\n      claim: It", id="stance"),
        pytest.param("    named:\n", "    renamed:\n", id="key"),
    ],
)
def test_a_citation_changes_alone(old: str, new: str) -> None:
    assert_replaces("organisations", UNION, (old, new))


def test_new_citations_come_after_the_others_by_key() -> None:
    more = CITED.removeprefix("  citations:\n")
    b, c = (more.replace("named", key) for key in "bc")
    text = UNION + "# Next.\nx:\n  name: X\n" + CITED.replace("named", "z")
    wanted = UNION + b + c + text.removeprefix(UNION)
    shuffled = UNION.replace("    named", c + b + "    named")
    assert edit("organisations", text, shuffled + text.removeprefix(UNION)) == wanted


def test_participants_keep_their_comments() -> None:
    assert_replaces(
        "summits", MEETING, ("note: ill", "note: cold"), ("official: anna", "official: eva")
    )
    assert_replaces(
        "summits",
        MEETING,
        ("      note: ill\n", "      note: ill\n    - state: FR\n      attendance: ATTENDED\n"),
    )
    without = MEETING.replace(
        "    - official: otto\n      attendance: ABSENT\n      note: ill\n", ""
    )
    assert edit("summits", MEETING, without) == without


def test_participants_that_change_their_form_are_written_anew() -> None:
    wanted = MEETING.replace("official: otto", "state: FR").replace("      note: ill\n", "")
    assert edit("summits", MEETING, wanted) == wanted.replace("   # she came late", "").replace(
        "    # He sent a letter.\n", ""
    )


def test_records_in_braces() -> None:
    text = "a: {name: A}  # first\n\n\nb: { name: 'B' }\n"
    assert edit("publications", text, text.replace("A", "C")) == text.replace("A", "C")
    assert edit("publications", text, "a: {name: 'D, E'}") == 'a: {name: "D, E"}  # first\n'


def test_records_come_and_go() -> None:
    text = "# Top.\n\nb: {name: B}\n\n# Of a.\na: {name: A}\n\n# Of c.\nc: {name: C}\n"
    assert edit("publications", text, "{a: {name: A}, c: {name: C}}") == (
        "# Top.\n\n# Of a.\na: {name: A}\n\n# Of c.\nc: {name: C}\n"
    )
    assert edit("publications", text, "{b: {name: B}, a: {name: A}}") == (
        "# Top.\n\nb: {name: B}\n\n# Of a.\na: {name: A}\n\n# Of c.\n"
    )
    assert edit("publications", text, text + "aa: {name: Z}\n0: {name: Z}\n") == (
        text + '\n"0":\n  name: Z\n\naa:\n  name: Z\n'
    )
    assert edit("publications", text, "d: {name: D}") == (
        "# Top.\n\nd:\n  name: D\n\n# Of a.\n# Of c.\n"
    )
    assert edit("publications", text, "") == "# Top.\n\n# Of a.\n# Of c.\n"


def test_empty_files_are_filled() -> None:
    assert edit("publications", "# None yet.\n\n", "a: {name: A}") == (
        "# None yet.\n\na:\n  name: A\n"
    )
    assert edit("publications", "# None yet.\r\n", "a: {name: A}") == (
        "# None yet.\r\n\r\na:\r\n  name: A\r\n"
    )
    new = "# yaml-language-server: $schema=schemas/publications.json\n\na:\n  name: A\n"
    assert edit("publications", "", "a: {name: A}") == new
    assert edit("publications", "{}\n", "a: {name: A}") == new
    assert edit("publications", "# None yet.\n", "") == "# None yet.\n"


def test_line_breaks_stay_as_they_are() -> None:
    text = "# Top.\r\na:\r\n  name: A\r\n\r\nb:\r\n  name: B"
    assert edit("publications", text, text) == text
    assert edit("publications", text, text + "\nc: {name: C}") == (
        text + "\r\n\r\nc:\r\n  name: C\r\n"
    )


def test_what_is_written_out_though_it_is_default_stays() -> None:
    text = UNION.replace("      claim", "      stance: SUPPORTS\n      claim")
    assert edit("organisations", text, UNION) == text
    assert_replaces("organisations", text, ("name: Union", "name: League"))
    assert_replaces("organisations", text, ("stance: SUPPORTS", "stance: DISPUTES"))


def test_aliases_are_refused() -> None:
    entries = list(parse_seed("publications.yaml", "a: &a {name: A}\nb: *a\n"))
    assert [str(entry).partition(",")[0] for entry in entries] == [
        "publications.yaml:1:4: `&a` names a value",
        "publications.yaml:2:4: `*a` stands for another value",
    ]


@settings(max_examples=3)
@pytest.mark.slow
@given(st.data())
@pytest.mark.parametrize("name", FILES)
def test_any_records_become_any_others(name: str, data: st.DataObject) -> None:
    path, some = Path(f"{name}.yaml"), documents(name)
    keys = CODES if name == "states" else KEYS
    now, then = (data.draw(st.dictionaries(keys, some, max_size=3)) for _ in range(2))
    then |= {key: now[key] for key in data.draw(st.sets(st.sampled_from([*now, ""]))) if key}
    text = revise_text(path, "", now)
    assert read_documents(name, text) == now
    changed = revise_text(path, text, then)
    assert read_documents(name, changed) == then
    assert read_documents(name, revise_text(path, changed, now)) == now
