"""Many records in one mutation: one commit of all, or nothing, and every fault under its place."""

import time
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from kb import database
from kb.check.inspect import inspect
from kb.commit.joint_draft import MOST_RECORDS
from kb.query.variables import MOST_VALUES, count_variable_values
from kb.records.entries import Entry
from kb.records.record_tables import dependency_order
from kb.records.types import snake_case
from tests.support.curated import (
    ADA,
    CITATION,
    Answer,
    Curator,
    all_rows,
    curator,
    expect_payload,
    input_of,
    problems,
    seeds,
    written_rows,
)
from tests.support.databases import Database
from tests.support.noted import noted_statements

COUNTS = "{ feed { counts { type count checksum } } }"
CITE: Answer = {"article": CITATION["article"], "claim": "It says so."}
TERM: Answer = {
    "key": "ada-uz-president",
    "official": "ada",
    "state": "UZ",
    "office": "President",
    "period": "1991/1992",
    "citations": [{"key": "ada-president", **CITE}],
}
ARTICLE: Answer = {
    "slug": "ada-speaks",
    "headline": "Ada speaks",
    "publication": "conway-bulletin",
    "issueNumber": 2000,
    "datedOn": "2016-12-10",
    "paragraphs": ["The Countess Ada spoke.", "Ada was right."],
}


@pytest.fixture
def by_hand(filled: Database) -> Curator:
    return curator(filled)


def record_all(by_hand: Curator, *records: Answer, **given: object) -> Answer:
    return by_hand.ask("recordAll", "revision records { id }", records=[*records], **given)


def ids(answer: Answer) -> list[object]:
    listed = expect_payload(answer)["records"]
    assert isinstance(listed, list)
    return [each and each["id"] for each in listed]


def assert_sound(of: Database) -> None:
    with database.read_transaction(of.engine) as connection:
        assert [str(finding) for finding in inspect(connection).findings] == []


def commits(of: Database) -> int:
    ((number,),) = of.rows("select count(distinct at) from change")
    return int(str(number))


def test_records_that_refer_to_one_another_in_any_order(by_hand: Curator) -> None:
    """What rests on another may stand before it, a citation beside its record, a quote before the
    text that it is from.
    """
    quoted = {"key": "ada-right", "article": "ada-speaks", "quote": "Ada was", "claim": "So it is."}
    ada = {"slug": "ada", "name": "Ada"}
    before = commits(by_hand.database)
    answer = record_all(
        by_hand,
        {"citation": {"subject": "Official:ada", **quoted}},
        {"term": TERM},
        {"official": ada},
        {"citation": {"subject": "State:UZ", "key": "uz-named", **CITE}},
        {"article": ARTICLE},
        {"citation": {"subject": "State:UZ", "key": "uz-again", **CITE}},
    )
    assert ids(answer) == [
        "Citation:ada-right",
        "Term:ada-uz-president",
        "Official:ada",
        "Citation:uz-named",
        "Article:ada-speaks",
        "Citation:uz-again",
    ]
    assert commits(by_hand.database) == before + 1
    query = """{ official(slug: "ada") { terms { nodes { office } }
      citations { nodes { quote verified } } } }"""
    official = {
        "terms": {"nodes": [{"office": "President"}]},
        "citations": {"nodes": [{"quote": "Ada was", "verified": True}]},
    }
    assert by_hand.database.ask(query) == {"official": official}
    ((head,),) = by_hand.database.rows("select revision from head")
    assert answer["revision"] == str(head)
    assert_sound(by_hand.database)


def cite(subject: str, key: str) -> Answer:
    return {"citation": {"subject": subject, "key": key, **CITE}}


