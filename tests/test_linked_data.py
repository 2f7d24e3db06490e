"""Records as linked data: JSON-LD of each, the whole as N-Quads, and what can be asked of that.

rdflib reads both, and finds the same statements.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.term import Node
from starlette.testclient import TestClient

from kb import database
from kb.app import create_app
from kb.errors import KBError
from kb.linked.nquads import quads
from kb.linked.terms import EDTF, VOCABULARY, context
from kb.records.types import RECORD_TYPES, record_type
from kb.tables.manifest import export_nquads
from tests.support.databases import Database
from tests.support.pages import PAGE

ROOT = "https://kb.example.org/data"
DOCS = Path(__file__).parents[1] / "docs"
QUERIES = re.findall(r"```sparql\n(.*?)```", (DOCS / "linked-data.md").read_text(), re.DOTALL)
LINKED = {"accept": "application/ld+json"}
ABOUT, DERIVED = (
    URIRef("https://schema.org/about"),
    URIRef("http://www.w3.org/ns/prov#wasDerivedFrom"),
)
# rdflib warns of what it does itself.
pytestmark = pytest.mark.filterwarnings("ignore:(Dataset|ConjunctiveGraph):DeprecationWarning")
Statements = set[tuple[Node, Node, Node]]


@pytest.fixture(scope="module")
def client(csto: Database) -> Iterator[TestClient]:
    shown = csto.settings.model_copy(update={"public_url": ROOT})
    with TestClient(create_app(shown), base_url=ROOT, headers=PAGE) as client:
        yield client


@pytest.fixture(scope="module")
def dump(client: TestClient) -> Dataset:
    response = client.get("export.nq")
    assert response.headers["content-type"] == "application/n-quads"
    return Dataset().parse(data=response.text, format="nquads")


def graph_of(dump: Dataset) -> Graph:
    (graph,) = (each for each in dump.graphs() if len(each))
    return graph


def json_ld(client: TestClient, path: str) -> Statements:
    response = client.get(f"{path}.jsonld")
    assert response.headers["content-type"] == "application/ld+json"
    return {*Graph().parse(data=response.text, format="json-ld")}


def told_of(graph: Graph, record: str) -> Statements:
    """What a dump says of a record, of its parts, and of citations about it and their anchors."""
    subjects = {URIRef(record), *graph.subjects(ABOUT, URIRef(record))}
    return {(s, p, o) for s, p, o in graph if URIRef(str(s).partition("#")[0]) in subjects}


@pytest.mark.parametrize("name", [each.name for each in RECORD_TYPES if each.name != "Citation"])
def test_json_ld_says_what_the_dump_says(client: TestClient, dump: Dataset, name: str) -> None:
    graph = graph_of(dump)
    records = sorted(graph.subjects(predicate=None, object=URIRef(VOCABULARY + name)), key=str)
    assert records
    for record in records[:4]:
        path = str(record).removeprefix(f"{ROOT}/")
        assert path.startswith(record_type(name).plural)
        assert json_ld(client, path) == told_of(graph, str(record))


def test_the_graph_names_the_revision(dump: Dataset, csto: Database) -> None:
    graph = graph_of(dump)
    (revision,) = csto.rows("select revision from head")[0]
    assert graph.identifier == URIRef(f"{ROOT}/export.nq#revision-{revision}")
    assert graph.value(graph.identifier, URIRef(f"{VOCABULARY}revision")) == Literal(revision)


def test_a_membership_has_both_ends_and_its_sources(client: TestClient) -> None:
    told = client.get("memberships/cst-am-member.jsonld").json()
    assert told["@id"] == f"{ROOT}/memberships/cst-am-member"
    assert told["@type"][0] == "https://schema.org/OrganizationRole"
    assert (told["memberOf"], told["member"]) == (f"{ROOT}/organisations/cst", f"{ROOT}/states/AM")
    assert told["startDate"] == "[1992..1999]"
    assert told["@context"]["startDate"]["@type"] == EDTF
    assert (told["startDateEarliest"], told["endDateLatest"]) == ("1992-01-01", "2002-12-31")
    stances = {each["stance"] for each in told["citations"]}
    assert stances == {"http://purl.org/spar/cito/supports"}
    assert {each["target"] for each in told["citations"]} == {*told["wasDerivedFrom"]}


def test_a_view_tells_what_was_known(client: TestClient) -> None:
    path = "memberships/cst-am-member.jsonld?known="
    assert client.get(f"{path}2010-01-01").status_code == 404
    assert client.get(f"{path}2030-01-01").json()["member"] == f"{ROOT}/states/AM"
    assert client.get(f"{path}never").status_code == 400
    assert client.get("states/UZ.jsonld?citations=abc").status_code == 400


def test_whoever_wants_json_ld_is_led_to_it(client: TestClient) -> None:
    led = client.get("states/UZ?known=2018-01-01", headers=LINKED, follow_redirects=False)
    assert led.status_code == 303
    assert led.headers["location"] == "/data/states/UZ.jsonld?known=2018-01-01"
    page = client.get("states/UZ")
    for answer in (led, page):
        assert {"Accept", "Accept-Encoding"} <= {*answer.headers["vary"].split(", ")}
    assert page.headers["etag"] != client.get("states/UZ", headers=LINKED).headers["etag"]
    assert 'type="application/ld+json" href="/data/states/UZ.jsonld"' in page.text
    other = client.get("states/uz.JSONLD", follow_redirects=False)
    assert (other.status_code, other.headers["location"]) == (308, "/data/states/UZ.jsonld")
    assert client.get("states/XX.jsonld").status_code == 404


def test_without_a_public_url_ids_are_paths(csto: Database) -> None:
    with TestClient(create_app(csto.settings)) as client:
        assert client.get("/states/UZ.jsonld").json()["@id"] == "/states/UZ"
        assert client.get("/export.nq").status_code == 404


def test_what_no_iri_or_literal_may_hold_is_escaped() -> None:
    said = 'A "b"\\\n\r\tc\u00e9\U0001f600'
    node = {"@id": "urn:a b", "name": said, "url": "https://example.org/<a>|b", "telling": False}
    parsed = Dataset().parse(data="".join(quads(node, "urn:graph")), format="nquads")
    told = {(str(s), str(o)) for s, _, o, _ in parsed.quads()}
    assert told == {
        ("urn:a%20b", said),
        ("urn:a%20b", "https://example.org/%3Ca%3E%7Cb"),
        ("urn:a%20b", "false"),
    }


def test_no_field_is_called_by_the_word_of_another_kind() -> None:
    """What is a date here and a link there would have one type in all documents."""
    kinds = {term: each for term, each in context().items() if isinstance(each, dict)}
    by_word: dict[str, set[str]] = {}
    for each in kinds.values():
        if "@id" in each:
            by_word.setdefault(each["@id"], set()).add(each.get("@type", ""))
    assert {word for word, types in by_word.items() if len(types) > 1} == set()


def test_the_documented_queries(client: TestClient, dump: Dataset) -> None:
    members, holders, founded = ([*dump.query(text)] for text in QUERIES)
    query = (
        '{ organisation(slug: "csto") { members(asOf: "2016-10-14") { state { name } status } '
        'holders(office: "Secretary-General", asOf: "2016-10-14") { official { name } } } }'
    )
    asked = client.post("graphql", json={"query": query}).json()["data"]["organisation"]
    told = sorted((each["state"]["name"], each["status"]) for each in asked["members"])
    assert told == [tuple(map(str, row)) for row in members]
    names = {str(row.name) for row in holders}
    assert {each["official"]["name"] for each in asked["holders"]} <= names
    assert ("Nikolai Bordyuzha", "[..2015-06-10]/[2015-06-10..2017]") in {
        (str(row.name), str(row.period)) for row in holders
    }
    assert {str(row.value) for row in founded} >= {"2002"}


def test_the_command_writes_the_same(client: TestClient, csto: Database, tmp_path: Path) -> None:
    with database.read_transaction(csto.engine) as connection:
        with pytest.raises(KBError, match="set KB_PUBLIC_URL"):
            export_nquads(connection, tmp_path / "none", "")
        export_nquads(connection, tmp_path, ROOT)
    written = (tmp_path / "kb.nq").read_text(encoding="utf-8")
    assert written == client.get("export.nq").text
    (entry,) = json.loads((tmp_path / "manifest.json").read_text())["files"]
    assert entry["rows"] == written.count("\n")


@pytest.mark.long
def test_every_dump_holds_to_the_shapes(dump: Dataset) -> None:
    from pyshacl import validate

    shapes, data = Graph().parse(DOCS / "shapes.ttl"), Graph()
    for statement in graph_of(dump):
        data.add(statement)
    conforms, _, text = validate(data, shacl_graph=shapes)
    assert conforms, text
    role = URIRef(f"{ROOT}/memberships/cst-am-member")
    data.remove((role, URIRef("https://schema.org/member"), None))
    assert not validate(data, shacl_graph=shapes)[0]
