"""Views leak nothing: a word planted in every value of every article comes out of no earlier view.

Operations made up as for the differential test are asked as of days, and all that there is of every
day: hundreds of operations in `make test`, thousands in the long form. Beside words, whatever
later articles say must change nothing: archives that begin alike give equal answers as far as that.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from pydantic import BaseModel

from kb.config import Settings
from kb.records.documents import FORMS, SOURCED
from kb.records.traits import fields_of_document
from tests.operations.every_filter import filter_fields
from tests.operations.everything import ask_for_everything
from tests.operations.generated import LEFT_OUT, make_operation
from tests.operations.stock import Stock
from tests.oracle.data import World
from tests.oracle.evaluator import naive_schema
from tests.support.canary_databases import CanaryReader, differences, open_archive
from tests.support.databases import Place
from tests.support.leaks import find_leaks
from tests.worlds.canaries import ARTICLES, make_canary_archive, planted_fields
from tests.worlds.canary_words import article_of, words_in

pytestmark = [pytest.mark.slow, pytest.mark.sweep]

SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 12)))
QUESTIONS, QUESTIONS_ON_POSTGRESQL = 250, 150
"""How many operations each archive is asked at least."""
CHANGING = LEFT_OUT | {"revision", "search"}
"""Revisions tell of the database, also in cursors of searches, which are compared apart."""
SAME_UNTIL = tuple(pytest.param(count, marks=pytest.mark.long) for count in (2, 4, 6))
COMPARED, SEARCHED = 60, 5
UNTOLD = {"Scheme", "About"}
"""Types of which no article tells: words of a curator, planted where views have none."""
HIT = "rank snippet node { __typename ... on Node { id } }"
PROBES = 40


@pytest.fixture(scope="module")
def reader(
    request: pytest.FixtureRequest,
    place: Place,
    migrated: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[CanaryReader]:
    folder = tmp_path_factory.mktemp("canaries") / "archive"
    archive = make_canary_archive([request.param] * ARTICLES)
    with open_archive(place, migrated, folder, archive) as opened:
        yield opened


def fields_below(place: str, form: type[BaseModel]) -> Iterator[str]:
    for each in fields_of_document(form).values():
        yield f"{place}.{each.alias}"
        if each.parts and isinstance(each.plain_type, type):
            yield from fields_below(f"{place}.{each.alias}", each.plain_type)


@pytest.mark.parametrize("name", [name for name in FORMS if name not in UNTOLD])
def test_every_field_is_planted(name: str) -> None:
    """One that is added is planted by what its annotation says, or fails here."""
    planted = {
        place
        for seed in range(5)
        for place in planted_fields([seed] * ARTICLES)
        if place.startswith(f"{name}.")
    }
    assert planted == {*fields_below(name, FORMS[name])} - {f"{name}.identifiers.scheme"}


@pytest.mark.parametrize("reader", SEEDS, indirect=True)
def test_no_word_of_a_later_article_comes_out(reader: CanaryReader) -> None:
    stock = Stock(World(reader.database.engine), reader.database.ask)
    random, days = Random(0), reader.days()
    reader.begin()
    wanted = QUESTIONS if reader.database.is_sqlite else QUESTIONS_ON_POSTGRESQL
    # A part is malformed on purpose, and refused: by chance a third or more of them.
    while reader.questions < wanted or reader.refused >= reader.questions // 3:
        operation = make_operation(naive_schema(), stock, random)
        for variables in operation.runs:
            day = random.choice(days)
            leaks = reader.leaks(operation.text, variables, day)
            assert leaks == [], (day, operation.text, variables)


@pytest.mark.parametrize("reader", SEEDS, indirect=True)
def test_of_all_there_is_nothing_comes_out_early(reader: CanaryReader) -> None:
    reader.begin()
    for day in reader.days():
        for query in ask_for_everything(naive_schema(), day.isoformat()):
            assert reader.leaks(query, {}, day) == []
    assert reader.refused == 0


DIFFERENCES = """query ($from: Date!, $to: Date!, $after: String) {
  diff(from: {knownAt: $from}, to: {knownAt: $to}, first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { recordId fields { field before after } after { id ...Claims }
      because { id claim article { headline } } } } }
