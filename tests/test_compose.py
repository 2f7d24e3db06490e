"""docker-compose.yml: what its containers may do, and its user of the database in a real one."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import ip_address, ip_network
from pathlib import Path

import psycopg
import pytest
from ruamel.yaml import YAML

from kb.config import Settings
from tests.support import postgresql
from tests.support.command import run
from tests.support.documentation import ROOT, blocks_in
from tests.support.proxies import program

FILE = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = FILE["services"]
SECRET = "kb_database_password"


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_bounded(name: str) -> None:
    service = SERVICES[name]
    assert {"mem_limit", "pids_limit", "restart"} <= {*service}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"] == {"driver": "local"}


def test_every_image_is_named_by_version_and_digest() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    built_from = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    images = [service["image"] for service in SERVICES.values() if "image" in service]
    assert (len(built_from), len(images)) == (2, 3)
    for image in (*built_from, *images):
        assert re.fullmatch(r"[a-z]+:\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}", image)


def test_the_app_is_told_settings_that_there_are() -> None:
    known = {f"KB_{name.upper()}" for name in Settings.model_fields}
    given = {name for name in SERVICES["app"]["environment"] if name.startswith("KB_")}
    assert given <= known
    assert {SECRET.upper()} == {secret.upper() for secret in SERVICES["app"]["secrets"]} < known


def test_no_password_stands_in_an_environment() -> None:
    for service in SERVICES.values():
        assert not [name for name in service.get("environment", ()) if name.endswith("PASSWORD")]


def test_a_standby_is_what_the_primary_is() -> None:
    database, standby = SERVICES["database"], SERVICES["standby"]
    assert (database["image"], database["secrets"]) == (standby["image"], standby["secrets"])
    assert {*database["volumes"]}.isdisjoint(standby["volumes"])


def test_only_the_proxy_tells_from_where_a_client_comes() -> None:
    trusted = SERVICES["app"]["environment"]["KB_TRUSTED_PROXIES"]
    address = SERVICES["proxy"]["networks"]["default"]["ipv4_address"]
    assert trusted == f"${{KB_TRUSTED_PROXIES-{address}}}"
    # It could not start where another, that started first, was given its address.
    (pool,) = FILE["networks"]["default"]["ipam"]["config"]
    assert ip_address(address) in ip_network(pool["subnet"])
    assert ip_address(address) not in ip_network(pool["ip_range"])


@pytest.mark.long
def test_caddy_takes_its_file(tmp_path: Path) -> None:
    text = FILE["configs"]["caddyfile"]["content"]
    (tmp_path / "Caddyfile").write_text(
        text.replace("${KB_PUBLIC_URL:-https://localhost}", "https://example.org"), encoding="utf-8"
    )
    command = [program("caddy"), "validate", "--config", "Caddyfile"]
    subprocess.run(command, cwd=tmp_path, check=True, env={"HOME": str(tmp_path)})


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Of the app, with a database as a new volume has it, and of what runs beside that."""
    folder, password = tmp_path_factory.mktemp("compose"), "'any\" $characters"
    script = folder / "roles.sql"
    roles = FILE["configs"]["roles"]["content"].replace("/run/secrets", str(folder))
    script.write_text(roles, encoding="utf-8")
    (folder / SECRET).write_text(f"{password}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.delenv(postgresql.NAMED, raising=False)
        url = stack.enter_context(postgresql.server())
        psql = [
            f"{postgresql.PROGRAMS}/psql",
            "--set",
            "ON_ERROR_STOP=1",
            "--file",
            str(script),
            url,
        ]
        subprocess.run(psql, check=True)
        parts = psycopg.conninfo.conninfo_to_dict(url)
        yield {
            "KB_DATABASE_URL": "postgresql://kb@/kb",
            "PGHOST": str(parts["host"]),
            "PGPORT": str(parts.get("port", 5432)),
            "PGPASSWORD": password,  # Of pg_dump and pg_restore.
            "PATH": f"{postgresql.PROGRAMS}:{os.environ['PATH']}",
        }


def done(folder: Path, environment: dict[str, str], *arguments: str) -> str:
    command = run(folder, *arguments, **environment)
    assert command.returncode == 0, command
    return command.stdout


@pytest.mark.long
def test_the_apps_user_is_no_superuser_and_needs_no_more(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    done(tmp_path, environment, "load", str(ROOT / "seeds"))
    done(tmp_path, environment, "token", "create", "Ada")
    with psycopg.connect(
        environment["KB_DATABASE_URL"], host=environment["PGHOST"], port=environment["PGPORT"]
    ) as connection:
        query = "select rolsuper or rolcreaterole or rolcreatedb from pg_roles where rolname = "
        assert connection.execute(query + "current_user").fetchone() == (False,)


@pytest.mark.long
def test_it_is_dumped_and_restored_as_the_guide_says(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    done(tmp_path, environment, "load", str(ROOT / "seeds"))
    within = "docker compose exec -T database "
    shown = "".join(blocks_in("docs/operating.md", "sh")).splitlines()
    dump, restore = (line.removeprefix(within) for line in shown if line.startswith(within))
    for command in (dump, restore):
        subprocess.run(command, shell=True, check=True, cwd=tmp_path, env=environment)
    assert "New stream" in done(tmp_path, environment, "migrate", "--new-stream")
    assert "no fault" in done(tmp_path, environment, "check")


@pytest.mark.long
def test_a_standby_begins_anew_where_its_copy_was_broken_off_or_lost(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """The slot of the one before is still there; what it had is kept, until the next time."""
    (tmp_path / SECRET).write_text("", encoding="utf-8")
    script = FILE["configs"]["follow"]["content"].replace("$$", "$")
    script = script.replace("/run/secrets", str(tmp_path))
    command = ["bash", "-euc", script, "bash", environment["PGHOST"]]
    data, before = tmp_path / "data", tmp_path / "data.old"
    for _ in range(2):
        Path(f"{data}.new").mkdir()
        subprocess.run(command, check=True, env=environment | {"PGDATA": str(data)})
        assert (data / "standby.signal").exists()
        shutil.rmtree(data)
    for _ in range(2):
        data.mkdir()
        (data / "lost").touch()
        subprocess.run(command, check=True, env=environment | {"PGDATA": str(data)})
        assert [path.name for path in before.iterdir()] == ["lost"]
        shutil.rmtree(data)
