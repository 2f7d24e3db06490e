"""The benchmark works, at a tiny size: all answer alike, and every figure is a number.

How fast anything is, no test asks.
"""

from pathlib import Path

import pytest

from tests.bench import rates, report, rounds
from tests.bench.load import open_load
from tests.bench.rates import Store
from tests.bench.rounds import TENFOLD, Pace
from tests.bench.shapes import SHAPES
from tests.bench.subject import CONTENDERS, subject
from tests.bench.world import Sizes
from tests.bench.worlds import Worlds
from tests.support.databases import Place, PostgresqlPlace, SqlitePlace

TINY = Sizes(6, 6, 10, 30, 12, 10, 10, 100, 200)


@pytest.fixture(scope="module")
def worlds(place: Place, tmp_path_factory: pytest.TempPathFactory) -> tuple[Worlds, str]:
    folder = tmp_path_factory.mktemp("worlds")
    if isinstance(place, SqlitePlace):
        return Worlds(folder, ""), "sqlite"
    assert isinstance(place, PostgresqlPlace)
    return Worlds(folder, place.server), "postgresql"


@pytest.mark.long
def test_every_server_and_shape_is_measured(
    worlds: tuple[Worlds, str], tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, engine = worlds
    pace = Pace(1, 0.02)
    for name in ("_TIMES", "_PAGES"):
        monkeypatch.setattr(rates, name, 1)
    world = made.of(engine, TINY, fed=True)
    with subject(world, TINY) as base, open_load() as measure:
        round_ = rounds.run_rounds(base, base, pace, measure)
        store = Store(world, world, place, tmp_path, engine)
        measured = list(rates.rates(store, base.servers["ours"]))
        soaked = list(rounds.soak(base, 10, 0.01, measure))
    for shape in SHAPES:
        contenders = {*CONTENDERS, TENFOLD} - (set() if shape.rivalled else {"idiomatic"})
        assert round_.figures[shape.name].keys() == contenders
        for figures in round_.figures[shape.name].values():
            assert figures.rate > 0
            assert 0 < figures.median <= figures.p99
    assert all(figure.value > 0 for figure in measured)
    assert soaked[-1][0] >= 10
    written = tmp_path / "speed.md"
    written.write_text(f"Of yesterday\n{report.TRIED}\nkept\n", encoding="utf-8")
    report.write_report([round_], measured, pace, written)
    text = written.read_text(encoding="utf-8")
    assert text.endswith(f"{report.TRIED}\nkept\n")
    assert "Of yesterday" not in text
    assert all(shape.name in text for shape in SHAPES)
