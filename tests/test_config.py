"""Settings: read from the environment, and every fault told at once."""

import os

import pytest

from kb.config import read_settings
from kb.errors import SettingsError


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KB_")]:
        monkeypatch.delenv(name)


def test_defaults() -> None:
    settings = read_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_name == "kb.db"


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_PORT", "9000")
    monkeypatch.setenv("KB_DATABASE_URL", "sqlite:////data/kb.db")
    settings = read_settings()
    assert settings.port == 9000
    assert settings.database_name == "/data/kb.db"


def test_every_fault_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_PROT", "9000")
    monkeypatch.setenv("KB_PORT", "many")
    monkeypatch.setenv("KB_DATABASE_URL", "mysql://somewhere")
    with pytest.raises(SettingsError) as raised:
        read_settings()
    unknown, *others = str(raised.value).splitlines()
    assert unknown == (
        "KB_PROT is not a setting; the settings are KB_DATABASE_URL, KB_HOST, KB_KEPT_CHANGES,"
        " KB_PORT"
    )
    assert [line.split(":")[0] for line in sorted(others)] == ["KB_DATABASE_URL", "KB_PORT"]
