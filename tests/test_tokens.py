"""Who may write: tokens that only their bearers know, and no way around them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from starlette.testclient import TestClient

from kb import database, tokens
from kb.app import create_app
from kb.errors import TokenError
from kb.roles import Role
from schema.build import build_schema
from tests.support.command import run, serving
from tests.support.curated import (
    ADA,
    as_bearer,
    curator,
    expect_payload,
    mutation_text,
    token,
    written_rows,
)
from tests.support.databases import Database, prepare, settings_of
from tests.support.followers import open_socket

pytestmark = pytest.mark.sweep

SCHEMA: GraphQLSchema = build_schema().core
assert SCHEMA.mutation_type is not None
FIELDS = sorted(SCHEMA.mutation_type.fields)
CHANGE = mutation_text("recordOfficial", "revision")
ALLOWED = {Role.CURATOR, Role.ADMIN}


def test_the_secret_is_nowhere(empty: Database) -> None:
    made = token(empty)
    _, id_, secret = made.split("_", 2)
    ((stored,),) = empty.rows("select sha256 from token where id = :own", own=id_)
    assert len(str(stored)) == 64
    rows = [str(row) for row in empty.rows("select * from token")]
    assert not any(secret in row or secret[:16] in row for row in rows)


def test_a_name_is_one_that_can_be_read(empty: Database) -> None:
    assert tokens_named(empty, "Zoe\u0308 \u200b Åström") == ["Zoë Åström"]
    for name in ("", " \u200b", "\udcff"):
        with pytest.raises(TokenError, match="nobody has such a name"):
            tokens_named(empty, name)


def tokens_named(db: Database, name: str) -> list[str]:
    with database.write_transaction(db.engine) as connection:
        tokens.issue_token(connection, name, Role.READER)
        return [listed.name for listed in tokens.read_tokens(connection)]


def test_a_bearer_is_told_by_the_whole_token(empty: Database) -> None:
    made, other = token(empty, name="Ada"), token(empty, Role.ADMIN, "Eve")
    _, id_, secret = made.split("_", 2)
    _, _, others = other.split("_", 2)
    with database.read_transaction(empty.engine) as connection:
        bearer = tokens.find_bearer(connection, made)
        assert bearer == tokens.Bearer(id_, "Ada", Role.CURATOR)
        wrong = (
            *("", "kb", "kb__", f"kb_{id_}", f"kb_{id_}_", f"kb_{id_}_{secret}x", secret, id_),
            *(
                f"kb_{id_}_{secret[:-1]}",
                f"kb_{id_}_{others}",
                f"xx_{id_}_{secret}",
                f"kb_é_{secret}",
            ),
            *(made.upper(), f" {made}", f"kb_{id_}_' or '1'='1", f"kb_%_{secret}"),
        )
        assert [tokens.find_bearer(connection, value) for value in wrong] == [None] * len(wrong)


def test_a_revoked_token_is_none(empty: Database) -> None:
    made = token(empty)
    id_ = made.split("_")[1]
    with database.write_transaction(empty.engine) as connection:
        tokens.revoke(connection, id_)
        assert tokens.find_bearer(connection, made) is None
        for again in (id_, "none"):
            with pytest.raises(TokenError, match="kb token list"):
                tokens.revoke(connection, again)
        (listed,) = tokens.read_tokens(connection)
    assert (listed.id, listed.name, listed.sha256) == (id_, "Ada", "")
    assert listed.revoked_at is not None


def test_a_token_expires_if_asked_to(empty: Database) -> None:
    with database.write_transaction(empty.engine) as connection:
        kept, ended = (
            tokens.issue_token(connection, "Ada", Role.READER, by="root", expires_at=day)
            for day in (tokens.read_expiry("90d"), "2020-01-01T00:00:00.000000Z")
        )
        assert tokens.find_bearer(connection, kept)
        assert tokens.find_bearer(connection, ended) is None
        tokens.revoke(connection, kept.split("_")[1], by="eve")
        (listed, _) = tokens.read_tokens(connection)
    assert (listed.made_by, listed.revoked_by) == ("root", "eve")


def test_when_a_token_expires() -> None:
    assert tokens.read_expiry("9000-02-03") == "9000-02-03T00:00:00.000000Z"
    in_days = datetime.fromisoformat(tokens.read_expiry("90d")) - datetime.now(UTC)
    assert timedelta(days=89, hours=23) < in_days <= timedelta(days=90)
    for wrong in ("", "soon", "0d", "-1d", "9", "100000d", "2027-13-01", "2020-01-01", "9٠d"):
        with pytest.raises(TokenError):
            tokens.read_expiry(wrong)


def least_input(input_type: GraphQLInputType) -> object:
    """The least that such an input takes; whether it makes sense is not the question."""
    if isinstance(input_type, GraphQLNonNull):
        input_type = input_type.of_type
    if isinstance(input_type, GraphQLList):
        return []
    if isinstance(input_type, GraphQLInputObjectType):
        needed = {n: f for n, f in input_type.fields.items() if isinstance(f.type, GraphQLNonNull)}
        return {name: least_input(field.type) for name, field in needed.items()}
    return {"Int": 1, "Boolean": True, "Revision": "1"}.get(get_named_type(input_type).name, "x")


@pytest.mark.parametrize("role", [None, "wrong", "revoked", *Role])
def test_every_field_with_every_role(filled: Database, role: str | None) -> None:
    """Nothing is written but by those who may, whatever is asked."""
    bearer = token(filled, role) if isinstance(role, Role) else role and token(filled)
    if role == "wrong":
        bearer = f"{bearer}x"
    if role == "revoked":
        assert bearer is not None
        with database.write_transaction(filled.engine) as connection:
            tokens.revoke(connection, bearer.split("_")[1])
    before, asking = written_rows(filled), as_bearer(filled, bearer)
    for field in FIELDS:
        assert SCHEMA.mutation_type is not None
        given = least_input(SCHEMA.mutation_type.fields[field].args["input"].type)
        answer = asking.ask(mutation_text(field, "revision"), input=given)["done"]
        assert isinstance(answer, dict)
        assert (answer["__typename"] == "Forbidden") == (role not in ALLOWED), (field, answer)
    given = {"idempotencyKey": "k", "expectedRevision": "0"}
    told = asking.ask(CHANGE, input=ADA | given)["done"]
    assert isinstance(told, dict)
    assert (told["__typename"] == "RecordOfficialPayload") == (role in ALLOWED)
    assert (written_rows(filled) == before) == (role not in ALLOWED)


def read_everything() -> str:
    """Every field at the root, with the least arguments that it takes."""
    assert SCHEMA.query_type is not None
    fields = []
    for name, field in SCHEMA.query_type.fields.items():
        needed = {n: a for n, a in field.args.items() if isinstance(a.type, GraphQLNonNull)}
        given = ", ".join(f"{argument}: {ARGUMENTS[argument]}" for argument in needed)
        inner = "" if is_leaf_type(get_named_type(field.type)) else "{ __typename }"
        fields.append(f"{name}{f'({given})' if given else ''} {inner}")
    return f"{{ {' '.join(fields)} }}"


ARGUMENTS = {
    **{"id": '"State:UZ"', "ids": '["State:UZ"]', "slug": '"csto"', "code": '"UZ"'},
    **{"query": '"Yerevan"', "knownAt": '"2018-01-01"', "revision": '"1"'},
    **{"from": '{revision: "0"}', "to": '{revision: "1"}'},
    **{"scheme": '"iso3166-1-alpha-3"', "value": '"UZB"'},
}


def test_every_field_can_be_read_by_all(csto: Database) -> None:
    answer = csto.ask(read_everything())
    assert len(answer) > 20
    for role in Role:
        assert as_bearer(csto, token(csto, role)).ask(read_everything()) == answer


def test_who_wrote_what_is_told_to_bearers_alone(csto: Database) -> None:
    query = "{ changes(first: 1) { nodes { actor } } }"
    answers = [as_bearer(csto, bearer).ask(query) for bearer in (None, token(csto, Role.READER))]
    actors = [str(answer) for answer in answers]
    assert "None" in actors[0]
    assert "kb load" in actors[1]


def test_a_reader_is_told_what_is_missing(filled: Database) -> None:
    reader = as_bearer(filled, token(filled, Role.READER, "Eve"))
    told = reader.ask(CHANGE, input=ADA)["done"]
    message = "the token of Eve is a reader's; this takes a curator's"
    assert told == {"__typename": "Forbidden", "message": message}


@pytest.fixture
def client(filled: Database) -> Iterator[TestClient]:
    with TestClient(create_app(filled.settings), raise_server_exceptions=False) as client:
        yield client


def test_by_http(filled: Database, client: TestClient) -> None:
    body = {"query": CHANGE, "variables": {"input": ADA}}
    for header in ({}, {"Authorization": f"Basic {token(filled)}"}, {"Cookie": token(filled)}):
        answer = client.post("/graphql", json=body, headers=header)
        assert answer.json()["data"]["done"]["__typename"] == "Forbidden"
    answer = client.post(
        "/graphql", json=body, headers={"Authorization": f"bearer {token(filled)}"}
    )
    assert answer.json()["data"]["done"]["__typename"] == "RecordOfficialPayload"


def test_no_simple_request_of_another_site_writes(filled: Database, client: TestClient) -> None:
    """What a browser sends without asking first: GET, and POST of a form or of plain text."""
    before = written_rows(filled)
    headers = {"Authorization": f"Bearer {token(filled)}", "Origin": "https://elsewhere.example"}
    body = {"query": CHANGE, "variables": {"input": ADA}}
    text = json.dumps(body)
    sent = {"query": CHANGE, "variables": json.dumps({"input": ADA})}
    assert client.get("/graphql", params=sent, headers=headers).status_code == 405
    assert client.head("/graphql", params=sent, headers=headers).status_code == 405
    assert client.post("/graphql", data=sent, headers=headers).status_code == 415
    assert client.post("/graphql", files=sent, headers=headers).status_code == 415
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ):
        posted = client.post(
            "/graphql", content=text, headers=headers | {"Content-Type": media_type}
        )
        assert posted.status_code == 415
    assert written_rows(filled) == before


def test_by_websocket(tmp_path: Path, unused_port: int) -> None:
    """A page of another site can open one, but not send the header."""
    with serving(tmp_path, unused_port) as (address, _):
        made = run(tmp_path, "token", "create", "ada").stdout.strip()
        payload = {"query": CHANGE, "variables": {"input": ADA}}
        for headers, typename in (
            ({}, "Forbidden"),
            ({"Authorization": f"Bearer {made}"}, "Record"),
        ):
            with open_socket(address, headers) as socket:
                socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
                told = json.loads(socket.recv(10))
                assert told["payload"]["data"]["done"]["__typename"].startswith(typename), told


def test_the_command(tmp_path: Path) -> None:
    prepare(settings_of(tmp_path / "kb.db"))
    made = run(tmp_path, "token", "create", "Ada L.", "--role", "admin")
    id_ = made.stdout.split("_")[1]
    listed = run(tmp_path, "token", "list").stdout.split()
    assert listed[:2] == [id_, "ADMIN"]
    assert listed[-3:] == ["holds", "Ada", "L."]
    assert listed[4] == "by"
    run(tmp_path, "token", "create", "Bob", "--expires", "9000-01-01")
    assert "expires 9000-01-01T00:00" in run(tmp_path, "token", "list").stdout
    assert run(tmp_path, "token", "create", "Bob", "--expires", "soon").returncode == 1
    assert run(tmp_path, "token", "revoke", id_).stdout == "Revoked.\n"
    assert "revoked" in run(tmp_path, "token", "list").stdout
    again = run(tmp_path, "token", "revoke", id_)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert run(tmp_path, "token", "create", "eve", "--role", "god").returncode == 2


def test_writers_come_one_at_a_time(filled: Database, client: TestClient) -> None:
    """Also beside a load: nobody sees half a request, and nobody is lost."""
    by_hand = curator(filled)
    expect_payload(by_hand.record("Official", **ADA))
    headers = {"Authorization": f"Bearer {token(filled)}"}
    for number in range(5):
        given = ADA | {"name": f"Ada {number}"}
        body = {"query": CHANGE, "variables": {"input": given}}
        answer = client.post("/graphql", json=body, headers=headers).json()
        assert answer["data"]["done"]["__typename"] == "RecordOfficialPayload"
        expect_payload(by_hand.record("Official", slug="ada", aliases=[f"A{number}"]))
    revisions = [row[0] for row in filled.rows("select revision from change order by revision")]
    assert revisions == list(range(1, len(revisions) + 1))
