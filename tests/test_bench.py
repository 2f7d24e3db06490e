"""The benchmark works, at a tiny size: all answer alike, and every figure is a number.

How fast anything is, no test asks.
"""

from pathlib import Path

import pytest

from tests.bench import rates, report, rounds
from tests.bench.load import open_load
from tests.bench.peers import PEERS, install_peers
from tests.bench.rates import Store
from tests.bench.rounds import TENFOLD, Pace
from tests.bench.shapes import PEERED, SHAPES
from tests.bench.subject import CONTENDERS, subject
from tests.bench.world import Sizes
from tests.bench.worlds import Worlds
from tests.support import npm_packages
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
    assert (report.WITHOUT_PEERS in text) == (engine == "sqlite")


@pytest.mark.long
def test_every_peer_answers_alike_and_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peers = install_peers()
    if not peers:
        pytest.skip(capsys.readouterr().err)
    world = Worlds(tmp_path, "").of("sqlite", TINY, fed=False)
    shapes = [shape for shape in SHAPES if shape.name in PEERED]
    with subject(world, TINY, ("ours", *peers), shapes) as base, open_load() as measure:
        figures = rounds.compare_peers(base, Pace(1, 0.02), measure)
    assert list(figures) == [*PEERED]
    for measured in figures.values():
        assert measured.keys() == {"cached", "uncached", *PEERS}
        assert all(of_contender.rate > 0 for of_contender in measured.values())
    lines = report.describe_peers(figures).splitlines()[4:]
    ratios = [float(line.split("|")[-2]) for line in lines]
    assert len(ratios) == len(PEERED)
    assert ratios == sorted(ratios)


def test_peers_that_cannot_be_had_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(npm_packages, "INSTALLED", tmp_path / "installed")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    assert install_peers() == ()
    assert "npm cannot fetch them" in capsys.readouterr().err
    assert not any((tmp_path / "installed").iterdir())
