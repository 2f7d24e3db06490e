"""docker-compose.yml: what its containers may do, and its user of the database in a real one."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest
from ruamel.yaml import YAML

from kb.config import Settings
from tests.support import postgresql
from tests.support.command import run
from tests.support.documentation import ROOT
from tests.support.proxies import program

FILE = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = FILE["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_bounded(name: str) -> None:
    service = SERVICES[name]
    assert {"mem_limit", "pids_limit", "restart"} <= {*service}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"] == {"driver": "local"}
    image = service.get("image", "built:here")
    assert image.partition(":")[2] not in ("", "latest")


def test_the_app_is_told_settings_that_there_are() -> None:
    known = {f"KB_{name.upper()}" for name in Settings.model_fields}
    given = {name for name in SERVICES["app"]["environment"] if name.startswith("KB_")}
    assert given <= known


def test_only_the_proxy_tells_from_where_a_client_comes() -> None:
    trusted = SERVICES["app"]["environment"]["KB_TRUSTED_PROXIES"]
    address = SERVICES["proxy"]["networks"]["default"]["ipv4_address"]
    assert trusted == f"${{KB_TRUSTED_PROXIES-{address}}}"


@pytest.mark.long
def test_caddy_takes_its_file(tmp_path: Path) -> None:
    text = FILE["configs"]["caddyfile"]["content"]
    (tmp_path / "Caddyfile").write_text(
        text.replace("${KB_PUBLIC_URL:-https://localhost}", "https://example.org"), encoding="utf-8"
    )
    command = [program("caddy"), "validate", "--config", "Caddyfile"]
    subprocess.run(command, cwd=tmp_path, check=True, env={"HOME": str(tmp_path)})


@pytest.mark.long
def test_the_apps_user_is_no_superuser_and_needs_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = "'any\" $characters"
    script = tmp_path / "roles.sql"
    script.write_text(FILE["configs"]["roles"]["content"], encoding="utf-8")
    monkeypatch.delenv(postgresql.NAMED, raising=False)
    with postgresql.server() as url:
        psql = [postgresql.PSQL, "--set", "ON_ERROR_STOP=1", "--file", str(script), url]
        subprocess.run(psql, check=True, env=os.environ | {"KB_PASSWORD": password})
        ours = psycopg.conninfo.make_conninfo(url, user="kb", dbname="kb")
        with psycopg.connect(ours, password=password) as connection:
            query = "select rolsuper or rolcreaterole or rolcreatedb from pg_roles"
            named = connection.execute(f"{query} where rolname = 'kb'").fetchone()
            assert named == (False,)
        parts = psycopg.conninfo.conninfo_to_dict(ours)
        address = f"postgresql://kb@/kb?host={parts['host']}&port={parts.get('port', 5432)}"
        environment = {"KB_DATABASE_URL": address, "PGPASSWORD": password}
        for command in (["load", str(ROOT / "seeds")], ["check"], ["token", "create", "Ada"]):
            done = run(tmp_path, *command, **environment)
            assert done.returncode == 0, done.stderr