fragment Claims on Sourced { citations { nodes { claim value } } articles { nodes { headline } } }
"""


@pytest.mark.parametrize("reader", SEEDS[:2], indirect=True)
def test_differences_of_days_tell_of_nothing_later(reader: CanaryReader) -> None:
    days = reader.days()
    random = Random(0)
    for day in days:
        earlier, after, more = random.choice([each for each in days if each <= day]), None, True
        while more:
            variables = {"from": earlier.isoformat(), "to": day.isoformat(), "after": after}
            page = reader.database.ask(DIFFERENCES, **variables)["diff"]
            assert [*find_leaks(reader.archive, page, day)] == [], day
            assert isinstance(page, dict)
            more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("reader", SEEDS[:2], indirect=True)
def test_words_of_later_articles_find_nothing(reader: CanaryReader) -> None:
    """But most find something once they are known."""
    archive = reader.archive
    ways = {"eq": "$t", "contains": "$t", "startsWith": "$t"}
    filters = " ".join(filter_fields(naive_schema(), "StringFilter", ways))
    query = f"query ($t: String!) {{ search(query: $t) {{ totalCount }} {filters} }}"
    probes = Random(0).sample(sorted(archive.places), PROBES)
    numbers = {word: article_of(word) or 0 for word in probes}
    for word, number in numbers.items():
        before = archive.days[number] - timedelta(1)
        assert not any(counts(reader, query, word, before)), (word, archive.places[word])
    fruitful = [word for word in probes if any(counts(reader, query, word, archive.days[-1]))]
    assert len(fruitful) > PROBES // 2


@pytest.mark.parametrize("reader", SEEDS[:1], indirect=True)
def test_no_spelling_of_a_later_article_is_suggested(reader: CanaryReader) -> None:
    """But some are once they are known: canaries are near each other."""
    archive = reader.archive
    query = "query ($t: String!) { search(query: $t) { suggestions } }"
    names = [word for word, place in sorted(archive.places.items()) if ".name" in place]
    probes = Random(1).sample(names, min(PROBES, len(names)))
    suggested = 0
    for word in probes:
        asked = {"t": word[:3] + word[4:]}
        before = archive.days[article_of(word) or 0] - timedelta(1)
        assert reader.leaks(query, asked, before) == [], (word, archive.places[word])
        suggested += word in json.dumps(reader.ask(query, asked, archive.days[-1])).casefold()
    assert suggested > len(probes) // 5


def counts(reader: CanaryReader, query: str, word: str, day: date) -> Iterator[int]:
    data, errors = reader.ask(query, {"t": word}, day)
    assert data
    assert errors == []
    match data["view"]:
        case dict(lists):
            yield from (each["totalCount"] for each in lists.values())


@pytest.mark.parametrize("same", SAME_UNTIL)
def test_later_articles_change_no_earlier_answer(
    place: Place, migrated: Settings, tmp_path: Path, same: int
) -> None:
    """Counts, orders, links and errors too, of which no word would tell."""
    later = ARTICLES - same
    archives = [make_canary_archive([0] * same + [seed] * later) for seed in (0, 1)]
    days = [day for day in archives[0].days[:same] if day < archives[0].days[same]]
    asked = [*days, archives[0].days[same] - timedelta(1)]
    with (
        open_archive(place, migrated, tmp_path / "a", archives[0]) as reader,
        open_archive(place, migrated, tmp_path / "b", archives[1]) as other,
    ):
        for day in asked:
            assert_same_hits(reader, other, day)
            for query in ask_for_everything(naive_schema(), day.isoformat(), CHANGING):
                assert_same(reader, other, query, {}, day)
        stock, random = Stock(World(reader.database.engine), reader.database.ask), Random(same)
        for _ in range(COMPARED):
            operation = make_operation(naive_schema(), stock, random, CHANGING)
            for variables in operation.runs:
                assert_same(reader, other, operation.text, variables, random.choice(asked))


def assert_same_hits(reader: CanaryReader, other: CanaryReader, day: date) -> None:
    """In their order, with their ranks and snippets; the cursors tell of the database."""
    random = Random(f"{day}")
    known = [word for word in reader.archive.places if word in other.archive.places]
    for word in ("says", "zinc", "the kan", *random.sample(known, SEARCHED)):
        for asked in (word, word[:3] + word[4:]):
            wanted = f"totalCount suggestions edges {{ {HIT} }}"
            query = f'{{ search(query: "{asked}", first: 100) {{ {wanted} }} }}'
            assert_same(reader, other, query, {}, day)


def assert_same(
    reader: CanaryReader,
    other: CanaryReader,
    query: str,
    variables: dict[str, object],
    day: date,
) -> None:
    data, errors = reader.ask(query, variables, day)
    other_data, other_errors = other.ask(query, variables, day)
    assert [*differences(data, other_data)] == [], (day, query, variables)
    assert errors == other_errors, (day, query, variables)


@pytest.mark.parametrize("reader", SEEDS[:1], indirect=True)
def test_all_that_is_recorded_comes_out_on_the_last_day(reader: CanaryReader) -> None:
    """But for what no view ever has: identifiers of words, and what all is about."""
    archive = reader.archive
    last = archive.days[-1]
    queries = ask_for_everything(naive_schema(), last.isoformat())
    answers = [reader.ask(query, {}, last) for query in queries]
    told = {*words_in(json.dumps(answers, ensure_ascii=False))}
    left_out = {"citations": None, "identifiers": None}
    recorded = {
        name: {key: {**fields, **left_out} for key, fields in records.items()}
        for name, records in archive.documents.items()
        if name != "about"
    }
    assert {*words_in(json.dumps(recorded, ensure_ascii=False))} - told == set()


@pytest.mark.parametrize("reader", SEEDS[:1], indirect=True)
def test_without_a_view_all_of_it_is_told_as_a_leak(reader: CanaryReader) -> None:
    """What finds leaks finds those of every field."""
    archive = reader.archive
    first, last = archive.days[0] - timedelta(1), archive.days[-1]
    leaks = {
        leak.planted.partition(" ")[0]
        for query in ask_for_everything(naive_schema(), last.isoformat())
        for leak in find_leaks(archive, reader.database.ask(query), first)
    }
    fields = {place.partition(" ")[0] for place in archive.places.values()}
    assert {name for name in fields if name.partition(".")[0] in FORMS} - leaks == set()
    assert {*SOURCED} <= {name.partition(".")[0] for name in leaks}
