"""Bearers for whom an issuer vouches: which JWTs hold, with which role, and how keys change."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.testclient import TestClient

from kb import database, oidc, tokens
from kb.app import create_app
from kb.config import read_settings
from kb.errors import SettingsError, Unauthenticated
from kb.oidc import Issuer
from tests.support.curated import ADA, mutation_text
from tests.support.databases import Database
from tests.support.issuer import AUDIENCE, LocalIssuer, issuing

pytestmark = pytest.mark.sweep

ASKED = "/graphql?query={revision}"


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    with issuing() as opened:
        yield opened


@pytest.fixture
def client(filled: Database, issuer: LocalIssuer) -> Iterator[TestClient]:
    settings = filled.settings.model_copy(
        update={"oidc_issuer": issuer.url, "oidc_audience": AUDIENCE, "oidc_role_claim": "roles"}
    )
    with TestClient(create_app(settings)) as opened:
        yield opened


def status(client: TestClient, token: str) -> int:
    return client.get(ASKED, headers={"Authorization": f"Bearer {token}"}).status_code


def message(client: TestClient, token: str) -> str:
    answer = client.get(ASKED, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    return str(error["message"])


def test_who_is_vouched_for_may_write_what_the_role_allows(
    client: TestClient, issuer: LocalIssuer, filled: Database
) -> None:
    body = {"query": mutation_text("recordOfficial", "revision"), "variables": {"input": ADA}}
    outcomes = []
    for roles in ("reader", ["other", "Curator"]):
        token = issuer.token(roles=roles)
        answer = client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
        outcomes.append(answer.json()["data"]["done"]["__typename"])
    assert outcomes == ["Forbidden", "RecordOfficialPayload"]
    assert filled.rows("select distinct actor from change where key = 'ada'") == [("Ada Lovelace",)]


def test_a_request_of_theirs_is_done_once(
    client: TestClient, issuer: LocalIssuer, filled: Database
) -> None:
    given = {**ADA, "idempotencyKey": "first"}
    body = {"query": mutation_text("recordOfficial", "revision"), "variables": {"input": given}}
    headers = {"Authorization": f"Bearer {issuer.token()}"}
    first, again = (client.post("/graphql", json=body, headers=headers).json() for _ in range(2))
    assert first == again
    assert filled.rows("select count(*) from request") == [(1,)]


def forged(issuer: LocalIssuer) -> str:
    """Signed with what the issuer publishes, as if that were a secret."""
    public = issuer.keys["first"].public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, claims = (
        {"alg": "HS256", "kid": "first"},
        jwt.decode(issuer.token(), options={"verify_signature": False}),
    )
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims)]
    signature = jwt.get_algorithm_by_name("HS256").sign(b".".join(parts), pem)
    return b".".join([*parts, urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def unsigned(issuer: LocalIssuer) -> str:
    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    return jwt.encode(claims, "", "none", headers={"kid": "first"})


def altered(issuer: LocalIssuer) -> str:
    head, claims, signature = issuer.token(roles="reader").split(".")
    other = issuer.token(roles="admin").split(".")[1]
    assert claims != other
    return ".".join((head, other, signature))


WRONG: dict[str, Callable[[LocalIssuer], str]] = {
    "has expired": lambda issuer: issuer.token(exp=int(time.time()) - 60),
    "is for others": lambda issuer: issuer.token(aud="another"),
    "does not hold": lambda issuer: issuer.token(iss="https://another.example"),
    "does not hold; of nobody": lambda issuer: issuer.token(sub=None),
    "does not hold; for ever": lambda issuer: issuer.token(exp=None),
    "does not hold; not yet": lambda issuer: issuer.token(nbf=int(time.time()) + 600),
    "does not hold; forged": forged,
    "does not hold; unsigned": unsigned,
    "does not hold; altered": altered,
    "does not hold; no JSON": lambda _: "a.b.c",
    "does not publish": lambda issuer: issuer.token(kid=make_unpublished(issuer)),
    "names none of our roles": lambda issuer: issuer.token(roles=["visitor"]),
    "names none of our roles; none": lambda issuer: issuer.token(roles=None),
}


def make_unpublished(issuer: LocalIssuer) -> str:
    issuer.make_key("second", publish=False)
    return "second"


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_hold_is_refused(client: TestClient, issuer: LocalIssuer, wrong: str) -> None:
    assert status(client, issuer.token()) == 200
    told = message(client, WRONG[wrong](issuer))
    assert wrong.partition(";")[0] in told


def test_keys_change_without_a_refused_request(
    client: TestClient, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a token of an unknown key asks once, however often it is sent."""
    monkeypatch.setattr(oidc, "COOLDOWN", 0.0)
    old = issuer.token(sub="old")
    assert status(client, old) == 200
    issuer.make_key("second")
    assert [status(client, issuer.token("second")), status(client, old)] == [200, 200]
    assert issuer.asked == 2
    monkeypatch.setattr(oidc, "COOLDOWN", 60.0)
    issuer.make_key("third", publish=False)
    for number in range(5):
        assert "does not publish" in message(client, issuer.token("third", sub=str(number)))
    assert issuer.asked == 2


