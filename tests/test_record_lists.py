"""Lists of every type: all of it, in order, narrowed and sorted by what stands in the address."""

import csv
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from itertools import cycle, islice
from typing import Any
from urllib.parse import parse_qsl

import lxml.html
import pytest
from graphql import parse, validate
from starlette.testclient import TestClient

from kb.web import record_lists as lists_of_records
from kb.web.list_params import FormField, form_fields
from kb.web.record_lists import RecordList, record_lists
from schema.build import build_schema
from tests.support.databases import Database
from tests.support.pages import Element, follow_list, text_of, tree

pytestmark = pytest.mark.sweep

NAMES = [*record_lists()]
ROWS = "//tbody/tr/td[1]//a/@href"
KEYS = {
    "Organisation": "csto",
    "State": "uz",
    "Official": "stanislav-zas",
    "Summit": "csto-2016-yerevan",
    "Publication": "bulletin",
    "Article": "bulletin-430-comment-the-csto-has-always-lacked-relevance",
}
VALUES = {"date": "2016-06-01", "number": "336"}
TEXTS = {"cites": "Organisation:csto", "hasMember": "uz", "mentions": "UZ"}


def answer(csto: Database, name: str, arguments: str = "") -> tuple[int, list[str]]:
    """What the schema answers: how many, and the ids of all records, or of what they are about."""
    node = "subject { id }" if name == "disagreements" else "id"
    given = f"first: 100, after: $after{arguments and f', {arguments}'}"
    page = "totalCount pageInfo { hasNextPage endCursor }"
    query = f"query ($after: String) {{ {name}({given}) {{ {page} nodes {{ {node} }} }} }}"
    ids, after, goes_on = list[str](), None, True
    while goes_on:
        connection: Any = csto.ask(query, after=after)[name]
        ids += [(each.get("subject") or each)["id"] for each in connection["nodes"]]
        after = connection["pageInfo"]["endCursor"]
        goes_on = connection["pageInfo"]["hasNextPage"]
    return connection["totalCount"], ids


def ids_of(client: TestClient, path: str) -> list[str]:
    """Of the list as CSV, whose first column of ids is that of its rows."""
    response = client.get(path)
    assert response.status_code == 200, (path, response.text)
    headings, *rows = csv.reader(StringIO(response.text))
    at = next(at for at, heading in enumerate(headings) if heading.endswith(" id"))
    return [row[at] for row in rows]


def test_there_is_a_list_of_every_type_in_the_menu(client: TestClient) -> None:
    """As many as the schema has, whatever is added to it."""
    links = tree(client, "/").xpath("//nav[@class='menu']/a/@href")
    assert links == [*(f"/{name}" for name in NAMES), "/figures", "/diff", "/how-to-read"]
    types = {each.node.name for each in record_lists().values()}
    assert types >= {"State", "Organisation", "Official", "Term", "Membership"}
    assert types >= {"Summit", "Event", "Article", "Disagreement", "Citation", "Publication"}


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_whole_in_every_form(client: TestClient, csto: Database, name: str) -> None:
    total, ids = answer(csto, name)
    page = tree(client, f"/{name}")
    assert f"{total} in all" in text_of(page)
    assert bool(page.xpath("//details")) == bool(fields_of(name))
    assert len(page.xpath("//tbody/tr")) == min(total, 100)
    assert len(ids) == total
    assert ids_of(client, f"/{name}.csv") == ids
    records = client.get(f"/{name}.json").json()
    headings, *rows = csv.reader(StringIO(client.get(f"/{name}.csv").text))
    assert [[record[heading] or "" for heading in headings] for record in records] == rows


