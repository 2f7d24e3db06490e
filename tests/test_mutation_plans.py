"""Mutations planned once for their document: counted, and answered as if each were planned anew."""

import threading
from collections.abc import Sequence

import pytest

from kb.query import executor
from kb.query.compiler import compile_plan
from kb.query.mutation_plans import MutationPlans
from kb.query.nodes import ObjectValue
from kb.query.sql import Sql
from tests.support.curated import (
    ADA,
    CITATION,
    Answer,
    as_bearer,
    curator,
    expect_payload,
    mutation_text,
    problems,
    token,
)
from tests.support.databases import Database

pytestmark = pytest.mark.sweep

NAME = mutation_text("recordOfficial", "official { name aliases }")
PAGES = mutation_text(
    "recordOfficial", "official { citations(first: $n) { nodes { article { slug } } } }"
)
COUNTED = PAGES.replace("($input", "($n: Int!, $input")


@pytest.fixture
def compiling_threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads by which statements were compiled."""
    threads: list[str] = []

    def compile_noted(plan: ObjectValue, verdicts: Sequence[Sql] = ()) -> Sql:
        threads.append(threading.current_thread().name)
        return compile_plan(plan, verdicts)

    monkeypatch.setattr(executor, "compile_plan", compile_noted)
    return threads


@pytest.fixture
def curator_database(filled: Database) -> Database:
    """The shipped seeds, asked by a curator."""
    return as_bearer(filled, token(filled))


def test_a_mutation_is_compiled_once_for_each_outcome(
    curator_database: Database, compiling_threads: list[str]
) -> None:
    curator_database.ask(NAME, input=ADA)
    assert len(compiling_threads) == 4  # What is done, Invalid, Stale, Forbidden.
    assert not any(name.startswith("writer") for name in compiling_threads)


def test_another_input_of_any_shape_compiles_nothing(
    curator_database: Database, compiling_threads: list[str]
) -> None:
    curator_database.ask(NAME, input=ADA)
    compiling_threads.clear()
    more: list[Answer] = [
        {"slug": "ada", "aliases": ["Countess", "Lady"], "nationality": "AM"},
        {"id": "Official:ada", "name": None},
        {
            "slug": "bob",
            "name": "Bob",
            "citations": [{**CITATION, "key": f"b{n}"} for n in range(3)],
        },
        {"slug": "ada", "expectedRevision": "1"},
    ]
    answers = [curator_database.ask(NAME, input=input_)["done"] for input_ in more]
    assert compiling_threads == []
    assert [str(answer["__typename"]) for answer in answers if isinstance(answer, dict)] == [
        "RecordOfficialPayload",
        "Invalid",
        "RecordOfficialPayload",
        "Stale",
    ]
    assert answers[0] == {
        "__typename": "RecordOfficialPayload",
        "official": {"name": "Ada", "aliases": ["Countess", "Lady"]},
    }


def test_who_may_not_write_is_told_by_a_plan_that_is_kept(
    filled: Database, curator_database: Database, compiling_threads: list[str]
) -> None:
    for asking in (curator_database, filled):
        asking.ask(NAME, input=ADA)
    compiling_threads.clear()
    refused = filled.ask(NAME, input=ADA)["done"]
    assert isinstance(refused, dict)
    assert refused["__typename"] == "Forbidden"
    assert compiling_threads == []


def test_variables_within_an_input_are_filled_anew(
    curator_database: Database, compiling_threads: list[str]
) -> None:
    asks = (
        "mutation ($slug: String, $name: String!, $other: String!, $cited: CitationInput!)"
        " { done: recordOfficial(input: {slug: $slug, name: $name, aliases: [$other, $name],"
        " citations: [$cited]}) { ... on Invalid { problems { message } } ... on"
        " RecordOfficialPayload { official { slug name aliases } } } }"
    )
    for slug in ("ada", "bob"):
        given: Answer = {
            "name": slug.title(),
            "other": f"{slug}-2",
            "cited": {**CITATION, "key": slug},
        }
        payload = curator_database.ask(asks, slug=slug, **given)["done"]
        aliases = [f"{slug}-2", slug.title()]
        assert payload == {"official": {"slug": slug, "name": slug.title(), "aliases": aliases}}
    assert len(compiling_threads) == 4
    given["cited"] = {**CITATION, "key": "cat"}
    for unknown in ({}, {"slug": None}):
        payload = curator_database.ask(asks, **unknown, **given)["done"]
        told = "neither `id` nor `slug` is given; give one of the two"
        assert payload == {"problems": [{"message": told}]}


def test_variables_that_select_have_plans_of_their_own(
    curator_database: Database, compiling_threads: list[str]
) -> None:
    asks = mutation_text("recordOfficial", "official { name @include(if: $with) slug }")
    asks = asks.replace("($input", "($with: Boolean!, $input")
    for chosen, count in ((True, 4), (False, 8), (True, 8), (False, 8)):
        payload = curator_database.ask(asks, **{"with": chosen}, input=ADA)["done"]
        official = {"name": "Ada", "slug": "ada"} if chosen else {"slug": "ada"}
        assert payload == {"__typename": "RecordOfficialPayload", "official": official}
        assert len(compiling_threads) == count


def test_conditions_of_roots_are_part_of_the_plan(curator_database: Database) -> None:
    asks = (
        "mutation ($with: Boolean!, $input: RecordOfficialInput!) { ...Roots }"
        " fragment Roots on Mutation { kind: __typename"
        " done: recordOfficial(input: $input) @include(if: $with) { __typename } }"
    )
    for chosen in (False, True, False):
        data = curator_database.ask(asks, **{"with": chosen}, input=ADA)
        told = {"done": {"__typename": "RecordOfficialPayload"}} if chosen else {}
        assert data == {"kind": "Mutation", **told}


def test_pages_of_an_outcome_are_bound_anew(
    curator_database: Database, compiling_threads: list[str]
) -> None:
    cited = [{**CITATION, "key": f"ada-{n}"} for n in range(3)]
    for size in (1, 3, 2):
        payload = curator_database.ask(COUNTED, n=size, input={**ADA, "citations": cited})["done"]
        assert isinstance(payload, dict)
        assert len(payload["official"]["citations"]["nodes"]) == size
    assert len(compiling_threads) == 4


def test_what_is_wrong_with_an_outcome_that_will_not_be_is_told_before_anything_is_written(
    curator_database: Database,
) -> None:
    asks = COUNTED.replace(
        "current { id }", "current { ... on State { citations(first: $n) { nodes { id } } } }"
    ).replace("official { citations(first: $n)", "official { citations(first: 1)")
    done_first = curator_database.ask(asks, n=1, input=ADA)["done"]
    assert isinstance(done_first, dict)
    before = curator_database.rows("select max(revision) from change")
    for size in (-1, 1_000):
        refused = curator_database.refused(asks, n=size, input={"slug": "ada", "name": "Other"})
        path, code = ["done", "current", "citations"], "BAD_ARGUMENT"
        assert [(where, of) for _, where, of in refused] == [(path, code)]
    assert curator_database.rows("select max(revision) from change") == before


def test_what_became_too_dear_is_refused_before_anything_is_written(
    curator_database: Database,
) -> None:
    inner = "id"
    for _ in range(3):
        inner = f"citations(first: $n) {{ nodes {{ article {{ {inner} }} }} }}"
    asks = mutation_text("recordOfficial", f"official {{ {inner} }}").replace(
        "($input", "($n: Int!, $input"
    )
    curator_database.ask(asks, n=1, input=ADA)
    before = curator_database.rows("select max(revision) from change")
    (refused,) = curator_database.refused(asks, n=100, input={"slug": "ada", "name": "Other"})
    assert refused[2] == "TOO_LARGE"
    assert curator_database.rows("select max(revision) from change") == before


def test_every_problem_is_told_however_many_the_last_request_had(
    curator_database: Database,
) -> None:
    by_hand = curator(curator_database)
    for count in (1, 40, 2):
        cited = [{**CITATION, "key": "one"} for _ in range(count + 1)]
        refused = problems(by_hand.record("Official", **{**ADA, "citations": cited}))
        assert len(refused) == count


def test_what_is_not_kept_is_answered_alike(
    curator_database: Database, compiling_threads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MutationPlans, "_find", lambda *_: None)
    for _ in range(2):
        expect_payload(curator_database.ask(NAME, input=ADA)["done"])  # type: ignore[arg-type]  # It is an object.
    assert len(compiling_threads) == 8
