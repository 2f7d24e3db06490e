"""`kb load` and `kb ingest`, killed at random moments while they write, and then run to the end."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from kb.config import Settings
from tests.chaos.commands import Blow, Command, Watch, start, watch
from tests.chaos.copy import Copy
from tests.chaos.figures import Chaos
from tests.chaos.inputs import INPUTS, Generations, Input
from tests.databases import Place, open_database
from tests.test_cli import DATABASE_URL, run

SHORT, LONG = 6, 250
"""Kills of each command on each engine."""


@pytest.mark.parametrize("given", INPUTS, ids=lambda one: str(one.command))
def test_a_killed_command_has_written_all_of_a_commit_or_nothing(
    place: Place, migrated: Settings, tmp_path: Path, chaos: Chaos, given: Input
) -> None:
    settings = place.create(migrated)
    with watch(settings) as watched:
        siege = Siege(settings, tmp_path, given, watched)
        for number in range(chaos.of(SHORT, LONG)):
            siege.strike(Random(number))
        siege.end()
    hits = sum(blow.hit for blow in siege.blows)
    told = f"{len(siege.blows)} kills, of which {hits} before the end and "
    told += f"{sum(blow.in_transaction for blow in siege.blows)} within a write transaction; "
    told += f"{siege.kept} commits kept; 0 half-written, {siege.copy.revision:,} changes, 0 gaps"
    chaos.tell(f"`kb {given.command}` killed", settings, told)
    assert hits > len(siege.blows) / 2


class Siege:
    """One database under kills; each generation of the input is written over the one before."""

    def __init__(self, settings: Settings, folder: Path, given: Input, watch: Watch) -> None:
        self._settings, self._folder, self._given, self._watch = settings, folder, given, watch
        (folder / "input").mkdir()
        self._generation = 0
        self._command().end()
        self._duration = self._command().end()
        self.copy, self.blows = Copy(), list[Blow]()
        self._units = self._look()
        self.kept = 0

    def strike(self, random: Random) -> None:
        self.blows.append(self._command().kill(random.uniform(0, self._duration)))
        before, self._units = self._units, self._look()
        self.kept += self._whole(before).index(self._units)

    def end(self) -> None:
        """Run to its end, it writes all; the command finds nothing wrong either."""
        self._command().end()
        before, self._units = self._units, self._look()
        assert self._units == self._whole(before)[-1]
        assert set(self.copy.commits[len(self._units) :]) == {self._given.changes}
        done = run(self._folder, "check", **{DATABASE_URL: self._settings.database_url})
        assert (done.returncode, done.stderr) == (0, "")

    def _command(self) -> Command:
        self._generation += 1
        folder = self._folder / "input"
        self._given.write(folder, self._generation)
        return start(self._folder, self._settings, self._watch, self._given.command, str(folder))

    def _look(self) -> Generations:
        with open_database(self._settings) as db:
            self.copy.follow(db)
            self.copy.prove(db)
            return self._given.read(db)

    def _whole(self, before: Generations) -> list[Generations]:
        """What may be there: of the units, written in order, so many are of this generation."""
        new = Counter({self._generation: self._given.rows})
        return [(new,) * number + before[number:] for number in range(len(before) + 1)]
