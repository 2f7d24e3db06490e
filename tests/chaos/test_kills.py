"""`kb load` and `kb ingest`, killed at random moments while they write, and then run to the end."""

from pathlib import Path
from random import Random

import pytest

from kb.config import Settings
from tests.chaos.blows import KillOutcome, kill_while_writing, watch, writing_seconds
from tests.chaos.figures import Chaos
from tests.chaos.inputs import INPUTS, Input
from tests.chaos.siege import Siege
from tests.support.databases import Place

SHORT, LONG = 2, 125
"""Kills of each command on each engine."""


@pytest.mark.parametrize("given", INPUTS, ids=lambda command_input: str(command_input.command))
def test_a_killed_command_has_written_all_of_a_commit_or_nothing(
    place: Place, migrated: Settings, tmp_path: Path, chaos: Chaos, given: Input
) -> None:
    settings, random, blows = place.create(migrated), Random(given.command), list[KillOutcome]()
    with watch(settings) as watched:
        siege = Siege(settings, tmp_path, given)
        wrote = writing_seconds(siege.begin(), watched)
        siege.survey()
        while sum(blow.hit for blow in blows) < chaos.of(SHORT, LONG):
            blows.append(kill_while_writing(siege.begin(), watched, random.uniform(0, wrote)))
            siege.survey()
        siege.end()
    within = sum(blow.in_transaction for blow in blows)
    chaos.tell(
        f"`kb {given.command}` killed with -9",
        settings,
        f"{chaos.of(SHORT, LONG)} kills, {within} within a write transaction; none half-written,"
        f" {siege.commits} commits kept, {siege.copy.revision:,} changes without gaps",
    )
    assert within > 0
