"""Settings: what the environment says, checked at once.

In: environment variables that begin with `KB_`. Out: a frozen `Settings`, or a `SettingsError` that
lists every fault. A `KB_` name that is not documented here is a fault too, so that a misspelt
setting is never silently ignored.
"""

import os
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kb.errors import SettingsError

_PREFIX = "KB_"


class Settings(BaseSettings):
    """`KB_HOST`, `KB_PORT`: where to serve.

    `KB_DATABASE_URL`: `sqlite:///` and a path, or `postgresql://user:password@host/database`.
    `KB_KEPT_CHANGES`: how many changes the feed keeps, in whole commits; 0 keeps all.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    database_url: str = "sqlite:///kb.db"
    kept_changes: Annotated[int, Field(ge=0)] = 0

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, url: str) -> str:
        if url.startswith("postgresql://"):
            return url
        if not url.startswith("sqlite:///") or url in ("sqlite:///", "sqlite:///:memory:"):
            raise ValueError("write `sqlite:///` and the path of a file, or `postgresql://…`")
        return url

    @property
    def database_name(self) -> str:
        """The database as messages name it: without password."""
        if self.database_url.startswith("sqlite:///"):
            return self.database_url.removeprefix("sqlite:///")
        parts = urlsplit(self.database_url)
        return f"{parts.path.removeprefix('/')} on {parts.hostname or parts.query or 'localhost'}"


def read_settings() -> Settings:
    """The settings of this process; raises SettingsError with every fault in one message."""
    known = {_PREFIX + name.upper() for name in Settings.model_fields}
    faults = [
        f"{name} is not a setting; the settings are {', '.join(sorted(known))}"
        for name in sorted(os.environ)
        if name.startswith(_PREFIX) and name not in known
    ]
    try:
        settings = Settings()
    except ValidationError as error:
        faults += [
            f"{_PREFIX}{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()
        ]
    if faults:
        raise SettingsError("\n".join(faults))
    return settings
