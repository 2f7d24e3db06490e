"""Settings: what the command line and the environment say, checked at once.

In: options, environment variables that begin with `KB_`, and files of secrets. Out: a frozen
`Settings`, or a `SettingsError` that lists every fault; and warnings about `KB_` names that are no
settings, so that a misspelt one is noticed. Values are never repeated: one in the wrong place may
be secret.
"""

import os
import re
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from kb import database_url
from kb.errors import SettingsError
from kb.origins import ANY, LOOPBACK, Origins, read_origins
from kb.public_url import read_public_url
from kb.signed_note import read_signing_keys

_PREFIX = "KB_"
SECRETS = Path("/run/secrets")
"""Where containers have what is secret, a file each."""
_AUTO = "auto"
_MOST_WORKERS = 64
_HAS_WORKERS = sys.platform == "linux"
_COMPOSE = {"KB_PASSWORD_FILE", "KB_PUBLISH"}
"""What docker-compose.yml takes from the environment for itself."""
_SERVICE = re.compile(r"KB_(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)")
_SERVICE_PORT = re.compile(r"(?:tcp|udp|sctp)://")
"""What Kubernetes tells every container of a service that is named `kb`."""
_HOST_NAME = re.compile(r"(?!(?:.*\.)?(?:\d+|0[xX][\da-fA-F]*)\.?$)[\w-]+(?:\.[\w-]+)*\.?")
"""A host whose last part is a number is an address: what is none is refused, not completed."""


class Profile(StrEnum):
    """Which documents may be asked."""

    OPEN = "open"
    LOCKED = "locked"


class Audience(StrEnum):
    """To whom something is shown."""

    PUBLIC = "public"
    TOKEN = "token"
    AUTO = "auto"


class Keepers(StrEnum):
    """Who may have answers kept."""

    NONE = "none"
    TOKEN = "token"
    PUBLIC = "public"


class LogForm(StrEnum):
    """The form of the log's lines."""

    TEXT = "text"
    JSON = "json"


class Remedy(str):
    """What to write as the value of a setting."""


SHIPPED_SEEDS, NO_SEEDS = "shipped", "none"
"""In the place of a folder of seed files."""


