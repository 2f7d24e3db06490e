"""`view(knownAt:)`: the same data as a reader could know it on a day, and what is stored for it.

The tests walk all days on which something became known, of the shipped seeds and of archives made
up.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise, product
from pathlib import Path
from random import Random

import pytest
from graphql import OperationDefinitionNode, parse

from kb.config import Settings
from kb.derive.as_known import derive_versions
from kb.derive.assertions import ASSERTABLE
from kb.derive.disagreements import is_disputed
from kb.models.base import AFTER_ALL
from kb.models.versions import VERSIONED, VERSIONS
from tests.support.databases import Database, Place, open_database
from tests.support.golden import QUERIES
from tests.support.known_views import (
    ROOTS,
    TYPES_OF_ROOTS,
    ViewReader,
    find_miscounts,
    find_misread_fields,
    first_visible_days,
    ids_in,
    summarise,
    value_at,
)
from tests.support.sampling import long_case
from tests.support.scan import expected_hits, scan_texts
from tests.worlds.known_archives import (
    make_archive,
    record_statements,
    write_seed_files,
)

NEWEST = "2020-01-13"


@pytest.fixture(scope="module", params=["csto", 1, *map(long_case, (2, 3))])
def reader(
    request: pytest.FixtureRequest,
    place: Place,
    migrated: Settings,
    csto: Database,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ViewReader]:
    """The shipped seeds, and archives made up."""
    if request.param == "csto":
        yield ViewReader(csto, None)
        return
    documents = make_archive(Random(request.param))
    with open_database(place.create(migrated)) as opened:
        opened.load(write_seed_files(tmp_path_factory.mktemp("archive"), documents))
        yield ViewReader(opened, documents)


def test_the_issue_as_known_in_2018(csto: Database) -> None:
    seen = ViewReader(csto, None).view(
        "2018-01-01",
        'organisation(slug: "csto") { founded { edtf text } disagreements { field } }'
        " summits { totalCount } articles { totalCount }",
    )
    assert seen == {
        "organisation": {"founded": {"edtf": "1992", "text": "1992"}, "disagreements": []},
        "summits": {"totalCount": 3},
        "articles": {"totalCount": 7},
    }


def test_the_issue_as_known_in_2016(csto: Database) -> None:
    seen = ViewReader(csto, None).view(
        "2016-06-01",
        'organisation(slug: "cst") { name } node(id: "Organisation:cst") { id }'
        ' official(slug: "nikolai-bordyuzha") { terms { nodes { period { endKind } } } }',
    )
    assert seen == {
        "organisation": None,
        "node": None,
        "official": {"terms": {"nodes": [{"period": {"endKind": "ONGOING"}}]}},
    }


def test_the_members_that_one_article_names_are_known_with_their_states(csto: Database) -> None:
    """The states themselves are spoken of later, but for Iraq and Syria, which are no members."""
    members = "members(asOf: $day) { state { name } }"
    seen = ViewReader(csto, None).view(
        "2016-10-21",
        f'organisation(slug: "csto") {{ {members} }} states(first: 9) {{ nodes {{ name }} }}',
    )
    names = ["Armenia", "Belarus", "Kazakhstan", "Kyrgyzstan", "Russia", "Tajikistan"]
    assert seen == {
        "organisation": {"members": [{"state": {"name": name}} for name in names]},
        "states": {"nodes": [{"name": name} for name in sorted([*names, "Iraq", "Syria"])]},
    }


def test_nothing_was_known_before_the_first_article(reader: ViewReader) -> None:
    first = reader.days()[0]
    for root in ROOTS:
        assert reader.nodes(first, root) == []
    assert reader.nodes(first, "disagreements", "kind") == []
    assert reader.view(first, 'search(query: "a") { totalCount }') == {"search": {"totalCount": 0}}


@pytest.mark.parametrize(
    "query",
    # A view has no history of records.
    [query for query in QUERIES if query.stem != "history-of-a-record"],
    ids=lambda path: path.stem,
)
@pytest.mark.parametrize("day", [NEWEST, "9999-12-31"])
def test_all_known_is_all_there_is(csto: Database, query: Path, day: str) -> None:
    plain = query.read_text(encoding="utf-8")
    assert csto.ask(within_view(plain, day)) == {"view": csto.ask(plain)}


def within_view(query: str, day: str) -> str:
    """The same operation inside a view."""
    for node in parse(query).definitions:
        if isinstance(node, OperationDefinitionNode) and node.selection_set.loc:
            start, end = node.selection_set.loc.start, node.selection_set.loc.end
            inner = f'{{ view(knownAt: "{day}") {query[start:end]} }}'
            return query[:start] + inner + query[end:]
    pytest.fail("it holds no operation")


@pytest.mark.parametrize("root", ROOTS)
def test_all_known_of_every_record(reader: ViewReader, root: str) -> None:
    newest = reader.days()[-2]
    selection = f"{root}(first: 100) {{ totalCount nodes {{ {ROOTS[root]} }} }}"
    query = f"query ($day: Date!) {{ view(knownAt: $day) {{ {selection} }} {selection} }}"
    answer = reader.database.ask(query, day=newest)
    assert answer == {"view": {root: answer[root]}, root: answer[root]}


def test_each_day_shows_what_its_citations_let_it(reader: ViewReader) -> None:
    """Hence records, articles and citations grow; every id is asked for, and counted in lists."""
    days = first_visible_days(reader.database)
    before: set[str] = set()
    for day in reader.days():
        visible = {record_id for record_id, since in days.items() if since <= day}
        assert before <= visible
        before = visible
        assert ids_by_node(reader, day) == visible
        for root, record_type in TYPES_OF_ROOTS.items():
            data = reader.view(day, f"{root} {{ totalCount }}")
            count = sum(record_id.startswith(f"{record_type}:") for record_id in visible)
            assert data == {root: {"totalCount": count}}


def ids_by_node(reader: ViewReader, day: str) -> set[str]:
    rows = reader.database.rows("select type || ':' || key from record order by id")
    ids = [str(record_id) for (record_id,) in rows]
    visible: set[str] = set()
    for start in range(0, len(ids), 100):
        quoted = ",".join(f'"{record_id}"' for record_id in ids[start : start + 100])
        visible.update(ids_in(reader.view(day, f"nodes(ids: [{quoted}]) {{ id }}")))
    return visible


@pytest.mark.parametrize("root", ROOTS)
def test_what_shows_refers_to_what_shows(reader: ViewReader, root: str) -> None:
    days = first_visible_days(reader.database)
    for day in reader.days():
        nodes = reader.nodes(day, root, ROOTS[root])
        assert {record_id for record_id in ids_in(nodes) if days[record_id] > day} == set()
        assert list(find_miscounts(nodes)) == []


def test_values_are_those_of_the_versions(reader: ViewReader) -> None:
    """And the disagreements: what is stored is what `kb.derive.as_known` works out."""
    if reader.documents is None:
        pytest.skip("what was said is known of archives made up")
    days = first_visible_days(reader.database)
    everything = list(record_statements(reader.documents))
    there = [record.ref for record in everything]
    records = [record for record in everything if record.ref.type.lower() in VERSIONED]
    seen = {
        (day, str(node["id"])): node
        for day, root in product(reader.days(), ROOTS)
        for node in reader.nodes(day, root, ROOTS[root])
    }
    for record in records:
        identity = ":".join(record.ref)
        since = date.fromisoformat(days[identity])
        fields = ASSERTABLE[record.ref.type]
        history = derive_versions(record.row, record.statements, since, there, fields)
        for day in reader.days():
            known = [version for version in history if version.known_from.isoformat() <= day]
            if known:
                node, row = seen[day, identity], record.row | known[-1].changed
                assert list(find_misread_fields(node, row, days, day)) == []
                assert [
                    (entry.field, entry.kind.name, entry.recorded, [v.value for v in entry.values])
                    for entry in known[-1].disagreements
                ] == [summarise(entry) for entry in node["disagreements"]]
                assert node["disputed"] == is_disputed(known[-1].disagreements)


def test_filters_are_about_what_was_known(reader: ViewReader) -> None:
    for day, root in product(reader.days()[::2], ("memberships", "terms")):
        nodes = reader.nodes(day, root, ROOTS[root])
        conflicts = {
            node["id"]
            for node in nodes
            if any(each["kind"] == "CONFLICT" for each in node["disagreements"])
        }
        possible = {node["id"] for node in nodes if node["certainty"] != "RULED_OUT"}
        certain = {node["id"] for node in nodes if node["certainty"] == "CERTAIN"}
        for given, wanted in (
            ("disputed: true", conflicts),
            ("disputed: false", {node["id"] for node in nodes} - conflicts),
            (f'asOf: "{day}"', possible),
            (f'asOf: "{day}", atLeast: CERTAIN', certain),
        ):
            matches = reader.nodes(day, root, "id", f"first: 100, filter: {{ {given} }}")
            assert {node["id"] for node in matches} == wanted


def test_articles_by_what_they_cite_and_mention(reader: ViewReader) -> None:
    days = first_visible_days(reader.database)
    cited = reader.database.rows(
        "select r.type || ':' || r.key, c.key, 'Article:' || a.key from citation c"
        " join record r on r.id = c.subject_id join article a on a.id = c.article_id"
    )
    for day in reader.days()[1::3]:
        articles = reader.nodes(day, "articles", ROOTS["articles"])
        for identity in sorted({str(subject) for subject, *_ in cited})[::3]:
            cites = {
                article
                for subject, citation, article in cited
                if subject == identity and days[f"Citation:{citation}"] <= day
            }
            named = {
                article["id"]
                for article in articles
                if identity in {each["subject"]["id"] for each in article["mentions"]}
            }
            key = identity.partition(":")[2]
            for given, wanted in ((f'cites: "{identity}"', cites), (f'mentions: "{key}"', named)):
                matches = reader.nodes(day, "articles", "id", f"first: 100, filter: {{ {given} }}")
                assert {node["id"] for node in matches} == wanted


ORDERS = (
    ("organisations", "NAME", ("name",)),
    ("organisations", "FOUNDED", ("founded", "earliest")),
    ("memberships", "START", ("period", "start", "earliest")),
    ("memberships", "LATEST_START", ("period", "start", "latest")),
    ("memberships", "END", ("period", "end", "latest")),
    ("memberships", "STATE", ("state", "name")),
    ("terms", "OFFICIAL", ("official", "name")),
    ("terms", "OFFICE", ("office",)),
    ("terms", "LATEST_START", ("period", "start", "latest")),
    ("terms", "END", ("period", "end", "latest")),
    ("summits", "HELD_ON", ("heldOn", "earliest")),
    ("summits", "CITY", ("city",)),
    ("events", "OCCURRED", ("occurred", "start", "earliest")),
    ("articles", "HEADLINE", ("headline",)),
)


@pytest.mark.sweep
@pytest.mark.parametrize(("root", "field", "names"), ORDERS)
def test_orders_are_by_what_was_known(
    reader: ViewReader, root: str, field: str, names: tuple[str, ...]
) -> None:
    """And pages of any size, from cursor to cursor, are the list."""
    for day, direction in product(reader.days()[1::3], ("ASC", "DESC")):
        order = f"orderBy: {{ field: {field}, direction: {direction} }}"
        ordered = reader.nodes(day, root, ROOTS[root], f"first: 100, {order}")
        keyed = sorted(ordered, key=lambda node: str(node["key"]))
        given = [node for node in keyed if value_at(node, *names) is not None]
        given.sort(key=lambda node: value_at(node, *names) or "", reverse=direction == "DESC")
        wanted = [node["key"] for node in (*given, *(node for node in keyed if node not in given))]
        assert [node["key"] for node in ordered] == wanted
        assert list(page_through(reader, day, root, order)) == [node["id"] for node in ordered]


def page_through(reader: ViewReader, day: str, root: str, order: str) -> Iterator[str]:
    after = ""
    while True:
        page = "{ nodes { id } pageInfo { hasNextPage endCursor } }"
        (data,) = reader.view(day, f"{root}(first: 3, {order}{after}) {page}").values()
        yield from ids_in(data)
        match data:
            case {"pageInfo": {"hasNextPage": True, "endCursor": str(cursor)}}:
                after = f', after: "{cursor}"'
            case _:
                return


PART = (
    "organisations { totalCount nodes { id founded { edtf } memberships { nodes { id period"
    " { text } } } } } disagreements { totalCount nodes { field recorded } } revision"
    ' search(query: "a") { totalCount edges { rank node { ... on Node { id } } } }'
)


def test_of_nested_views_the_earlier_day_counts(reader: ViewReader) -> None:
    """Of the revision none does; however many there are, one statement answers."""
    opened, days = reader.database, reader.days()[::2]
    views = [f'v{place}: view(knownAt: "{day}") {{ {PART} }}' for place, day in enumerate(days)]
    alone = opened.ask(f"{{ {' '.join(views)} }}")
    opened.reader.statements.clear()
    for place, day in enumerate(days):
        within = reader.view(day, f"{' '.join(views)} deep: view(knownAt: $day) {{ {views[0]} }}")
        for other in range(len(days)):
            assert within[f"v{other}"] == alone[f"v{min(place, other)}"]
        assert within["deep"] == {"v0": alone["v0"]}
        assert reader.view(day, "revision") == {"revision": opened.ask("{ revision }")["revision"]}
    assert len(opened.reader.statements) == 3 * len(days)


def test_search_finds_what_was_known(reader: ViewReader) -> None:
    days = first_visible_days(reader.database)
    for day, query in product(
        reader.days()[1::2], ("a", "alma", "alias", "csto", "the", "says bel")
    ):
        data = reader.view(day, f'search(query: "{query}", first: 100) {{ {HITS} }}')
        wanted = expected_hits(scan_texts(reader.database, days, day), query)
        assert set(ids_in(data)) == set(wanted)


HITS = "totalCount nodes { ... on Node { id } }"


@pytest.mark.parametrize("name", VERSIONED)
def test_versions_follow_one_another_and_differ(reader: ViewReader, name: str) -> None:
    """From the day on which a record shows, without a gap, up to what is recorded."""
    columns = ", ".join(column.name for column in VERSIONS[name].columns[:-2])
    rows = reader.database.rows(f"select key, {columns}, known_from, known_to from {name}_version")
    rows.sort(key=lambda row: (row[0], row[-2]))
    for version, following in pairwise(rows):
        if version[0] == following[0]:
            assert version[-1] == following[-2]
            assert version[:-2] != following[:-2]
    recorded = reader.database.rows(f"select key, {columns} from {name} order by key")
    assert [row[:-2] for row in rows if row[-1] == AFTER_ALL] == recorded
    days = first_visible_days(reader.database)
    first = {key: known_from for key, *_, known_from, _ in reversed(rows)}
    assert first == {key: days[f"{name.capitalize()}:{key}"] for key, *_ in recorded}
