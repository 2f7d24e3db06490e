"""`KB_CORS_ORIGINS`: which origins it names, and what is told of those that are none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.config import Settings, read_settings
from kb.errors import SettingsError
from kb.origins import ANY, LOOPBACK, Origins, read_origins


def lists(origins: Origins, origin: str) -> bool:
    return any(re.fullmatch(pattern, origin) for pattern in origins.listed)


@pytest.mark.parametrize(
    ("entry", "origin"),
    [
        ("https://app.example.org", "https://app.example.org"),
        ("HTTPS://App.Example.org:443", "https://app.example.org"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://localhost:080", "http://localhost"),
        ("http://[0:0::1]:3000", "http://[::1]:3000"),
        ("http://10.0.0.1", "http://10.0.0.1"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://*.example.org", "https://a.example.org"),
        ("https://*.example.org", "https://a-1.b_2.example.org"),
        ("https://*.example.org:8443", "https://a.example.org:8443"),
    ],
)
def test_an_origin_is_listed_as_browsers_send_it(entry: str, origin: str) -> None:
    assert lists(read_origins(entry), origin)


@pytest.mark.parametrize(
    ("entry", "origin"),
    [
        ("https://app.example.org", "http://app.example.org"),
        ("https://app.example.org", "https://app.example.org:8443"),
        ("https://app.example.org", "https://appxexample.org"),
        ("https://app.example.org", "https://app.example.org.evil.example"),
        ("https://*.example.org", "https://example.org"),
        ("https://*.example.org", "https://evilexample.org"),
        ("https://*.example.org", "https://evil.example/.example.org"),
        ("https://*.example.org", "https://a.example.org.evil.example"),
        ("https://*.example.org", "https://a.example.org:8443"),
        ("https://*.example.org", "http://a.example.org"),
        ("https://*.example.org", "null"),
        ("*", "https://app.example.org"),
        ("", "https://app.example.org"),
    ],
)
def test_no_other_is(entry: str, origin: str) -> None:
    assert not lists(read_origins(entry), origin)


def test_entries_stand_between_blanks_or_commas() -> None:
    origins = read_origins(" https://a.example,http://b.example ,\n https://*.c.example, * ")
    assert origins.others_read
    for origin in ("https://a.example", "http://b.example", "https://x.c.example"):
        assert lists(origins, origin)
    assert not read_origins("https://a.example").others_read


NO_SCHEME = "does not begin with `http://` or `https://` and a host"
MORE = "has more than a scheme, a host and a port"
NO_SUBDOMAINS = "has a `*` that does not stand for subdomains of a domain"
NO_NAME = "has a host that browsers write otherwise, in ASCII (`xn--…`)"
NO_ADDRESS = "has a host that is no address"
NO_PORT = "has a port that is no number from 1 to 65535"
FAULTS = {
    "app.example.org": NO_SCHEME,
    "null": NO_SCHEME,
    "auto": NO_SCHEME,
    "https:": NO_SCHEME,
    "https://": NO_SCHEME,
    "ftp://app.example.org": NO_SCHEME,
    "*.example.org": NO_SCHEME,
    "https://app.example.org/": MORE,
    "https://app.example.org/kb": MORE,
    "https://user@app.example.org": MORE,
    "https://app.example.org?a": MORE,
    "https://*": NO_SUBDOMAINS,
    "https://*.org": NO_SUBDOMAINS,
    "https://a.*.example.org": NO_SUBDOMAINS,
    "https://*.*.example.org": NO_SUBDOMAINS,
    "https://a*.example.org": NO_SUBDOMAINS,
    "https://*.10.0.0.1": NO_SUBDOMAINS,
    "https://bücher.example": NO_NAME,
    "https://app.example.org.": NO_NAME,
    "https://*..example.org": NO_NAME,
    "https://:80": NO_NAME,
    "http://127.1": NO_ADDRESS,
    "http://[::1": NO_NAME,
    "http://[app.example]": NO_ADDRESS,
    "http://localhost:": NO_PORT,
    "http://localhost:*": NO_PORT,
    "http://localhost:0": NO_PORT,
    "http://localhost:65536": NO_PORT,
    "http://localhost:٣": NO_PORT,
}


@pytest.mark.parametrize(("entry", "what"), FAULTS.items())
def test_what_is_no_origin_is_told_and_not_repeated(entry: str, what: str) -> None:
    with pytest.raises(ValueError, match=r"^entry 2 ") as raised:
        read_origins(f"https://a.example {entry}")
    told = str(raised.value)
    assert told.startswith(f"entry 2 {what}; write an origin such as `https://app.example.org`")
    assert "\n" not in told


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        origins = read_origins(text)
    except ValueError:
        return
    for pattern in origins.listed:
        re.compile(pattern)


def test_each_fault_has_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_CORS_ORIGINS", "canary https://a.example https://canary/")
    with pytest.raises(SettingsError) as raised:
        read_settings()
    first, second = str(raised.value).splitlines()
    assert first.startswith(f"KB_CORS_ORIGINS: entry 1 {NO_SCHEME}; ")
    assert second.startswith(f"KB_CORS_ORIGINS: entry 3 {MORE}; ")
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("host", "origins"),
    [
        ("127.0.0.1", LOOPBACK),
        ("127.0.0.5", LOOPBACK),
        ("::1", LOOPBACK),
        ("Localhost", LOOPBACK),
        ("0.0.0.0", ANY),
        ("::", ANY),
        ("10.0.0.1", ANY),
        ("kb.example", ANY),
    ],
)
def test_who_may_read_what_only_this_machine_reaches(host: str, origins: Origins) -> None:
    """Unless it is set otherwise, a site that somebody visits reads nothing of their machine."""
    assert Settings(host=host).origins == origins
    assert Settings(host=host, cors_origins="").origins == Origins()


@pytest.mark.parametrize(
    ("origin", "listed"),
    [
        ("http://localhost", True),
        ("http://localhost:5173", True),
        ("https://127.0.0.1:1", True),
        ("http://[::1]:3000", True),
        ("http://localhost.evil.example", False),
        ("http://evil-localhost", False),
        ("http://127.0.0.1.evil.example:80", False),
        ("null", False),
    ],
)
def test_pages_of_the_same_machine(origin: str, listed: bool) -> None:
    assert lists(LOOPBACK, origin) is listed