FAULTY: list[tuple[list[Answer], list[str]]] = [
    ([], ["input.records"]),
    (
        [{"official": {"slug": "ada"}}],
        ["input.records.0.official.citations", "input.records.0.official.name"],
    ),
    (
        [
            {"official": ADA},
            {"state": {"code": "XX-", "name": "X"}},
            {"term": {**TERM, "official": "eve"}},
            {"official": {"name": "B"}},
            {"official": {"id": "Official:nobody", "name": "B"}},
        ],
        [
            "input.records.1.state.code",
            "input.records.2.term.official",
            "input.records.3.official.slug",
            "input.records.4.official.id",
        ],
    ),
    (
        [
            {"official": ADA},
            {"official": {**ADA, "slug": "ADA"}},
            {"state": {"id": "State:UZ"}},
            {"state": {"code": "uz"}},
        ],
        ["input.records.1.official", "input.records.3.state"],
    ),
    (
        [{"official": {**ADA, "idempotencyKey": "x", "reason": "y"}}],
        ["input.records.0.official.idempotencyKey", "input.records.0.official.reason"],
    ),
    (
        [
            {
                "citation": {
                    "subject": "Official:eve",
                    "key": "e",
                    "article": "nothing",
                    "claim": "",
                }
            },
            {"citation": {"subject": "Article:nothing", "key": "f", **CITE}},
            {"citation": {"subject": "State:BY", "key": "i", **CITE, "observedOn": "2099-01-01"}},
            {"citation": {"subject": "State:UZ", "key": "h", **CITE, "quote": "no such words"}},
            {"citation": {"subject": "State:UZ", "key": "g", **CITE}},
            {"citation": {"subject": "State:UZ", "key": "g", **CITE}},
        ],
        [
            "input.records.0.citation.article",
            "input.records.0.citation.claim",
            "input.records.0.citation.subject",
            "input.records.1.citation.subject",
            "input.records.2.citation.observedOn",
            "input.records.3.citation.quote",
            "input.records.5.citation.key",
        ],
    ),
    (
        [{"official": ADA}, {"official": {**ADA, "slug": "eve"}}],
        ["input.records.1.official.citations.0.key"],
    ),
    (
        [
            *(cite("State:UZ", f"k{number}") for number in range(11)),
            cite("State:KZ", "k9"),
        ],
        ["input.records.11.citation.key"],
    ),
    ([{"about": {"title": "A"}}, {"official": ADA}], ["input.records.0.about.slug"]),
    (
        [{"article": ARTICLE}, {"article": {**ARTICLE, "slug": "ada-spoke"}}],
        ["input.records.1.article.headline"],
    ),
    (
        [
            {"term": TERM},
            {"official": ADA},
            {"term": {**TERM, "key": "b", "citations": [{"key": "b", **CITE}]}},
        ],
        ["input.records.2.term.period"],
    ),
    (
        [
            {"article": {**ARTICLE, "paragraphs": [""], "datedOn": "x"}},
            {
                "citation": {
                    "subject": "State:UZ",
                    "key": "g",
                    "claim": "C",
                    "article": "ada-speaks",
                    "quote": "Eve",
                }
            },
        ],
        ["input.records.0.article.datedOn", "input.records.1.citation.quote"],
    ),
]


@pytest.mark.parametrize(("records", "places"), FAULTY)
def test_every_fault_is_told_under_its_place_and_nothing_written(
    by_hand: Curator, records: list[Answer], places: list[str]
) -> None:
    before = all_rows(by_hand.database)
    told = problems(record_all(by_hand, *records))
    assert [place for place, _ in told] == places, told
    assert all_rows(by_hand.database) == before


def test_an_article_of_the_list_is_known_to_a_citation_of_no_record(by_hand: Curator) -> None:
    cited: Answer = {"subject": "Official:eve", "key": "e", "claim": "C", "article": "ada-speaks"}
    told = problems(record_all(by_hand, {"citation": cited}, {"article": ARTICLE}))
    assert [place for place, _ in told] == ["input.records.0.citation.subject"]


def test_a_key_that_is_there_twice_is_told_as_such(by_hand: Curator) -> None:
    twice = [cite("State:UZ", "k"), cite("State:KZ", "k")]
    ((_, told),) = problems(record_all(by_hand, *twice))
    assert told == "`k` is there twice, first as number 0; give each a key of its own"


def test_a_citation_of_neither_record_nor_article_and_what_is_about_nothing(
    by_hand: Curator,
) -> None:
    cited = by_hand.cite(subject="Official:eve", key="e", article="nothing", claim="C")
    assert [place for place, _ in problems(cited)] == ["input.article", "input.subject"]
    about = by_hand.record("About", title="A")
    assert [place for place, _ in problems(about)] == ["input.slug"]


