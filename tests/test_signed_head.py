"""Heads of the change feed, signed: each follows the one before, or betrays what was altered."""

import json
import re
import runpy
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography.exceptions import InvalidSignature
from starlette.testclient import TestClient

from kb.app import create_app
from kb.commit.feed import begin_stream
from kb.config import read_settings
from kb.errors import SettingsError
from kb.signed_note import SigningKey, read_signing_keys, sign
from tests.support.command import run
from tests.support.consumers import DOCS
from tests.support.curated import curator, expect_payload
from tests.support.databases import Database, SqlitePlace, open_database, prepare
from tests.support.feeds import feed
from tests.support.seed_texts import ARTICLES, write_seed_texts

Line = dict[str, object]
Altered = Callable[[list[Line]], Iterable[Line]]
NAME = "example.org/kb"
# The example of Go's package `note`, whose keys and signatures these are.
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n"
)


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.make(NAME)


def served(db: Database, *keys: SigningKey) -> TestClient:
    texts = " ".join(key.text for key in keys)
    return TestClient(create_app(db.settings.model_copy(update={"signing_key": texts})))


def head_of(db: Database) -> int:
    return int(str(feed(db)["head"]))


def as_it_is(lines: list[Line]) -> list[Line]:
    return lines


class Verifier:
    """The documented script, asking a client's application as a server that alters changes."""

    def __init__(self, client: TestClient, key: SigningKey, file: Path) -> None:
        self.client, self.key, self.file = client, key, file
        self.altered: Altered = as_it_is

    def answer(self, address: str) -> bytes:
        response = self.client.get(address)
        assert response.status_code == 200, response.text
        if not address.startswith("/changes"):
            return response.content
        lines = self.altered([json.loads(line) for line in response.text.splitlines()])
        return "".join(f"{json.dumps(line)}\n" for line in lines).encode()

    @contextmanager
    def _address(self) -> Iterator[str]:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = answer(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                del format, args

        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()

    def run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with self._address() as address:
            arguments = ["verify.py", address, self.key.verifier, str(self.file)]
            monkeypatch.setattr(sys, "argv", arguments)
            runpy.run_path(str(DOCS / "verify.py"))

    def is_refused(self, monkeypatch: pytest.MonkeyPatch) -> bool:
        """With the head in the file as it was before."""
        before = self.file.read_bytes() if self.file.exists() else None
        with suppress(SystemExit, AssertionError):
            self.run(monkeypatch)
            return False
        # `assert` of a script raises, too.
        return before == (self.file.read_bytes() if self.file.exists() else None)


@pytest.fixture
def verifier(four_commits: Database, key: SigningKey, tmp_path: Path) -> Iterator[Verifier]:
    with served(four_commits, key) as client:
        yield Verifier(client, key, tmp_path / "head.txt")


def test_one_head_follows_another(
    verifier: Verifier,
    four_commits: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    verifier.run(monkeypatch)
    first = head_of(four_commits)
    assert capsys.readouterr().out == f"{first} changes lead to revision {first}, as signed.\n"
    assert verifier.file.read_text().splitlines()[1] == str(first)
    dated = ARTICLES.replace("1950-05-09", "1952-05-09")
    four_commits.load(write_seed_texts(tmp_path, articles=dated))
    verifier.run(monkeypatch)
    head = head_of(four_commits)
    told = f"{head - first} changes lead to revision {head}, as signed.\n"
    assert head > first
    assert capsys.readouterr().out == told


def test_what_was_taken_down_is_still_proven(
    verifier: Verifier, four_commits: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier.run(monkeypatch)
    ((article,),) = four_commits.rows("select key from article order by key limit 1")
    expect_payload(curator(four_commits).ask("retractArticle", "id", slug=article))
    verifier.run(monkeypatch)
    verifier.file.unlink()
    query = "select revision from change where op = 'UPSERT' and document is null"
    erased = four_commits.rows(query)
    assert len(erased) > 1
    verifier.run(monkeypatch)
    verifier.file.unlink()
    for (revision,) in erased:
        verifier.altered = partial(alter_one, int(str(revision)), rehashed)
        assert verifier.is_refused(monkeypatch), revision


def rehashed(line: Line) -> list[Line]:
    return [{**line, "documentHash": "0" * 64}]


def dropped(line: Line) -> list[Line]:
    del line
    return []


def doubled(line: Line) -> list[Line]:
    return [line, line]


def renamed(line: Line) -> list[Line]:
    return [{**line, "recordId": f"{line['recordId']}x"}]


def reworded(line: Line) -> list[Line]:
    document = str(line["document"] or "{ }")
    return [{**line, "document": document.replace('"', "'", 1).replace(" ", "  ", 1)}]


def revived(line: Line) -> list[Line]:
    return [{**line, "document": None if line["document"] else "{}"}]


@pytest.mark.parametrize("alter", [dropped, doubled, renamed, reworded, revived])
@pytest.mark.sweep
def test_what_is_altered_is_refused(
    verifier: Verifier,
    four_commits: Database,
    alter: Callable[[Line], list[Line]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Any change, whichever it is, on the way from the first to the last."""
    # What comes after the last is not read.
    for revision in range(1, head_of(four_commits) + (alter is not doubled)):
        verifier.altered = partial(alter_one, revision, alter)
        assert verifier.is_refused(monkeypatch), revision


def alter_one(
    revision: int, alter: Callable[[Line], list[Line]], lines: list[Line]
) -> Iterator[Line]:
    for line in lines:
        yield from alter(line) if line.get("revision") == revision else [line]


def test_what_changes_places_is_refused(
    verifier: Verifier, four_commits: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two changes of one commit, too."""
    for revision in range(2, head_of(four_commits) + 1):
        verifier.altered = partial(swap, revision)
        assert verifier.is_refused(monkeypatch), revision


def swap(revision: int, lines: list[Line]) -> list[Line]:
    """With the change before it."""
    places = [place for place, line in enumerate(lines) if line.get("revision") == revision]
    for place in places:
        lines[place - 1 : place + 1] = reversed(lines[place - 1 : place + 1])
    return lines


def test_another_history_is_refused(
    verifier: Verifier, four_commits: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A head that is kept is followed by none of a history that was written anew, however alike."""
    verifier.run(monkeypatch)
    # Of a chain that begins with a zero, too, it is another one.
    rewritten = "case when chain like '0%' then '1' else '0' end || substr(chain, 2)"
    for table in ("head", "change"):
        four_commits.run(f"update {table} set chain = {rewritten}")
    assert verifier.is_refused(monkeypatch)
    with four_commits.engine.begin() as connection:
        begin_stream(connection)
    assert verifier.is_refused(monkeypatch)


def test_who_signed_is_told(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of another, and a signature under another text, are refused."""
    verifier.run(monkeypatch)
    verifier.file.write_text(verifier.file.read_text().replace("\n", "0\n", 1))
    with pytest.raises(InvalidSignature):
        verifier.run(monkeypatch)
    verifier.file.unlink()
    verifier.key = SigningKey.make(NAME)
    with pytest.raises(ValueError, match="unpack"):
        verifier.run(monkeypatch)


def test_nothing_committed_is_not_signed(key: SigningKey, tmp_path: Path) -> None:
    with open_database(prepare(SqlitePlace(tmp_path).create())) as db, served(db, key) as client:
        response = client.get("/feed/head")
        assert (response.status_code, response.json()["code"]) == (404, "HEAD_UNSIGNED")
        db.load(write_seed_texts(tmp_path))
        assert client.get("/feed/head").status_code == 200


def test_a_head_has_the_form_of_a_checkpoint(four_commits: Database, key: SigningKey) -> None:
    other = SigningKey.make("example.net/kb")
    with served(four_commits, key, other) as client:
        response = client.get("/feed/head")
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        text, _, signatures = response.text.rpartition("\n\n")
        origin, revision, digest = text.split("\n")
        ((stream,),) = four_commits.rows("select stream from head")
        assert (origin, int(revision)) == (f"{NAME}/{stream}", head_of(four_commits))
        assert re.fullmatch(r"[0-9A-Za-z+/]{43}=", digest)
        assert response.text == sign(f"{text}\n", (key, other))
        assert len(signatures.splitlines()) == 2
        assert client.get("/feed/key").text == f"{key.verifier}\n{other.verifier}\n"
        tag = {"if-none-match": response.headers["etag"]}
        assert client.get("/feed/head", headers=tag).status_code == 304


def test_without_a_key_nothing_is_signed(four_commits: Database) -> None:
    with served(four_commits) as client:
        for path in ("/feed/head", "/feed/key"):
            response = client.get(path)
            assert response.status_code == 404
            assert response.json()["code"] == "HEAD_UNSIGNED"
            assert "KB_SIGNING_KEY" in response.json()["remedy"]


def test_notes_are_those_of_other_programs() -> None:
    (key,) = read_signing_keys(PRIVATE)
    assert (key.text, key.verifier) == (PRIVATE, VERIFIER)
    assert sign(TEXT, (key,)) == f"{TEXT}\n{SIGNATURE}"


@pytest.mark.parametrize(
    "text",
    [
        "x",
        VERIFIER,
        PRIVATE.replace("c74f20a3", "c74f20a4"),
        PRIVATE.replace("PeterNeumann", "Peter"),
        PRIVATE[:-4],
        PRIVATE.replace("+AY", "+BY"),
        f"{PRIVATE} x",
    ],
)
def test_what_is_no_key_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_SIGNING_KEY", text)
    with pytest.raises(SettingsError) as error:
        read_settings()
    assert "KB_SIGNING_KEY: write what `kb keys create` printed" in str(error.value)
    assert text not in str(error.value)


def test_keys_are_made_and_shown(tmp_path: Path) -> None:
    made = run(tmp_path, "keys", "create", NAME).stdout.strip()
    (key,) = read_signing_keys(made)
    shown = run(tmp_path, "keys", "show", KB_SIGNING_KEY=made).stdout
    assert shown == f"{key.verifier}\n"
    refused = run(tmp_path, "keys", "create", "a b")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "without blanks" in refused.stderr
    assert run(tmp_path, "keys", "show").returncode == 1
