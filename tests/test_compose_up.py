"""docs/operating.md's part on containers, followed by a Docker Engine and Compose of Debian's.

Each command comes from the page, in its order. What is not the page's own is the site's name, which
is certified by Caddy's own authority, a text to ingest, and the images: none is the one that the
files name by its digest. `tests/images` makes some that look like them.
"""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.documentation import ROOT, sections
from tests.support.engine import docker_engine
from tests.support.machine import Machine
from tests.support.recipes import copy_tree

CHECKOUT = "/root/kb"
START, REPLICA, PROMOTE, FOLLOW = (
    text for language, text in sections("docs/operating.md")["With containers"] if language == "sh"
)
SITE = "https://localhost"
CURL = "curl --silent --show-error --retry 30 --retry-delay 1 --retry-all-errors --fail"
WRITE = 'mutation { recordScheme(input: {slug: "%s", name: "%s"}) { __typename } }'
READ = '{ node(id: "Scheme:%s") { id } }'
CONFINED = """\
docker compose exec -T app grep -E '^(Cap|NoNewPrivs)' /proc/1/status
docker compose exec -T app sh -c 'id --user; touch /app/x 2>&1 || true'
"""
"""That nothing can be written is what the last one has to tell, which fails therefore."""
POWERFUL = """\
select rolname, rolpassword, rolvaliduntil from pg_authid
where rolsuper or rolcreaterole or rolcreatedb or rolbypassrls"""
"""Who has no password is reached from within the container alone."""
CLIENTS = """\
select distinct usename from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()"""
SENDER = "select sender_host from pg_stat_wal_receiver where status = 'streaming'"
READERS = """\
docker compose logs app | grep 'queries read from kb on standby' |
  cut --delimiter ' ' --fields 1 | sort --unique | wc --lines"""
AWAITED = "for _ in {1..60}; do [ \"$(%s)\" = '%s' ] && exit; sleep 0.5; done; exit 1"


@dataclass
class Site:
    """What the page's commands have put up, as root of a hardened server types them.

    What they export holds for those that follow.
    """

    machine: Machine
    exported: str = "umask 077\n"
    token: str = ""

    def type(self, commands: str) -> str:
        told = self.machine.type(self.exported + commands, CHECKOUT)
        self.exported += "".join(re.findall(r"^export .*\n", commands, re.MULTILINE))
        return told

    def ask(self, query: str, *options: str) -> str:
        """What a client gets that trusts the proxy's authority, and goes on asking."""
        body = json.dumps({"query": query})
        sent = f"{' '.join(options)} --json '{body}'"
        return self.type(f"{CURL} --cacert root.crt {sent} {SITE}/graphql")

    def write(self, name: str) -> None:
        """By the token; until a primary is found it is refused with 503, and sent again."""
        bearer = f"--header 'Authorization: Bearer {self.token}'"
        answer = self.ask(WRITE % (name, name), bearer)
        assert answer == '{"data":{"recordScheme":{"__typename":"RecordSchemePayload"}}}'

    def reads(self, name: str) -> bool:
        answer = json.loads(self.ask(READ % name))
        return bool(answer == {"data": {"node": {"id": f"Scheme:{name}"}}})

    def select(self, server: str, query: str) -> str:
        return self.type(_psql(server, query)).strip()

    def await_selected(self, server: str, query: str, answer: str) -> None:
        self.type(AWAITED % (_psql(server, query), answer))


def _psql(server: str, query: str) -> str:
    options = "--username postgres --dbname kb --tuples-only --no-align"
    return f'docker compose exec -T {server} psql {options} --command "{query}"'


@pytest.mark.long
def test_the_page_is_followed_from_an_empty_folder_to_a_second_failover(tmp_path: Path) -> None:
    with docker_engine(tmp_path / "root") as machine:
        _copy_checkout(machine.root / CHECKOUT[1:])
        site = Site(machine)
        _start(site)
        _check_confined(site)
        _take_down_and_up(site)
        _add_standby(site)
        _lose(site, "database", "standby")
        _take_down_and_up(site, "--profile proxy --profile replica", "--scale app=2")
        _lose(site, "standby", "database")


def _copy_checkout(folder: Path) -> None:
    """By whose files images are named without the digests that no image made here has."""
    copy_tree(folder)
    shutil.copy(ROOT / "tests/archive/tag.txt", folder / "page.txt")
    for name in ("Dockerfile", "docker-compose.yml"):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(re.sub(r"@sha256:\w+", "", text), encoding="utf-8")


def _start(site: Site) -> None:
    told = site.type(START.replace("https://example.org", SITE))
    (site.token,) = re.findall(r"^kb_[\w-]+$", told, re.MULTILINE)
    assert re.search(r"^1 page: 3 articles added, 3 texts stored", told, re.MULTILINE)
    assert (site.machine.root / CHECKOUT[1:] / "kb.dump").read_bytes().startswith(b"PGDMP")
    site.type("docker compose cp proxy:/data/caddy/pki/authorities/local/root.crt root.crt")
    assert site.type(f"{CURL} --cacert root.crt {SITE}/readyz") == "ready\n"
    assert site.type(f"{CURL} http://127.0.0.1:8000/readyz") == "ready\n"
    assert site.ask('{ state(code: "UZ") { name } }') == '{"data":{"state":{"name":"Uzbekistan"}}}'


def _check_confined(site: Site) -> None:
    told = site.type(CONFINED)
    assert re.findall(r"^Cap\w+:\t(\w+)$", told, re.MULTILINE) == ["0" * 16] * 5
    assert {"NoNewPrivs:\t1", "10001"} < {*told.splitlines()}
    assert "Read-only file system" in told
    assert site.select("database", POWERFUL) == "postgres||"
    assert site.select("database", CLIENTS) == "kb"


def _take_down_and_up(site: Site, options: str = "--profile proxy", scale: str = "") -> None:
    """Twice the same is written, the second time as it is."""
    site.write("kept")
    site.type(f"docker compose {options} down && docker compose {options} up --detach {scale}")
    assert site.reads("kept")
    site.write("kept")


def _add_standby(site: Site) -> None:
    site.type(REPLICA)
    site.await_selected("standby", SENDER, "database")
    site.write("followed")
    site.await_selected("standby", "select 1 from scheme where key = 'followed'", "1")
    site.type(AWAITED % (READERS, 2))


def _lose(site: Site, lost: str, promoted: str) -> None:
    """The page has `database` lost, and another time the same with names exchanged."""
    promote, follow = (_exchange(block, lost, promoted) for block in (PROMOTE, FOLLOW))
    site.type(promote)
    assert site.reads("kept")
    site.write(f"taken-by-{promoted}")
    site.type(follow)
    site.await_selected(lost, SENDER, promoted)
    site.write(f"sent-by-{promoted}")
    sent = f"select count(*) from scheme where key like '%-by-{promoted}'"
    site.await_selected(lost, sent, "2")
    assert site.reads(f"sent-by-{promoted}")


def _exchange(block: str, lost: str, promoted: str) -> str:
    names = {"database": lost, "standby": promoted}
    return re.sub(r"\b(database|standby)\b", lambda found: names[found[0]], block)