def test_more_than_are_taken(by_hand: Curator) -> None:
    ((place, told),) = problems(
        by_hand.ask("recordAll", "revision", records=[{"about": {}}] * (MOST_RECORDS + 1))
    )
    assert place == "input.records"
    assert "POST /import" in told


def test_a_dry_run_writes_nothing_and_tells_what_is_done_then(by_hand: Curator) -> None:
    records: list[Answer] = [{"term": TERM}, {"official": ADA}, {"article": ARTICLE}]
    before = all_rows(by_hand.database)
    told = record_all(replace(by_hand, dry_run=True), *records, idempotencyKey="one")
    assert all_rows(by_hand.database) == before
    assert record_all(by_hand, *records, idempotencyKey="one") == told
    assert all_rows(by_hand.database) != before


def test_a_request_is_carried_out_once(by_hand: Curator) -> None:
    """What is gone since is null in its place."""
    records: list[Answer] = [{"state": {"code": "UZ"}}, {"official": ADA}, {"article": ARTICLE}]
    first = record_all(by_hand, *records, idempotencyKey="one")
    expect_payload(by_hand.retract("Official", slug="ada"))
    before = written_rows(by_hand.database)
    again = record_all(by_hand, *records, idempotencyKey="one")
    assert ids(again) == ["State:UZ", None, "Article:ada-speaks"]
    assert again["revision"] == first["revision"]
    other = problems(record_all(by_hand, *records[:2], idempotencyKey="one"))
    assert [place for place, _ in other] == ["input.idempotencyKey"]
    assert written_rows(by_hand.database) == before


def test_each_record_may_tell_its_revision(by_hand: Curator) -> None:
    ids(record_all(by_hand, {"official": {**ADA, "expectedRevision": "0"}}))
    before = all_rows(by_hand.database)
    ((known,),) = by_hand.database.rows("select revision from record where key = 'UZ'")
    state = {"code": "UZ", "expectedRevision": str(known)}
    stale = record_all(
        by_hand, {"state": state}, {"official": {**ADA, "name": "B", "expectedRevision": "0"}}
    )
    assert (stale["__typename"], stale["current"]) == ("Stale", {"id": "Official:ada"})
    assert all_rows(by_hand.database) == before


def test_the_reason_is_that_of_every_change(by_hand: Curator) -> None:
    ids(record_all(by_hand, {"official": ADA}, {"article": ARTICLE}, reason="A list"))
    reasons = by_hand.database.rows("select distinct reason from change where key like 'ada%'")
    assert reasons == [("A list",)]


def test_records_in_the_document_and_in_variables(by_hand: Curator) -> None:
    query = """mutation ($ada: RecordOfficialInput!, $code: String!) { recordAll(input: {records: [
      {official: $ada}, {state: {code: $code}}]}) { ... on RecordAllPayload {
      records { id ... on Official { name citations { totalCount } } } } } }"""
    ada = {"id": "Official:ada", "name": "Ada", "citations": {"totalCount": 1}}
    assert by_hand.database.ask(query, ada=ADA, code="UZ") == {
        "recordAll": {"records": [ada, {"id": "State:UZ"}]}
    }


@pytest.mark.parametrize("record", [{}, {"state": None}, {"official": ADA, "state": {}}])
def test_an_entry_is_of_one_kind(by_hand: Curator, record: Answer) -> None:
    query = "mutation ($input: RecordAllInput!) { recordAll(input: $input) { __typename } }"
    ((_, _, code),) = by_hand.database.refused(query, input={"records": [record]})
    assert code == "BAD_VARIABLES"


def test_a_citation_moves_to_no_other_record(by_hand: Curator) -> None:
    """Even if that which has it is in the list."""
    ids(record_all(by_hand, {"official": ADA}))
    before = all_rows(by_hand.database)
    taking: Answer = {"citation": {"subject": "State:UZ", **CITATION}}
    for records in ([taking], [taking, {"official": {"slug": "ada", "name": "B"}}]):
        places = [place for place, _ in problems(record_all(by_hand, *records))]
        assert places == ["input.records.0.citation"]
    assert all_rows(by_hand.database) == before


