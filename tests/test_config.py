"""Settings: from options and the environment, every fault told at once, and no value repeated."""

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from kb import config
from kb.config import Settings, name_warnings, read_settings
from kb.errors import SettingsError


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KB_")]:
        monkeypatch.delenv(name)


def test_defaults() -> None:
    settings = read_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_name == "kb.db"


def test_replicas_are_those_of_a_server_and_have_its_password() -> None:
    settings = Settings(
        database_url="postgresql://kb@a/kb",
        database_password="the one",
        replica_urls=" postgresql://kb@b/kb\n postgresql://kb:own@c/kb ",
    )
    first, second = map(conninfo_to_dict, settings.replica_urls.split())
    assert (first["host"], first["password"]) == ("b", "the one")
    assert (second["host"], second["password"]) == ("c", "own")
    assert "own" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "replicas", "told"),
    [
        ("sqlite:///kb.db", "postgresql://b/kb", "SQLite has no replicas"),
        ("postgresql://a/kb", "postgresql://b/kb sqlite:///kb.db", "by blanks"),
        ("postgresql://a/kb", "postgresql://kb:secret@b@c/kb", "an `@` too many"),
    ],
)
def test_what_is_no_replica_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str, replicas: str, told: str
) -> None:
    monkeypatch.setenv("KB_REPLICA_URLS", replicas)
    with pytest.raises(SettingsError, match="KB_REPLICA_URLS: ") as refused:
        read_settings(database_url=url)
    assert told in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_PORT", "9000")
    monkeypatch.setenv("KB_DATABASE_URL", "sqlite:////data/kb.db")
    settings = read_settings()
    assert settings.port == 9000
    assert settings.database_name == "/data/kb.db"


def test_options_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_PORT", "many")
    monkeypatch.setenv("KB_DATABASE_URL", "mysql://somewhere")
    settings = read_settings(host="::1", port=1, database_url="sqlite:///a.db")
    assert (settings.host, settings.port, settings.database_name) == ("::1", 1, "a.db")


def test_secrets_are_files_and_come_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    password = "any: '@/?#%&\" \\ one"
    (tmp_path / "kb_database_password").write_text(f"{password}\n", encoding="utf-8")
    (tmp_path / "kb_port").write_text("9000", encoding="utf-8")
    monkeypatch.setattr(config, "SECRETS", tmp_path)
    monkeypatch.setenv("KB_HOST", "::1")
    settings = read_settings(database_url="postgresql://kb@a,b/kb?sslmode=require")
    assert (settings.host, settings.port) == ("::1", 9000)
    parts = conninfo_to_dict(settings.database_url)
    assert (parts["user"], parts["password"], parts["host"]) == ("kb", password, "a,b")
    assert (parts["dbname"], parts["sslmode"]) == ("kb", "require")
    assert settings.database_name == "kb on a,b"
    assert "any" not in repr(settings)
    monkeypatch.setenv("KB_PORT", "8001")
    assert read_settings().port == 8001


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("postgresql://", "a b"),
        ("postgresql://u:own@h/d", "own"),
        ("postgresql://h?password=o", "o"),
    ],
)
def test_a_password_beside_the_url_is_for_those_without(
    monkeypatch: pytest.MonkeyPatch, url: str, password: str
) -> None:
    monkeypatch.setenv("KB_DATABASE_PASSWORD", "a b")
    assert conninfo_to_dict(read_settings(database_url=url).database_url)["password"] == password
    assert read_settings(database_url="sqlite:///a.db").database_url == "sqlite:///a.db"


@pytest.mark.parametrize(("said", "count"), [("1", 1), ("12", 12), ("auto", None)])
def test_workers(monkeypatch: pytest.MonkeyPatch, said: str, count: int | None) -> None:
    monkeypatch.setenv("KB_WORKERS", said)
    assert read_settings().workers == (count or len(os.sched_getaffinity(0)))


