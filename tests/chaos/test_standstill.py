"""A process that stands still again and again under load, as its host may let it, refuses nobody.

All instances on a machine do so at once: who is refused by one has no other to ask.
"""

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path
from random import Random

from kb.config import Settings
from tests.chaos.commands import address, at_free_port, start_command
from tests.chaos.figures import Chaos
from tests.chaos.load import Load
from tests.support.command import ask_server, await_port
from tests.support.databases import Place

SHORT, LONG = 8, 60
"""How often it stands still."""
STILL = 0.8
CLIENTS = 16


def test_who_comes_while_it_stands_still_is_answered(
    place: Place, migrated: Settings, tmp_path: Path, chaos: Chaos
) -> None:
    settings, random = at_free_port(place.create(migrated)), Random(1)
    command, load = start_command(tmp_path, settings, "serve"), Load()
    times, server = chaos.of(SHORT, LONG), address(settings)
    with ExitStack() as stack:
        stack.callback(command.kill)
        await_port(settings.port)

        def read(number: int) -> None:
            ask_server(server, f"{{ n{number}: revision }}")

        clients = [load.run("queries", read) for _ in range(CLIENTS)]
        stack.callback(load.ended.set)
        for _ in range(times):
            time.sleep(random.uniform(0.1, 0.4))
            os.kill(command.number, signal.SIGSTOP)
            time.sleep(STILL)
            os.kill(command.number, signal.SIGCONT)
        load.ended.set()
        for client in clients:
            client.join()
    assert load.faults == []
    result = f"{times} times for {STILL} s: {load.done['queries']:,} queries; none failed"
    chaos.tell("a process that stands still under load", settings, result)
