"""A command that is hindered again and again, and a database that must stay whole all the while.

In: a database, and an input for the command. Out: after each attempt, whether it wrote all; it
fails a test where a commit was written by half, or where anything else is wrong with the database.
"""

from collections import Counter
from pathlib import Path

from kb.config import Settings
from tests.chaos.commands import Command, start_command
from tests.chaos.copies import FeedCopy
from tests.chaos.inputs import Generations, Input
from tests.chaos.past import prove_past
from tests.support.databases import open_database


class Siege:
    """Each generation of the input is written over the one before; `commits` are those kept."""

    def __init__(self, settings: Settings, folder: Path, given: Input) -> None:
        self._settings, self._folder, self._given = settings, folder, given
        (folder / "input").mkdir()
        self.copy, self.commits, self._generation = FeedCopy(), 0, 0
        assert self.begin().fault() == ""
        self._units = self._look()

    def begin(self) -> Command:
        """The command, for the next generation."""
        self._generation += 1
        folder = self._folder / "input"
        self._given.write(folder, self._generation)
        return start_command(self._folder, self._settings, self._given.command, str(folder))

    def survey(self) -> bool:
        """Whether all of the generation is there; what is, is so in whole commits and in order."""
        before, self._units = self._units, self._look()
        new = Counter({self._generation: self._given.rows})
        allowed = [(new,) * number + before[number:] for number in range(len(before) + 1)]
        self.commits += (number := allowed.index(self._units))
        return number == len(before)

    def end(self) -> None:
        """Run to its end, it writes all; nothing is wrong then, the past included."""
        assert self.begin().fault() == ""
        assert self.survey()
        assert set(self.copy.commits[len(self._units) :]) == {self._given.changes}
        assert start_command(self._folder, self._settings, "check").fault() == ""
        with open_database(self._settings) as db:
            prove_past(db, self.copy.changes)

    def _look(self) -> Generations:
        with open_database(self._settings) as db:
            self.copy.follow(db)
            self.copy.prove(db)
            return self._given.read(db)