def test_a_new_dateline_beside_what_rests_on_it(by_hand: Curator) -> None:
    """A record that has to be written with its article anew is written as it is given."""
    ids(record_all(by_hand, {"article": ARTICLE}, {"official": ADA}))
    cited: Answer = {
        "citation": {"subject": "Official:ada", "key": "c", "claim": "C", "article": "ada-speaks"}
    }
    ids(record_all(by_hand, cited))
    moved: Answer = {"slug": "ada-speaks", "datedOn": "2016-12-11"}
    ids(record_all(by_hand, {"article": moved}, {"official": {"slug": "ada", "name": "B"}}))
    assert by_hand.database.ask('{ official(slug: "ada") { name } }') == {"official": {"name": "B"}}
    assert_sound(by_hand.database)


def chunks(entries: list[Entry], random: Random) -> Iterator[list[Answer]]:
    """Entries as few requests have them, some citations of each on their own, in any order."""
    chunk: list[Answer] = []
    for entry in entries:
        given = input_of(entry)
        cited = given.get("citations")
        apart = (
            random.sample(cited, random.randint(0, len(cited))) if isinstance(cited, list) else []
        )
        if apart:
            assert isinstance(cited, list)
            given["citations"] = [each for each in cited if each not in apart]
        added: list[Answer] = [{snake_case(entry.type): given}]
        added += [{"citation": {"subject": f"{entry.type}:{entry.key}", **each}} for each in apart]
        if chunk and count_variable_values([*chunk, *added]) > MOST_VALUES - 10:
            yield random.sample(chunk, len(chunk))
            chunk = []
        chunk += added
    yield random.sample(chunk, len(chunk))


@pytest.mark.sweep
def test_all_that_files_can_say_in_few_requests(empty: Database, csto: Database) -> None:
    """The same documents as by recording one by one, which test_mutations has."""
    by_hand, random = curator(empty), Random(7)
    entries = sorted(seeds(), key=lambda entry: dependency_order(entry.ref))
    for chunk in chunks(entries, random):
        assert len(ids(record_all(by_hand, *chunk))) == len(chunk)
    assert empty.ask(COUNTS) == csto.ask(COUNTS)
    assert_sound(empty)


def test_so_many_take_as_many_statements_as_a_few(by_hand: Curator) -> None:
    ids(record_all(by_hand, {"official": ADA}))

    said: Answer = {**CITE, "subject": "Official:ada", "article": "ada-speaks", "quote": "spoke"}

    def count_statements(numbers: range) -> int:
        records: list[Answer] = []
        for n in numbers:
            official = {"slug": f"ada-{n}", "name": f"Ada {n}"}
            records.append({"official": {**official, "citations": [{"key": f"ada-{n}", **CITE}]}})
            records.append({"citation": {"key": f"said-{n}", **said}})
        with noted_statements(by_hand.database.context.writer.engine) as statements:
            ids(record_all(by_hand, *records))
        return len(statements)

    ids(record_all(by_hand, {"article": ARTICLE}))
    few = count_statements(range(2, 4))
    # A hundred rows of a table are inserted by one statement, those that remain by another.
    assert count_statements(range(10, 70)) <= few + 10


@pytest.mark.long
def test_a_hundred_at_once_take_a_small_part_of_the_time(by_hand: Curator) -> None:
    officials: list[Answer] = [
        {"slug": f"ada-{n}", "name": f"Ada {n}", "citations": [{"key": f"ada-{n}", **CITE}]}
        for n in range(200)
    ]
    ids(record_all(by_hand, {"official": ADA}))
    entries: list[Answer] = [{"official": each} for each in officials[:100]]
    begun = time.process_time()
    ids(record_all(by_hand, *entries))
    together = time.process_time() - begun
    begun = time.process_time()
    for each in officials[100:]:
        expect_payload(by_hand.record("Official", **each))
    singly = time.process_time() - begun
    assert singly > 6 * together