@pytest.mark.parametrize("name", NAMES)
def test_a_list_goes_on(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, name: str
) -> None:
    """Page by page it is the same as whole, and so is what is downloaded."""
    pages = [*follow_list(client, f"/{name}", name)]
    whole = [link for page in pages for link in page.xpath(ROWS)]
    data = client.get(f"/{name}.csv").text
    monkeypatch.setattr(lists_of_records, "PAGE_LENGTH", 3)
    request.addfinalizer(record_lists.cache_clear)
    record_lists.cache_clear()
    pages = [*follow_list(client, f"/{name}", name)]
    assert len(pages) == -(-len(whole) // 3)
    assert [link for page in pages for link in page.xpath(ROWS)] == whole
    assert client.get(f"/{name}.csv").text == data
    (link,) = pages[-1].xpath("//a[text()='CSV']/@href")
    assert link == f"/{name}.csv"


def value_for(field: FormField) -> str:
    if field.choices:
        return field.choices[1][0]
    return KEYS.get(field.key_of) or VALUES.get(field.input_type) or TEXTS.get(field.name, "a")


def literal(field: FormField, value: str, is_list: bool) -> str:
    """The value as a document has it."""
    if field.choices or field.input_type == "number":
        return f"[{value}]" if is_list else value
    return f'"{value}"'


def fields_of(name: str) -> dict[str, FormField]:
    return {field.name: field for field in form_fields(record_lists()[name], {})}


def cases() -> Iterator[tuple[str, str]]:
    return ((name, path) for name in NAMES for path in fields_of(name) if path != "order")


@pytest.mark.parametrize(("name", "path"), [*cases()])
def test_each_filter_of_the_address_is_that_of_the_schema(
    client: TestClient, csto: Database, name: str, path: str
) -> None:
    given = {path: value_for(fields_of(name)[path])}
    if path.startswith("memberOf.") and not path.endswith(".organisation"):
        given["memberOf.organisation"] = "csto"
    if path == "memberOf.atLeast":
        given["memberOf.asOf"] = "2016-06-01"
    if path == "atLeast":
        given |= {"occurred.after" if name == "events" else "asOf": "2016-06-01"}
    arguments = document_of(name, given)
    total, ids = answer(csto, name, arguments)
    page = tree(client, f"/{name}", **given)
    assert f"{total} found" in text_of(page)
    query = "&".join(f"{key}={value}" for key, value in given.items())
    assert ids_of(client, f"/{name}.csv?{query}") == ids
    for key, value in given.items():
        (control,) = page.xpath(f"//details//*[@name='{key}']")
        chosen = control.value if control.tag == "select" else control.get("value")
        assert chosen == value


def document_of(name: str, given: dict[str, str]) -> str:
    """The arguments of a list, with each path of a filter as objects within one another."""
    fields = fields_of(name)
    tree: dict[str, object] = {}
    for path, value in given.items():
        *outer, last = path.split(".")
        branch = tree
        for part in outer:
            branch = branch.setdefault(part, {})  # type: ignore[assignment]  # A tree of dicts.
        several = last in ("kind", "status", "role")
        branch[last] = literal(fields[path], value, several)
    if name == "disagreements":
        return printed(tree)[1:-1]
    return f"filter: {printed(tree)}"


def printed(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {printed(each)}" for name, each in value.items()) + "}"
    return str(value)


@pytest.mark.parametrize("name", NAMES)
def test_each_order_of_the_address_is_that_of_the_schema(
    client: TestClient, csto: Database, name: str
) -> None:
    steps = fields_of(name)["order"].choices[1:] if "order" in fields_of(name) else ()
    for order, _ in steps:
        way = "DESC" if order.startswith("-") else "ASC"
        arguments = f"orderBy: [{{field: {order.removeprefix('-')}, direction: {way}}}]"
        assert ids_of(client, f"/{name}.csv?order={order}") == answer(csto, name, arguments)[1]
    assert steps or name in ("disagreements", "citations", "publications")


def test_words_are_found_whatever_their_case(client: TestClient) -> None:
    page = tree(client, "/states", q="uzbek")
    assert "/states/UZ" in page.xpath(ROWS)
    assert {link.split("/")[1] for link in page.xpath(ROWS)} == {"states"}
    assert "State:UZ" in ids_of(client, "/states.csv?q=uzbek")
    assert not tree(client, "/states", q="nowhere").xpath(ROWS)
    # Where no search finds what is listed, words mean nothing.
    assert not tree(client, "/publications").xpath("//main//input[@name='q']")


def test_several_steps_of_an_order(client: TestClient, csto: Database) -> None:
    arguments = "orderBy: [{field: STATE}, {field: START, direction: DESC}]"
    _, ids = answer(csto, "memberships", arguments)
    assert ids_of(client, "/memberships.csv?order=STATE,-START") == ids


FORMS = ("", ".csv", ".json")
ODD_TEXTS = ("abc", "1.5", "1e5", "٣", "99999999999", "2016-13-45", "null", "[]", '"', "\0", " ")
SCHEMA_WORDS = re.compile(r"Variable|enum|non-|Expected|\$|Traceback")


def refusal(client: TestClient, path: str, params: Mapping[str, str]) -> str:
    """What is said of an address that cannot be answered."""
    response = client.get(path, params=params)
    assert response.status_code == 400, (path, params)
    page = lxml.html.document_fromstring(response.text)
    assert text_of(page.xpath("//h1")[0]) == "This cannot be shown"
    told = text_of(page.xpath("//main/p")[0])
    assert not SCHEMA_WORDS.search(told), told
    return told


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_value_is_told_in_plain_words(client: TestClient, name: str) -> None:
    """Of every parameter that does not take any text: which it is, and what it may be."""
    odd_texts, forms = cycle(ODD_TEXTS), cycle(FORMS)
    for field in fields_of(name).values():
        if field.choices or field.input_type != "text":
            for text in islice(odd_texts, 3):
                told = refusal(client, f"/{name}{next(forms)}", {field.name: text})
                assert told.startswith(f"`{field.name}` is "), told
            may_be = [value for value, _ in field.choices if value and not value.startswith("-")]
            assert all(f"`{value}`" in told for value in may_be), told
    for form in FORMS:
        told = refusal(client, f"/{name}{form}", {name: "abc"})
        assert told.startswith(f"`{name}` is `abc`, which is no place in this list")
        told = refusal(client, f"/{name}{form}", {"known": "2016"})
        assert told == "`known` is `2016`, which is no day; write it as `2016-10-14`"


def test_what_would_be_left_out_is_told(client: TestClient) -> None:
    asked = {
        "/states?year=2016": "no parameter is called `year`; this {} takes `known`, `states`, ",
        "/publications?status=MEMBER": "this {} takes `known` or `publications`",
        "/publications?q=bulletin": "this {} takes `known` or `publications`",
        "/states?q=uzbek&order=NAME": "`order` has no part in a search by words",
        "/states?memberOf.asOf=2016-01-01": "`memberOf.asOf` needs `memberOf.organisation`",
        "/terms?atLeast=CERTAIN": "`atLeast` needs a day; give `asOf` too",
    }
    for address, told in asked.items():
        path, _, query = address.partition("?")
        for form in FORMS:
            page = refusal(client, path + form, dict(parse_qsl(query)))
            assert told.format("file" if form else "page") in page, address
            line = client.get(f"{path}{form}?{query}", headers={"accept": "*/*"})
            assert (line.status_code, line.text) == (400, f"{page}\n")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", ["known", "on", "organisations", "from", "to"]),
        ("/picture.csv", ["known", "on", "from", "to"]),
        ("/search?q=zas", ["known", "search"]),
        ("/how-to-read", ["known"]),
        ("/figures", ["known", "terms"]),
        ("/figures/terms.json", ["known", "terms"]),
        ("/states/UZ", ["known", "on", "memberships", "citations", "from", "to"]),
        ("/states/UZ/memberships.csv", ["known", "on", "memberships"]),
        ("/states/UZ/picture.svg", ["known", "from", "to"]),
        ("/officials/stanislav-zas", ["known", "terms"]),
    ],
)
def test_what_is_no_value_is_told_on_all_pages(
    client: TestClient, path: str, names: list[str]
) -> None:
    path, _, query = path.partition("?")
    for name in names:
        for text in ("abc", "20161014", "\0"):
            told = refusal(client, path, {**dict(parse_qsl(query)), name: text})
            assert told.startswith(f"`{name}` is `"), told