class Settings(BaseSettings):
    """The settings, each with what it is for, which is its row in README's table."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    host: Annotated[
        str, Remedy("write an address or name of this machine, or 0.0.0.0 for all of it")
    ] = "127.0.0.1"
    """the address to serve on, as `kb serve --host`; `0.0.0.0` is all of the machine's"""
    port: Annotated[
        int, Field(ge=0, le=65535), Remedy("write a number from 0 to 65535; 0 is any free port")
    ] = 8000
    """the port, as `kb serve --port`; `0` is any free one, and is told"""
    database_password: Annotated[str, Field(repr=False), Remedy("write a text")] = ""
    """the password of the database's user, in any characters, where the URL has none; best in a
    file, `/run/secrets/kb_database_password`
    """
    database_url: Annotated[str, Field(repr=False), Remedy("write a URL in Unicode")] = (
        "sqlite:///kb.db"
    )
    """`sqlite:///` and the path of a file, or `postgresql://user:password@host/database`, as
    `--database` of every command, which takes a bare path too
    """
    replica_urls: Annotated[
        str,
        Field(repr=False),
        Remedy("write URLs of replicas beside a KB_DATABASE_URL of PostgreSQL, by blanks"),
    ] = ""
    """URLs of PostgreSQL's streaming replicas of the database, by blanks, that queries read from;
    none if empty
    """
    most_lag: Annotated[
        float, Field(ge=1, le=3600), Remedy("write a number of seconds from 1 to 3600")
    ] = 5.0
    """seconds by which a replica may lag and still be read"""
    workers: Annotated[
        int,
        Field(ge=1, le=_MOST_WORKERS),
        Remedy("write a number from 1 to 64, or auto; more than 1 on Linux"),
    ] = 1
    """how many processes answer on the one port ([docs/operating.md](docs/operating.md)): a number,
    or `auto`, as many as there are cores; more than one on Linux alone
    """
    kept_changes: Annotated[
        int, Field(ge=0, le=10**12), Remedy("write a number from 0 to 1000000000000")
    ] = 0
    """how many changes the feed keeps at least, and with them what was recorded after each (`at`);
    `0` keeps all
    """
    seeds: Annotated[
        str, Field(min_length=1), Remedy("write the path of a folder, `shipped` or `none`")
    ] = SHIPPED_SEEDS
    """what `kb serve` fills an empty database with: a folder of seed files, as `kb init` makes one,
    `shipped`, which are those of this project, or `none` ([docs/your-own.md](docs/your-own.md));
    its `sites` tell `kb ingest` how pages are read
    """
    documents: Annotated[str, Remedy("write the path of a folder")] = ""
    """a folder with manifests of clients' documents ([docs/documents.md](docs/documents.md)), which
    `documentId` names; none if empty
    """
    profile: Annotated[Profile, Remedy("write `open`, or `locked` beside KB_DOCUMENTS")] = (
        Profile.OPEN
    )
    """`open` answers any document; `locked` those of `KB_DOCUMENTS`, and tells nothing of the
    schema
    """
    public_url: Annotated[
        str, Remedy("write the URL that browsers see, such as `https://example.org/kb/`")
    ] = ""
    """the URL under which others see the service, such as `https://example.org/kb/`: links begin
    with its path, and what machines read with all of it; none if empty
    """
    trusted_proxies: Annotated[
        str, Remedy("write addresses and networks, such as `127.0.0.1 10.0.0.0/8`")
    ] = ""
    """addresses and networks of proxies, by blanks or commas, whose `X-Forwarded-For` tells from
    where a client comes; none if empty
    """
    cors_origins: Annotated[
        str, Remedy("write origins such as `https://app.example.org`, or `auto`")
    ] = _AUTO
    """whose pages may call from a browser, by blanks or commas: origins
    (`https://app.example.org`), subdomains (`https://*.example.org`), `*` for any, which may read;
    `auto` is `*`, but on a loopback address without `KB_PUBLIC_URL` the pages of the same machine;
    empty for none
    """
    text: Annotated[Audience, Remedy("write public, token or auto")] = Audience.AUTO
    """who may read ingested texts: `public` is all, `token` the bearers of a token, `auto` all
    while `KB_HOST` is a loopback address, there is no `KB_PUBLIC_URL` and `KB_CORS_ORIGINS` has no
    `*`, else the bearers of a token
    """
    read: Annotated[Literal[Audience.PUBLIC, Audience.TOKEN], Remedy("write public or token")] = (
        Audience.PUBLIC
    )
    """who may read at all: `public` is all, `token` the bearers of a token. Browsers send none by
    themselves, so that this closes the pages and GraphiQL to them
    """
    most_requests: Annotated[
        int, Field(ge=0, le=10**6), Remedy("write a number from 0 to 1000000")
    ] = 200
    """how many requests a second one client may send, by its token or address, and ten times as
    many at once; `0` is any number. Addresses of this machine have no limit, and behind a proxy
    that `KB_TRUSTED_PROXIES` does not name all are one client
    """
    answers: Annotated[Keepers, Remedy("write none, token or public")] = Keepers.NONE
    """who may make permanent links of answers ([docs/citing.md](docs/citing.md)): `none`, the
    bearers of a `token`, or `public`, all. Links that were made are answered whatever it is
    """
    most_answers: Annotated[
        int, Field(ge=1, le=10**7), Remedy("write a number from 1 to 10000000")
    ] = 10_000
    """how many permanent links there may be, each of at most 20,000 characters of query and
    variables
    """
    oidc_issuer: Annotated[
        str,
        Remedy("write the issuer's URL by https, such as `https://login.example.org/realms/kb`"),
    ] = ""
    """the issuer by OpenID Connect whose JWTs are taken beside tokens of our own; none if empty"""
    oidc_audience: Annotated[
        str, Field(validate_default=True), Remedy("write whom the issuer's tokens are for")
    ] = ""
    """for whom these JWTs must be (`aud`), such as `kb`"""
    oidc_role_claim: Annotated[str, Remedy("write the name of a claim")] = "roles"
    """the claim that gives the role of who bears one: `reader`, `curator` or `admin`, or a list"""
    signing_key: Annotated[
        str,
        Field(repr=False),
        Remedy("write what `kb keys create` printed, or several of these by blanks"),
    ] = ""
    """the private key that signs heads of the feed ([docs/copying.md](docs/copying.md)), as
    `kb keys create` makes it, or several by blanks, while one replaces another; best in a file,
    `/run/secrets/kb_signing_key`; none if empty
    """
    log: Annotated[LogForm, Remedy("write text or json")] = LogForm.TEXT
    """the form of the lines on standard error, of which each request has one
    ([docs/operating.md](docs/operating.md)): `text` or `json`
    """
    metrics_port: Annotated[
        int, Field(ge=0, le=65535), Remedy("write a number from 1 to 65535, or 0 for none")
    ] = 0
    """the port of `/metrics`, for Prometheus; `0` is none, and there are no metrics"""
    metrics_host: Annotated[
        str, Remedy("write an address or name of this machine, or 0.0.0.0 for all of it")
    ] = "127.0.0.1"
    """the address of `/metrics`, which whoever reaches it may read"""

    @field_validator("host", "metrics_host")
    @classmethod
    def _validate_host(cls, host: str) -> str:
        """Never all by accident, as an empty name would be."""
        bare = host.removeprefix("[").removesuffix("]") if host.endswith("]") else host
        try:
            return str(ip_address(bare))
        except ValueError:
            if bare == host and _HOST_NAME.fullmatch(host):
                return host
            raise ValueError(_remedy("host")) from None

    @field_validator("database_url")
    @classmethod
    def _validate_database_url(cls, url: str, others: ValidationInfo) -> str:
        database_url.validate_url(url)
        return database_url.with_password(url, others.data.get("database_password", ""))

    @field_validator("replica_urls")
    @classmethod
    def _validate_replica_urls(cls, text: str, others: ValidationInfo) -> str:
        """With the database's password, which replicas have from it."""
        urls, database = text.split(), others.data.get("database_url", database_url.POSTGRESQL)
        if urls and not database.startswith(database_url.POSTGRESQL):
            raise ValueError("SQLite has no replicas; leave it empty, or write another database")
        for url in urls:
            database_url.validate_url(url)
            if not url.startswith(database_url.POSTGRESQL):
                raise ValueError(_remedy("replica_urls"))
        password = others.data.get("database_password", "")
        return " ".join(database_url.with_password(url, password) for url in urls)

    @field_validator("workers", mode="before")
    @classmethod
    def _count_cores(cls, workers: object) -> object:
        """Those that this process may run on."""
        if workers != _AUTO:
            return workers
        return min(_MOST_WORKERS, len(os.sched_getaffinity(0))) if _HAS_WORKERS else 1

    @field_validator("workers")
    @classmethod
    def _validate_workers(cls, workers: int) -> int:
        if workers > 1 and not _HAS_WORKERS:
            raise ValueError(_remedy("workers"))
        return workers

    @field_validator("profile")
    @classmethod
    def _validate_profile(cls, profile: Profile, others: ValidationInfo) -> Profile:
        """Never locked without a key: nothing at all could be asked."""
        if profile is Profile.LOCKED and not others.data.get("documents"):
            raise ValueError("`locked` needs KB_DOCUMENTS, a folder with what may be asked")
        return profile

    @field_validator("oidc_issuer")
    @classmethod
    def _validate_oidc_issuer(cls, url: str) -> str:
        """By https, but on this machine: who could change its keys could be anybody."""
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        if url and not (parts.hostname and (parts.scheme == "https" or local)):
            raise ValueError(_remedy("oidc_issuer"))
        return url

    @field_validator("oidc_audience")
    @classmethod
    def _validate_oidc_audience(cls, audience: str, others: ValidationInfo) -> str:
        """Never without: tokens for others of the same issuer would be taken, too."""
        if others.data.get("oidc_issuer") and not audience:
            raise ValueError("KB_OIDC_ISSUER needs it; write whom the issuer's tokens are for")
        return audience

    @field_validator("signing_key")
    @classmethod
    def _validate_signing_key(cls, text: str) -> str:
        try:
            read_signing_keys(text)
        except ValueError:
            raise ValueError(_remedy("signing_key")) from None
        return text

    @property
    def is_locked(self) -> bool:
        return self.profile is Profile.LOCKED

    @field_validator("public_url")
    @classmethod
    def _validate_public_url(cls, url: str) -> str:
        return read_public_url(url) if url else url

    @property
    def public_path(self) -> str:
        """What the paths of links begin with: `/kb` of `https://example.org/kb/`."""
        return urlsplit(self.public_url).path

    @field_validator("trusted_proxies")
    @classmethod
    def _validate_trusted_proxies(cls, text: str) -> str:
        try:
            return " ".join(str(ip_network(part)) for part in text.replace(",", " ").split())
        except ValueError:
            raise ValueError(_remedy("trusted_proxies")) from None

    @field_validator("cors_origins")
    @classmethod
    def _validate_cors_origins(cls, text: str) -> str:
        if text != _AUTO:
            read_origins(text)
        return text

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the service."""
        if self.public_url:
            return False
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower().rstrip(".") == "localhost"

    @property
    def origins(self) -> Origins:
        if self.cors_origins == _AUTO:
            return LOOPBACK if self.is_local else ANY
        return read_origins(self.cors_origins)

    @property
    def shows_text(self) -> bool:
        """Whether ingested texts are for all who reach the address, or for bearers of tokens alone.

        By itself it is for all only where nobody else reaches it, by a browser of this machine
        neither.
        """
        if self.text is Audience.AUTO:
            return self.is_local and not self.origins.others_read
        return self.text is Audience.PUBLIC

    @property
    def database_name(self) -> str:
        """The database as messages name it: without user, password or parameters."""
        return database_url.display_name(self.database_url)


def read_settings(
    *, host: str | None = None, port: int | str | None = None, database_url: str | None = None
) -> Settings:
    """The settings of this process; raises SettingsError with every fault in one message.

    What is given here comes before the environment, and that before the files of `SECRETS`, each
    of which is named as the variable is, in small letters.
    """
    options = {"host": host, "port": port, "database_url": database_url}
    given = {name: value for name, value in options.items() if value is not None}
    if port is None and _SERVICE_PORT.match(os.environ.get("KB_PORT", "")):
        given["port"] = Settings.model_fields["port"].default
    try:
        # Each value is checked, whatever its type.
        return Settings(_secrets_dir=SECRETS if SECRETS.is_dir() else None, **given)  # type: ignore[arg-type]
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        messages = (message for fault in faults for message in _fault_messages(fault, given))
        raise SettingsError("\n".join(messages)) from None


def _fault_messages(fault: ErrorDetails, given: dict[str, str | int]) -> Iterator[str]:
    """What is wrong with a value, a sentence of our own words each, which repeats no value."""
    name = str(fault["loc"][0])
    place = f"--{name.partition('_')[0]}" if name in given else f"{_PREFIX}{name.upper()}"
    ours = fault.get("ctx", {}).get("error")
    for what in str(ours or _remedy(name)).splitlines():
        yield f"{place}: {what}"


def _remedy(name: str) -> str:
    field = Settings.model_fields[name]
    return next(part for part in field.metadata if isinstance(part, Remedy))


def name_warnings() -> Iterator[str]:
    """Warnings about `KB_` names in the environment that are ignored."""
    known = {_PREFIX + name.upper() for name in Settings.model_fields}
    unknown = {name for name in os.environ if name.startswith(_PREFIX)} - known
    kubernetes = {name for name in unknown if _SERVICE.fullmatch(name)}
    if _SERVICE_PORT.match(os.environ.get("KB_PORT", "")):
        kubernetes.add("KB_PORT")
    for names, what in (
        (kubernetes, "set by Kubernetes for a service named kb; give --host and --port instead"),
        (unknown & _COMPOSE, "read by docker-compose.yml alone"),
    ):
        if names:
            yield f"{', '.join(sorted(names))}: ignored, {what}"
    for name in sorted(unknown - kubernetes - _COMPOSE):
        near = get_close_matches(name, known, n=1) or sorted(known)
        yield f"{name}: ignored, it is not a setting; did you mean {' or '.join(near)}?"
