"""`kb check` takes hardly more memory for more records: real processes, watched by the kernel."""

from pathlib import Path

import pytest

from kb import database
from tests.bench.copies import add_all_trigrams, multiply
from tests.bench.larger import THOUSAND, first_copy
from tests.support.command import KB, bare_environment
from tests.support.databases import settings_of
from tests.support.residence import measure_residence

pytestmark = pytest.mark.long
FEW, MANY = 10, 30
"""Copies of a thousand records."""
MOST = 30_000
"""KiB more for so many more records; with all of their rows held it was 87,000."""


def check_memory(file: Path, copies: int) -> int:
    engine = database.open_engine(first_copy(settings_of(file), THOUSAND))
    multiply(engine, copies)
    add_all_trigrams(engine)
    engine.dispose()
    checked = measure_residence([KB, "check", "--database", file], bare_environment())
    assert checked.output.endswith(" records checked: no fault\n")
    return checked.kib


def test_memory_hardly_grows_with_the_records(tmp_path: Path) -> None:
    few, many = (check_memory(tmp_path / f"{copies}.db", copies) for copies in (FEW, MANY))
    assert many - few < MOST
