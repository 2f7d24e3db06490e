"""The fixture `chaos`, and the table of its figures at the end of the long form."""

import pytest

from tests.chaos.figures import Chaos

_CHAOS = pytest.StashKey[Chaos]()


@pytest.fixture(scope="session")
def chaos(request: pytest.FixtureRequest) -> Chaos:
    long = request.config.getoption("--chaos")
    return request.config.stash.setdefault(_CHAOS, Chaos(long))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    chaos = config.stash.get(_CHAOS, Chaos(long=False))
    if chaos.long:
        terminalreporter.write_line("\n".join(["", *chaos.table()]))