def test_the_keys_that_are_known_hold_while_the_issuer_is_gone(
    client: TestClient, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.answers = False
    assert status(client, issuer.token()) == 503
    issuer.answers = True
    monkeypatch.setattr(oidc, "PAUSE", 0.0)
    assert status(client, issuer.token()) == 200
    issuer.answers = False
    monkeypatch.setattr(oidc, "_LIFETIME", -1.0)
    monkeypatch.setattr(oidc, "COOLDOWN", 0.0)
    assert status(client, issuer.token(sub="another")) == 200


def test_an_issuer_that_is_gone_keeps_nobody_waiting(
    client: TestClient, issuer: LocalIssuer
) -> None:
    """Each token would wait for it anew, one after the other."""
    issuer.answers = False
    assert [status(client, issuer.token(sub=str(number))) for number in range(5)] == [503] * 5
    assert issuer.reached == 1


@pytest.mark.parametrize("address", ["", "file:///etc/passwd", "ftp://127.0.0.1/keys"])
def test_keys_come_by_the_way_that_the_issuer_does(
    client: TestClient, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    document = {"issuer": issuer.url, "jwks_uri": address}
    monkeypatch.setattr(issuer, "document", lambda _: document)
    assert status(client, issuer.token()) == 503


def test_an_issuer_leads_nowhere_else(
    client: TestClient, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To plain HTTP, for one, where anybody on the way could give keys of their own."""
    monkeypatch.setattr(oidc, "PAUSE", 0.0)
    issuer.moved = True
    assert status(client, issuer.token()) == 503
    issuer.moved = False
    assert status(client, issuer.token()) == 200


@pytest.mark.parametrize("role", ["adm\u0131n", "\u0130admin", "administrator"])
def test_no_other_word_is_a_role(role: str) -> None:
    """Such as one that is a role once its letters are made capitals."""
    with pytest.raises(Unauthenticated):
        oidc.vouched_bearer({"sub": "x", "roles": role}, "https://login.example", "roles")


def test_who_has_no_name_is_called_by_an_id() -> None:
    bearer = oidc.vouched_bearer({"sub": "", "roles": "reader"}, "https://login.example", "roles")
    assert bearer.id == f"oidc-{bearer.name}"


def test_many_who_wait_ask_once(issuer: LocalIssuer) -> None:
    async def find_all() -> None:
        known = Issuer(issuer.url, AUDIENCE, "roles")
        await asyncio.gather(*(known.find(issuer.token(sub=str(number))) for number in range(20)))

    asyncio.run(find_all())
    assert issuer.asked == 1


def test_who_is_revoked_is_shut_out(
    client: TestClient, issuer: LocalIssuer, filled: Database
) -> None:
    body = {"query": mutation_text("recordOfficial", "revision"), "variables": {"input": ADA}}
    headers = {"Authorization": f"Bearer {issuer.token()}"}
    client.post("/graphql", json=body, headers=headers)
    ((token_id,),) = filled.rows("select id from token where name = 'Ada Lovelace'")
    with database.write_transaction(filled.engine) as connection:
        tokens.revoke(connection, str(token_id))
        assert tokens.find_bearer(connection, f"kb_{token_id}_") is None
    later = issuer.token(nbf=int(time.time()) - 1)
    assert "shut out" in message(client, later)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"KB_OIDC_ISSUER": "http://login.example.org"}, "KB_OIDC_ISSUER: write the issuer's URL"),
        ({"KB_OIDC_ISSUER": "login"}, "KB_OIDC_ISSUER: write the issuer's URL"),
        ({"KB_OIDC_ISSUER": "https://login.example.org"}, "KB_OIDC_AUDIENCE: KB_OIDC_ISSUER needs"),
    ],
)
def test_an_issuer_that_is_none_is_told(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        read_settings()
    assert told in str(error.value)
