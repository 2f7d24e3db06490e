"""What records are called elsewhere: found by it, checked, told, and kept out of what is dated."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb import database
from kb.check.inspect import inspect
from kb.commit.scheme_rules import matches
from kb.config import Settings
from kb.errors import SeedError
from kb.files import staging
from tests.support.curated import as_bearer, token
from tests.support.databases import Database, Place, open_database

pytestmark = pytest.mark.sweep

FOUND = """query ($scheme: String!, $value: String!) {
  identified(scheme: $scheme, value: $value) {
    id ... on State { identifiers { scheme value url } }
  }
}"""
UZ: list[dict[str, str | None]] = [
    {"scheme": "iso3166-1-alpha-3", "value": "UZB", "url": None},
    {"scheme": "cow", "value": "704", "url": None},
    {"scheme": "wikidata", "value": "Q265", "url": "https://www.wikidata.org/wiki/Q265"},
]
STATE = """\
{code}:
  name: State {code}
  identifiers: [{identifiers}]
  citations:
    {citation}:
      article: bulletin-433-new-head-of-csto-appointed
      anchor: {{paragraph: 1, start: 0, end: 5, sha256: {digest}}}
      claim: It is there.
"""


def state(code: str, *identifiers: str) -> str:
    given = (each.split() for each in identifiers)
    items = ", ".join(f"{{scheme: {scheme}, value: {value}}}" for scheme, value in given)
    return STATE.format(
        code=code, identifiers=items, citation=f"names-{code.lower()}", digest="a" * 64
    )


def load(db: Database, folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        db.load(path)
        path.unlink()


def part(value: object, *names: str) -> object:
    for name in names:
        assert isinstance(value, dict)
        value = value[name]
    return value


def faults(db: Database, folder: Path, **files: str) -> list[str]:
    with pytest.raises(SeedError) as refused:
        load(db, folder, **files)
    return [str(fault).removeprefix(f"{folder}/") for fault in refused.value.faults]


def test_a_record_is_found_by_what_others_call_it(csto: Database) -> None:
    for scheme, value in (("wikidata", "Q265"), ("WikiData", "Q265"), ("cow", "704")):
        assert csto.ask(FOUND, scheme=scheme, value=value) == {
            "identified": {"id": "State:UZ", "identifiers": UZ}
        }
    assert csto.ask(FOUND, scheme="wikidata", value="Q1") == {"identified": None}
    answer = csto.ask(FOUND, scheme="wikidata", value="Q318693")
    assert answer == {"identified": {"id": "Organisation:csto"}}


def test_a_scheme_that_there_is_not_is_told_from_no_record(csto: Database) -> None:
    ((message, path, code),) = csto.refused(FOUND, scheme="wikidate", value="Q265")
    assert (path, code) == (["identified"], "UNKNOWN_SCHEME")
    assert message == (
        "there is no scheme `wikidate`; there are `cow`, `iso3166-1-alpha-3`, `url`, `wikidata`"
    )


def test_each_is_of_one_record_of_a_type(filled: Database, tmp_path: Path) -> None:
    """Of one that is there, or of one in the same file, which is told with its line."""
    text = state("XA", "cow 1", "wikidata Q265") + state("XB", "cow 1")
    assert faults(filled, tmp_path, states=text) == [
        "states.yaml:3:42: XA: `wikidata` `Q265` is also that of `UZ`,"
        " give it to one of the two, or make them one record",
        f"states.yaml:11:17: XB: `cow` `1` is also that of `XA` ({tmp_path}/states.yaml:3),"
        " give it to one of the two, or make them one record",
    ]
    load(filled, tmp_path, states=state("XA", "cow 1", "wikidata Q318693"))
    # The first by type: an organisation has it, too.
    answer = filled.ask(FOUND, scheme="wikidata", value="Q318693")
    assert answer == {"identified": {"id": "Organisation:csto"}}


@pytest.mark.parametrize("chunk", [1, staging.CHUNK])
def test_one_may_move_within_a_load(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """From a record to one before or after it, however much is written at once; to one alone."""
    monkeypatch.setattr(staging, "CHUNK", chunk)
    load(filled, tmp_path, states=state("XA", "cow 1") + state("XB", "cow 2"))
    swapped = state("XA", "cow 2") + state("XB", "cow 1")
    (fault,) = faults(filled, tmp_path, states=swapped + state("XC", "cow 2"))
    assert "XC: `cow` `2` is also that of `XA`" in fault
    load(filled, tmp_path, states=swapped)
    assert filled.ask(FOUND, scheme="cow", value="1")["identified"] == {
        "id": "State:XB",
        "identifiers": [{"scheme": "cow", "value": "1", "url": None}],
    }


def test_it_is_what_its_scheme_says(filled: Database, tmp_path: Path) -> None:
    text = state("XA", "cow x1", "atlas 1") + state("XB", "cow 0", "cow 0")
    told = faults(filled, tmp_path, states=text)
    none = "is no identifier of `cow`, write one that matches `[1-9][0-9]{0,2}`"
    assert [fault.partition(": ")[2] for fault in told] == [
        f"XA: `x1` {none}",
        "XA: there is no scheme `atlas`, add it, or correct the key",
        f"XB: `0` {none}",
        "XB: `0` is there twice, leave one out",
        f"XB: `0` {none}",
    ]


@pytest.mark.parametrize(
    ("scheme", "told"),
    [
        ("pattern: '('", "`(` is no regular expression"),
        ("pattern: '(?=a)'", "`(?=a)` is no regular expression"),
        ("pattern: a\n  template: 'javascript:{value}'", "is no web address of an identifier"),
        ("pattern: a\n  template: https://example.org", "is no web address of an identifier"),
        ("template: https://example.org/{value}", "a template without a pattern"),
    ],
)
def test_a_scheme_is_sound(filled: Database, tmp_path: Path, scheme: str, told: str) -> None:
    (fault,) = faults(filled, tmp_path, schemes=f"atlas:\n  name: Atlas\n  {scheme}\n")
    assert told in fault


def test_a_pattern_leaves_none_out_that_is_there(filled: Database, tmp_path: Path) -> None:
    (fault,) = faults(filled, tmp_path, schemes="cow:\n  name: COW\n  pattern: '[1-6].*'\n")
    assert "cow: `700` of `AF` does not match" in fault
    load(filled, tmp_path, schemes="cow:\n  name: COW\n  pattern: '[1-9].*'\n")


def test_a_pattern_is_matched_as_a_whole_in_linear_time() -> None:
    assert matches("Q[0-9]+|P1", "Q12")
    assert not any(matches("Q[0-9]+|P1", each) for each in ("Q12x", "xP1", "Q12\n", ""))
    assert matches(None, "anything")
    assert not matches("(a+)+", "a" * 499 + "!")


def test_no_citation_speaks_of_it(filled: Database, tmp_path: Path) -> None:
    text = state("XA", "cow 1").replace("claim", "field: identifiers\n      claim")
    (fault,) = faults(filled, tmp_path, states=text)
    assert "the type State has no field `identifiers`" in fault


def test_words_show_in_no_view(filled: Database, tmp_path: Path) -> None:
    """A code says nothing; an address may say what only later articles do."""
    address = "https://example.org/arrested-in-2030"
    load(filled, tmp_path, states=state("XA", f"url {address}", "cow 1"))
    ask = """query ($at: Date!, $url: String!) {
      now: state(code: "XA") { ...It } found: identified(scheme: "url", value: $url) { id }
      view(knownAt: $at) {
        then: state(code: "XA") { ...It } found: identified(scheme: "url", value: $url) { id }
        coded: identified(scheme: "cow", value: "1") { id }
        about { title description offices examples { title } }
      }
      earlier: view(knownAt: "2016-01-01") { coded: identified(scheme: "cow", value: "1") { id } }
    }
    fragment It on State { identifiers { value } }"""
    answer = filled.ask(ask, at="2100-01-01", url=address)
    assert answer["now"] == {"identifiers": [{"value": address}, {"value": "1"}]}
    assert answer["found"] == {"id": "State:XA"}
    assert answer["view"] == {
        "then": {"identifiers": [{"value": "1"}]},
        "found": None,
        "coded": {"id": "State:XA"},
        "about": {
            "title": "CSTO knowledge base",
            "description": None,
            "offices": [],
            "examples": [],
        },
    }
    assert answer["earlier"] == {"coded": None}


def test_curators_give_them_by_mutations(filled: Database) -> None:
    record = """mutation ($input: RecordStateInput!) { recordState(input: $input) {
      ... on RecordStatePayload { state { identifiers { scheme value } citations { totalCount } } }
      ... on Invalid { problems { path message } }
    } }"""
    curator = as_bearer(filled, token(filled))
    given = [{"scheme": "WIKIDATA", "value": "Q265"}, {"scheme": "cow", "value": "704"}]
    answer = curator.ask(record, input={"code": "UZ", "identifiers": given})
    assert part(answer, "recordState", "state", "identifiers") == [
        {"scheme": "wikidata", "value": "Q265"},
        {"scheme": "cow", "value": "704"},
    ]
    answer = curator.ask(record, input={"code": "AF", "identifiers": given})
    assert part(answer, "recordState", "problems") == [
        {
            "path": ["input", "identifiers", str(place)],
            "message": f"AF: `{scheme}` `{value}` is also that of `UZ`;"
            " give it to one of the two, or make them one record",
        }
        for place, (scheme, value) in enumerate((("wikidata", "Q265"), ("cow", "704")))
    ]


def test_the_check_finds_what_no_load_would_take(filled: Database) -> None:
    with database.write_transaction(filled.engine) as connection:
        connection.exec_driver_sql(
            "update identifier set value = 'Q265' where value in ('Q889', 'Q399')"
        )
        connection.exec_driver_sql("update identifier set value = 'x' where value = '705'")
    with database.read_transaction(filled.engine) as connection:
        told = [str(finding) for finding in inspect(connection).findings]
    assert any("`wikidata` `Q265` is also that of AM, UZ" in each for each in told), told
    assert any("State KZ: `x` is no identifier of `cow`" in each for each in told), told


def test_the_feed_and_the_export_have_them(csto: Database) -> None:
    ((document,),) = csto.rows("select document from snapshot where type = 'State' and key = 'UZ'")
    assert json.loads(str(document))["identifiers"] == [
        {name: each[name] for name in ("scheme", "value")} for each in UZ
    ]


CODES = ("XA", "XB", "XC", "XD")
HELD = """select record.key, value from identifier
  join record on record.id = record_id where record.key like 'X_'"""


@pytest.fixture(scope="module")
def shared(place: Place, loaded: Settings) -> Iterator[Database]:
    """Of one test, whose cases go on from what those before have left."""
    with open_database(place.create(loaded)) as database:
        yield database


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chunk=st.sampled_from((1, 3, staging.CHUNK)),
    loads=st.lists(
        st.dictionaries(st.sampled_from(CODES), st.sampled_from("123"), min_size=1),
        min_size=2,
        max_size=4,
    ),
)
def test_no_order_of_loads_makes_two_share_one(
    shared: Database, tmp_path: Path, chunk: int, loads: list[dict[str, str]]
) -> None:
    """A load is taken exactly if nobody shares a number after it, whatever passed to whom."""
    held = {str(key): str(value) for key, value in shared.rows(HELD)}
    for given_numbers in loads:
        after = held | given_numbers
        text = "".join(state(code, f"cow {number}") for code, number in given_numbers.items())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(staging, "CHUNK", chunk)
            try:
                load(shared, tmp_path, states=text)
            except SeedError:
                (tmp_path / "states.yaml").unlink()
                assert len({*after.values()}) < len(after), (held, given_numbers)
            else:
                assert len({*after.values()}) == len(after), (held, given_numbers)
                held = after
    assert {*shared.rows(HELD)} == {*held.items()}


def test_writers_at_once_do_not_share_one(filled: Database, tmp_path: Path) -> None:
    """Each waits for the one before, and sees what that has written."""

    def take(code: str) -> bool:
        folder = tmp_path / code
        folder.mkdir()
        try:
            load(filled, folder, states=state(code, "cow 999"))
        except SeedError:
            return False
        return True

    with ThreadPoolExecutor(len(CODES)) as pool:
        taken = [*pool.map(take, CODES)]
    assert sorted(taken) == [False, False, False, True]
    assert len(filled.rows("select * from identifier where value = '999'")) == 1