@pytest.mark.parametrize("said", ["0", "65", "-1", "all", "", "1.5"])
def test_what_is_no_number_of_workers(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("KB_WORKERS", said)
    with pytest.raises(SettingsError, match="KB_WORKERS: write a number from 1 to 64"):
        read_settings()


def test_every_fault_at_once_in_our_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOST", "PORT", "KEPT_CHANGES", "DATABASE_URL"):
        monkeypatch.setenv(f"KB_{name}", "canary canary")
    with pytest.raises(SettingsError) as raised:
        read_settings(port=70_000)
    assert str(raised.value).splitlines() == [
        "KB_HOST: write an address or name of this machine, or 0.0.0.0 for all of it",
        "--port: write a number from 0 to 65535; 0 is any free port",
        "KB_DATABASE_URL: write `sqlite:///` and the path of a file, or"
        " `postgresql://user:password@host/database`",
        "KB_KEPT_CHANGES: write a number from 0 to 1000000000000",
    ]


@pytest.mark.parametrize(
    ("host", "read"),
    [
        ("0.0.0.0", "0.0.0.0"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("localhost", "localhost"),
        ("kb_1.example.", "kb_1.example."),
    ],
)
def test_a_host(host: str, read: str) -> None:
    assert read_settings(host=host).host == read


@pytest.mark.parametrize(
    "host",
    ["", " ", "0", "00", "127.1", "0x7f.1", "01.2.3.4", "*", "[::1", "host:80", "[a]", "a b"],
)
def test_none_is_served_on_that_was_not_named(host: str) -> None:
    """What a system takes for all its addresses, or completes to one."""
    with pytest.raises(SettingsError, match="--host: write an address"):
        read_settings(host=host)


KUBERNETES = {
    "KB_PORT": "tcp://10.0.0.1:8000",
    "KB_PORT_8000_TCP": "tcp://10.0.0.1:8000",
    "KB_PORT_8000_TCP_ADDR": "10.0.0.1",
    "KB_SERVICE_HOST": "10.0.0.1",
    "KB_SERVICE_PORT": "8000",
    "KB_SERVICE_PORT_HTTP": "8000",
}


def test_what_a_platform_sets_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (KUBERNETES | {"KB_PASSWORD_FILE": "x", "KB_PUBLISH": "80"}).items():
        monkeypatch.setenv(name, value)
    assert read_settings().port == 8000
    assert read_settings(port=1).port == 1
    assert [*name_warnings()] == [
        f"{', '.join(KUBERNETES)}: ignored, set by Kubernetes for a service named kb;"
        " give --host and --port instead",
        "KB_PASSWORD_FILE, KB_PUBLISH: ignored, read by docker-compose.yml alone",
    ]


def test_a_name_that_is_no_setting_is_told_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KB_DATABSE_URL", "canary")
    monkeypatch.setenv("KB_KEPT_CHANGE", "canary")
    monkeypatch.setenv("KB_PORT", "9000")
    assert [*name_warnings()] == [
        "KB_DATABSE_URL: ignored, it is not a setting; did you mean KB_DATABASE_URL?",
        "KB_KEPT_CHANGE: ignored, it is not a setting; did you mean KB_KEPT_CHANGES?",
    ]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://user:canary@h1:1,h2:2/db?application_name=canary", "db on h1,h2"),
        ("postgresql:///db?host=/var/run/postgresql&password=canary", "db on /var/run/postgresql"),
        ("postgresql://user:can%40ary@[::1]:5432/db", "db on ::1"),
        ("postgresql://user:can#ary@h/db", "db on h"),
        (
            "postgresql://?service=canary&passfile=/canary",
            "the default database on the default server",
        ),
        ("postgresql://user@/db?hostaddr=10.0.0.1&password=can@ary", "db on 10.0.0.1"),
        ("sqlite:////data/kb.db", "/data/kb.db"),
    ],
)
def test_a_database_is_named_by_itself_and_its_host(url: str, name: str) -> None:
    settings = read_settings(database_url=url)
    assert settings.database_name == name
    assert "canary" not in repr(settings)


SPECIAL = "@/?#:%&=[] +"
passwords = st.text(st.sampled_from(SPECIAL + "12ab"), min_size=1, max_size=6)


@given(st.sampled_from(["", "12"]), passwords, passwords)
@example("", "?@", "/")
def test_a_password_that_is_not_encoded_is_told_nobody(port: str, before: str, after: str) -> None:
    """Wherever a URL's parser would put a piece of it: whole, or the URL is refused."""
    url = f"postgresql://user:{port}{before}canary{after}@host/db"
    try:
        settings = read_settings(database_url=url)
        told = f"{settings.database_name} {settings!r}"
    except SettingsError as error:
        told = str(error)
    assert "canary" not in told


def test_a_file_is_not_named_by_two_parsers_in_two_ways() -> None:
    with pytest.raises(SettingsError, match="without a question mark"):
        read_settings(database_url="sqlite:///kb.db?mode=ro")
    assert Settings(database_url="sqlite:///a%20b.db").database_name == "a%20b.db"


@pytest.mark.parametrize(
    ("host", "text", "shown"),
    [
        *((host, "auto", True) for host in ("127.0.0.1", "127.8.9.1", "::1", "localhost")),
        *((host, "auto", False) for host in ("0.0.0.0", "::", "10.0.0.1", "kb.example.org")),
        ("0.0.0.0", "public", True),
        ("127.0.0.1", "token", False),
    ],
)
def test_texts_are_shown_where_nobody_else_comes(
    monkeypatch: pytest.MonkeyPatch, host: str, text: str, shown: bool
) -> None:
    monkeypatch.setenv("KB_TEXT", text)
    assert read_settings(host=host).shows_text is shown


@pytest.mark.parametrize(
    ("origins", "shown"), [("https://a.example", True), ("https://a.example, *", False)]
)
def test_texts_are_not_shown_to_each_site_that_is_visited(
    monkeypatch: pytest.MonkeyPatch, origins: str, shown: bool
) -> None:
    monkeypatch.setenv("KB_CORS_ORIGINS", origins)
    assert read_settings().shows_text is shown
    monkeypatch.setenv("KB_TEXT", "public")
    assert read_settings().shows_text


def test_who_may_read_is_one_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_TEXT", "all")
    monkeypatch.setenv("KB_READ", "auto")
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert str(raised.value).splitlines() == [
        "KB_TEXT: write public, token or auto",
        "KB_READ: write public or token",
    ]
