"""Web origins that may call the service from a browser, as `KB_CORS_ORIGINS` names them.

In: the text of that setting. Out: `Origins`, or ValueError with every fault, a line each. No entry
is repeated: a value in the wrong place may be secret.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address

_REMEDY = (
    "write an origin such as `https://app.example.org`, a pattern such as `https://*.example.org`,"
    " or `*` for any origin, which may then read"
)
_SUBDOMAINS = "*."
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last part of a host that makes it an address."""
_DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True)
class Origins:
    """`listed` are regular expressions, each for one origin or for subdomains."""

    listed: tuple[str, ...] = ()
    others_read: bool = False
    """Whether any other origin may send queries, without a token."""


ANY = Origins(others_read=True)
LOOPBACK = Origins((r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?",))
"""Pages that a program of this machine serves."""


def read_origins(text: str) -> Origins:
    """Origins between blanks or commas; none at all is allowed. Raises ValueError."""
    faults, listed = list[str](), list[str]()
    entries = text.replace(",", " ").lower().split()
    for number, entry in enumerate(entries, 1):
        try:
            if entry != "*":
                listed.append(_pattern(entry))
        except ValueError as error:
            faults.append(f"entry {number} {error}; {_REMEDY}")
    if faults:
        raise ValueError("\n".join(faults))
    return Origins(tuple(listed), "*" in entries)


def _pattern(entry: str) -> str:
    """As browsers send an origin: without a port that goes without saying."""
    scheme, _, rest = entry.partition("://")
    if scheme not in _DEFAULT_PORTS or not rest:
        raise ValueError("does not begin with `http://` or `https://` and a host")
    if not {*"/?#@\\"}.isdisjoint(rest):
        raise ValueError("has more than a scheme, a host and a port")
    host, port = _split_port(rest)
    if port == _DEFAULT_PORTS[scheme]:
        port = ""
    return f"{scheme}://{_host_pattern(host)}{re.escape(port and ':' + port)}"


def _split_port(rest: str) -> tuple[str, str]:
    host, colon, port = rest.rpartition(":")
    if not colon or rest.endswith("]"):
        return rest, ""
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("has a port that is no number from 1 to 65535")
    return host, str(int(port))


def _host_pattern(host: str) -> str:
    domain = host.removeprefix(_SUBDOMAINS)
    if "*" in domain or (domain != host and ("." not in domain or _is_address(domain))):
        raise ValueError("has a `*` that does not stand for subdomains of a domain")
    if domain != host:
        return rf"[a-z0-9._-]+\.{re.escape(_canonical(domain))}"
    return re.escape(_canonical(host))


def _is_address(host: str) -> bool:
    return host.endswith("]") or bool(_NUMBER.fullmatch(host.rpartition(".")[2]))


def _canonical(host: str) -> str:
    if _is_address(host):
        bare = host.removeprefix("[").removesuffix("]")
        try:
            address = ip_address(bare)
        except ValueError:
            raise ValueError("has a host that is no address") from None
        return str(address) if address.version == 4 else f"[{address}]"
    if not _NAME.fullmatch(host):
        raise ValueError("has a host that browsers write otherwise, in ASCII (`xn--…`)")
    return host
