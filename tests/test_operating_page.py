"""docs/operating.md, followed by someone new: from an empty Debian to the service behind TLS.

Each file and command comes from the page, in its order. What is not the page's own is an ACME
server in the place of a public one, that `example.org` is this machine, and a text to ingest.
"""

import json
import re
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.documentation import ROOT, sections
from tests.support.machine import Machine, empty_server
from tests.support.proxies import make_certificate
from tests.support.recipes import copy_tree

PAGE = sections("docs/operating.md")
OTHERS = {
    "With containers": "another installation, which tests/test_compose_up.py follows",
    "Many machines": "settings of several",
    "PostgreSQL": "of the containers'",
}
"""Sections that are not followed here, and why."""
CHECKOUT = "/root/checkout"
TEXTS = "{ articles(first: 100) { nodes { paragraphs { text } } } }"
WORDS = "The ferrymen of Zenda asked for a second boat."
LINE = r"Z info request id=\"\w+\" .* path=\"/states/UZ\" .* status=200 "
GO_ON = ("--silent", "--show-error", "--fail", "--retry", "20", "--retry-delay", "1")
"""Not every program is ready once it is started."""
AUTHORITY = "https://localhost:14000/dir"
CADDY = f"{{\n\tacme_ca {AUTHORITY}\n}}\n"
FILES = {
    "root/.config/letsencrypt/cli.ini": f"""\
        server = {AUTHORITY}
        agree-tos = true
        email = ada@example.org
        """,
    "etc/systemd/system/pebble.service": """\
        [Service]
        Environment=PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0
        ExecStart=/usr/bin/pebble -config /srv/pebble.json
        """,
    "srv/pebble.json": """\
        {"pebble": {
          "listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
          "certificate": "/srv/fullchain.pem", "privateKey": "/srv/privkey.pem",
          "httpPort": 80, "tlsPort": 443
        }}
        """,
}
"""Where certbot is told to go, and what it finds there."""


@pytest.mark.long
def test_someone_new_gets_from_an_empty_debian_to_tls(tmp_path: Path) -> None:
    with empty_server(tmp_path / "root", {"example.org": "127.0.0.1"}, "pebble") as machine:
        copy_tree(machine.root / CHECKOUT[1:])
        shutil.copy(ROOT / "tests/archive/tag.txt", machine.root / CHECKOUT[1:] / "page.txt")
        told = follow(machine, "The service")
        assert "ready\n" in told
        (token,) = re.findall(r"^kb_[\w-]+$", told, re.MULTILINE)
        assert re.search(r"^1 page: 3 articles added, 3 texts stored", told, re.MULTILINE)
        start_authority(machine)
        follow(machine, "Caddy")
        check_site(machine, token)
        machine.type("systemctl disable --now caddy")
        follow(machine, "nginx")
        check_site(machine, token)
        check_site(machine, token, "--resolve", "example.org:443:[::1]")
        check_renewal(machine)
        assert "written, as the stream" in follow(machine, "Back up")
        check_site(machine, token)
        assert (machine.root / "var/backups/kb.db").stat().st_size > 1_000_000
        assert "all as they were" in follow(machine, "Permanent links of answers")
        follow(machine, "Upgrade, and go back")
        check_site(machine, token)
        check_service(machine)


def test_the_rest_of_the_page_is_of_other_installations() -> None:
    followed = {
        *("The service", "Caddy", "nginx"),
        *("Back up", "Permanent links of answers", "Upgrade, and go back"),
    }
    assert {*PAGE} == followed | {*OTHERS}


def follow(machine: Machine, heading: str) -> str:
    """All that is printed on the way."""
    told = ""
    for language, text in PAGE[heading]:
        if named := re.match(r"# /(\S+)\n", text):
            before = CADDY if language == "caddy" else ""
            (machine.root / named[1]).write_text(before + text, encoding="utf-8")
        else:
            assert language == "sh", text
            told += machine.type(text, CHECKOUT)
    return told


def start_authority(machine: Machine) -> None:
    """One that asks by HTTP on port 80, or by TLS on 443, before it certifies a name."""
    for name, text in FILES.items():
        (machine.root / name).parent.mkdir(parents=True, exist_ok=True)
        (machine.root / name).write_text(dedent(text), encoding="utf-8")
    make_certificate(machine.root / "srv")
    machine.type(
        "cp /srv/fullchain.pem /usr/local/share/ca-certificates/pebble.crt"
        " && update-ca-certificates && systemctl start pebble"
    )
    root = ask(machine, "https://localhost:15000/roots/0", "--retry-connrefused")
    (machine.root / "srv/root.pem").write_text(root, encoding="utf-8")


def ask(machine: Machine, url: str, *options: str) -> str:
    """What a client outside gets, who trusts the authority alone."""
    command = " ".join(f"'{word}'" for word in ("curl", *GO_ON, *options, url))
    return machine.type(command)


def check_site(machine: Machine, token: str, *options: str) -> None:
    """That the service is at its public URL, certified, with links there and texts for bearers."""
    trusted = ("--cacert", "/srv/root.pem", "--retry-all-errors", *options)
    assert ask(machine, "https://example.org/kb/readyz", *trusted) == "ready\n"
    page = ask(
        machine, "https://example.org/kb/states/UZ", *trusted, "--header", "Accept: text/html"
    )
    assert '<link rel="canonical" href="https://example.org/kb/states/UZ">' in page
    moved = ask(
        machine, "http://example.org/kb", "--location", "--write-out", "%{url_effective}", *trusted
    )
    assert moved.endswith("https://example.org/kb/")
    query = ("--get", "--data-urlencode", f"query={TEXTS}", *trusted)
    bearer = ("--header", f"Authorization: Bearer {token}")
    for who, sees in ((), False), (bearer, True):
        answer = ask(machine, "https://example.org/kb/graphql", *query, *who)
        assert "errors" not in json.loads(answer)
        assert (WORDS in answer) is sees


def check_renewal(machine: Machine) -> None:
    """That a new certificate is got through the page's nginx, and shown by it."""
    serial = (
        "openssl s_client -connect example.org:443 -servername example.org </dev/null 2>/dev/null"
        " | openssl x509 -noout -serial"
    )
    before = machine.type(serial).strip()
    machine.type("certbot renew --force-renewal --no-random-sleep-on-renew")
    machine.type(
        f'for _ in {{1..50}}; do [ "$({serial})" != {before} ] && exit; sleep 0.1; done; exit 1'
    )


def check_service(machine: Machine) -> None:
    """That it runs as its own user, never failed, and tells of requests."""
    shown = machine.type("systemctl show kb --property ActiveState,NRestarts,User")
    assert {*shown.split()} == {"User=kb", "NRestarts=0", "ActiveState=active"}
    assert machine.type("systemctl --failed --quiet") == ""
    assert re.search(LINE, machine.type("journalctl --unit kb --no-pager"))
