"""What names a database, understood in one place.

In: the text of `KB_DATABASE_URL`. Out: what is wrong with it, the path of a file, or the database's
name as messages have it. None of them repeats a password, or any parameter: a fault is told in
words of ours, because the driver's would quote the piece that it does not understand.
"""

import re
from pathlib import Path
from urllib.parse import quote

from psycopg import Error
from psycopg.conninfo import conninfo_to_dict, timeout_from_conninfo

SQLITE, POSTGRESQL = "sqlite:///", "postgresql://"
_FORMS = "write `sqlite:///` and the path of a file, or `postgresql://user:password@host/database`"
_ENCODE = (
    "write each special character of user and password by its percent code (`@` is %40, `/` is %2F,"
    " `:` is %3A, `?` is %3F, `#` is %23, `%` is %25), or give the password as KB_DATABASE_PASSWORD"
)

_PARAMETER = re.compile(r"\b(?:host(?:addr)?|port|dbname|user|password|service)\s*=", re.I)
_USER = re.compile(r"\A[^@/]*@")
"""As far as PostgreSQL takes what begins a URL for user and password."""


def validate_url(url: str) -> None:
    """Raises ValueError, which says what to write."""
    if url.startswith(POSTGRESQL):
        _check_postgresql(url)
    elif not url.startswith(SQLITE) or url in (SQLITE, f"{SQLITE}:memory:"):
        raise ValueError(_FORMS)
    elif _PARAMETER.search(url):
        # As `psql` takes them; none is repeated, for one may be a password.
        raise ValueError(_FORMS)
    elif "?" in url:
        raise ValueError("write the path of a file behind `sqlite:///`, without a question mark")


def _check_postgresql(url: str) -> None:
    try:
        parts = conninfo_to_dict(url)
    except (Error, UnicodeError):
        raise ValueError(f"the URL is not understood; {_ENCODE}") from None
    path = _USER.sub("", url.removeprefix(POSTGRESQL)).partition("?")[0].partition("/")[2]
    # An `@`, `/` or `?` of a password makes the rest of it a host, a port or a database.
    if "@" in f"{parts.get('host', '')}{path}" or not _are_ports(str(parts.get("port", ""))):
        raise ValueError(f"the URL has an `@` too many, or no port where one should be; {_ENCODE}")
    try:
        timeout_from_conninfo(parts)
    except Error:
        raise ValueError("write a number of seconds as connect_timeout") from None


def _are_ports(ports: str) -> bool:
    """As many as there are hosts; an empty one is the usual one."""
    return all(not port or (port.isascii() and port.isdigit()) for port in ports.split(","))


def with_password(url: str, password: str) -> str:
    """The URL with that password, if it is one of PostgreSQL and has none."""
    if not password or not url.startswith(POSTGRESQL) or conninfo_to_dict(url).get("password"):
        return url
    return f"{url}{'&' if '?' in url else '?'}password={quote(password, safe='')}"


def path_of(url: str) -> Path:
    """The path of SQLite's file."""
    return Path(url.removeprefix(SQLITE))


def display_name(url: str) -> str:
    """The database and its host, or the file: never a user, a password or a parameter."""
    if url.startswith(SQLITE):
        return url.removeprefix(SQLITE)
    parts = conninfo_to_dict(url)
    database = parts.get("dbname") or "the default database"
    return f"{database} on {parts.get('host') or parts.get('hostaddr') or 'the default server'}"
