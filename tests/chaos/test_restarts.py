"""Two instances behind nginx, restarted by turns under load: nothing fails, or is done twice."""

import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from urllib.request import Request, urlopen

from kb.config import Settings
from tests.chaos import writer
from tests.chaos.commands import Command, address, at_free_port, start_command
from tests.chaos.curated import count_accepted, prepare_curated
from tests.chaos.figures import Chaos
from tests.chaos.load import Load
from tests.support.command import ask_server
from tests.support.databases import Place, open_database
from tests.support.proxies import nginx_command, running
from tests.support.service import free_port

SHORT, LONG = 3, 50
"""Restarts of each of the two."""
READERS = 4
PATIENCE = 60
PROXY = """upstream kb {{
    # Each request tries the other one by itself: none is held for lost meanwhile.
    server 127.0.0.1:{} max_fails=0; server 127.0.0.1:{} max_fails=0;
  }}
  server {{
    listen 127.0.0.1:{};
    location / {{
      proxy_pass http://kb; proxy_http_version 1.1;
      # A mutation that is sent again is not done again: it has its key.
      proxy_next_upstream error timeout http_503 non_idempotent;
    }}
  }}"""


def await_readiness(server: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with urlopen(f"{server}/readyz", timeout=5) as answer:
                if answer.status == HTTPStatus.OK:
                    return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(server)


def get(url: str) -> None:
    with urlopen(Request(url, headers={"Accept": "application/json"}), timeout=30) as answer:
        answer.read()


def kill_all(commands: Sequence[Command]) -> None:
    for command in commands:
        command.kill()


def test_restarts_by_turns_fail_no_request(
    place: Place, migrated: Settings, tmp_path: Path, chaos: Chaos
) -> None:
    service, turns = prepare_curated(place.create(migrated), tmp_path), chaos.of(SHORT, LONG)
    settings = [service.settings, at_free_port(service.settings)]
    commands: list[Command] = []
    load, port = Load(), free_port()
    with ExitStack() as stack:
        stack.callback(kill_all, commands)
        for each in settings:
            commands.append(start_command(tmp_path, each, "serve"))
            await_readiness(address(each))
        proxy = PROXY.format(*(each.port for each in settings), port)
        stack.enter_context(running(nginx_command(tmp_path, proxy), port))
        server = f"http://127.0.0.1:{port}"

        def write(number: int) -> None:
            writer.record(server, service.token, [writer.official("w", number)])

        def read(number: int) -> None:
            if number % 2:
                ask_server(server, f"{{ n{number}: revision }}")
            else:
                get(f"{server}/graphql?query={{n{number}:revision}}")

        clients = [load.run("mutations", write)]
        clients += [load.run("queries", read) for _ in range(READERS)]
        for turn in range(2 * turns):
            which = turn % 2
            os.kill(commands[which].number, signal.SIGTERM)
            assert commands[which].wait() == 128 + signal.SIGTERM
            commands[which] = start_command(tmp_path, settings[which], "serve")
            await_readiness(address(settings[which]))
        load.ended.set()
        for client in clients:
            client.join()
    assert load.faults == []
    with open_database(service.settings) as db:
        names = [f"Official w {number}" for number in range(load.done["mutations"])]
        assert count_accepted(db) == Counter(names)
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(load.done.items()))
    chaos.tell(
        "two instances behind nginx restarted by turns",
        service.settings,
        f"{2 * turns} restarts: {counts}; none failed, none was done twice",
    )