def test_a_file_begins_where_its_page_does(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(lists_of_records, "PAGE_LENGTH", 3)
    request.addfinalizer(record_lists.cache_clear)
    record_lists.cache_clear()
    (onward,) = tree(client, "/states").xpath("//a[text()='The next']/@href")
    query = onward.partition("#")[0].partition("?")[2]
    assert ids_of(client, f"/states.csv?{query}") == ids_of(client, "/states.csv")[3:]


@pytest.mark.parametrize("form", ["", ".csv", ".json"])
def test_a_filter_that_is_none_is_told(client: TestClient, form: str) -> None:
    """The whole list would be another answer than the one that is asked for."""
    for params in ("state=RU", "state.nope=RU", "occurred.of=2016-01-01"):
        response = client.get(f"/events{form}?{params}")
        assert response.status_code == 400, params
        name = params.partition("=")[0]
        assert f"no parameter is called `{name}`; write it as" in response.text


def test_what_was_not_known_is_in_no_list(client: TestClient) -> None:
    early = "known=2018-01-01"
    page = tree(client, f"/officials?{early}")
    assert "Stanislav Zas" not in text_of(page)
    assert "Stanislav Zas" in text_of(tree(client, "/officials"))
    assert "Zas" not in client.get(f"/terms.csv?{early}").text
    assert "Zas" not in text_of(tree(client, f"/terms?{early}"))
    links = page.xpath("//table//a/@href | //nav[@class='menu']/a/@href")
    assert len(links) > len(NAMES)
    assert all(early in link for link in links)


def test_unknown_addresses_have_the_page_of_the_site(client: TestClient) -> None:
    for address in (
        "/nothing",
        "/states/UZ/more/of/it",
        "/states.xml",
        "/states/",
        "/assets/no.js",
    ):
        response = client.get(address)
        assert response.status_code == 404, address
        page = lxml.html.document_fromstring(response.text)
        assert page.xpath("//nav[@class='menu']")
        assert client.get(address, headers={"accept": "*/*"}).text == "Not Found"


def test_documents_are_valid() -> None:
    schema = build_schema().core
    for asked in record_lists().values():
        for text in document_texts(asked):
            assert validate(schema, parse(text)) == [], asked.name


def document_texts(asked: RecordList) -> Iterator[str]:
    yield asked.query
    if asked.is_searched:
        yield asked.search


def test_codes_are_told_in_words(client: TestClient) -> None:
    """No name of the schema's enums or fields, and no EDTF."""
    told = [text_of(row) for row in cells(tree(client, "/disagreements"))]
    assert {"conflict", "held on"} <= {*told}
    assert not any("[" in text or "heldOn" in text for text in told)
    assert "member" in {text_of(cell) for cell in cells(tree(client, "/memberships"))}


def cells(page: Element) -> list[Element]:
    found: list[Element] = page.xpath("//tbody/tr/td")
    return found


def test_how_to_read_is_there(client: TestClient) -> None:
    page = tree(client, "/how-to-read")
    empty = "Where the first two are empty, it is certain on no day; where one of the others is, no"
    assert f"{empty} source gives a bound on that side." in text_of(page)
    for word in ("certain", "disputed", "known", "verified", "behind"):
        assert page.get_element_by_id(word).tag == "h2"
