"""How often each client may do something: a token bucket for each, kept as one number.

In: clients, each time they come. Out: the seconds until they may come again; 0 is now. A client is
an address, of IPv6 its network, as each household has one to choose addresses of; or whom a token
says. Only so many are remembered: who has not come for the longest time is forgotten first.
"""

import math
import time
from collections import OrderedDict
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from kb.admission.shared_counts import RateTable

BURST = 10
"""Seconds whose requests a client may send at once."""
_MOST_CHARACTERS = 50
"""Of what a proxy calls an address."""
_MOST_KEPT = 10_000
_HOUSEHOLD = 64
"""Bits of an address of IPv6 that are the same for one client."""


class _Recent(OrderedDict[str, float]):
    """What a process alone remembers of clients, as `RateTable` does of all workers'."""

    def put(self, client: str, full_at: float) -> None:
        self[client] = full_at
        self.move_to_end(client)
        if len(self) > _MOST_KEPT:
            self.popitem(last=False)


class Rates:
    """So many a second of each client in the long run, and so many at once after a pause."""

    def __init__(self, per_second: float, at_once: float, table: RateTable | None = None) -> None:
        """`table` is what workers count in together."""
        self.interval, self.depth = 1 / per_second, at_once / per_second
        """Seconds of one, and of all that may come at once."""
        self._full_at = table or _Recent()
        """When the bucket of each client is full again, by the monotonic clock."""

    def take(self, client: str) -> int:
        """Counts one, unless the client has to wait: then its seconds."""
        now = time.monotonic()
        full_at = max(self._full_at.get(client, now), now)
        late = full_at + self.interval - now - self.depth
        self._full_at.put(client, full_at if late > 0 else full_at + self.interval)
        return math.ceil(late) if late > 0 else 0

    def wait(self, client: str) -> int:
        """The seconds that the client has to wait; nothing is counted."""
        now = time.monotonic()
        late = self._full_at.get(client, now) + self.interval - now - self.depth
        return math.ceil(late) if late > 0 else 0


@lru_cache(_MOST_KEPT)
def network_of(address: str) -> str:
    """The address, or its network; empty for one of this machine, which nobody else can have."""
    try:
        known = ip_address(address)
    except ValueError:
        return address[:_MOST_CHARACTERS]
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped:
            return network_of(str(known.ipv4_mapped))
        if not known.is_loopback:
            return str(ip_network((known, _HOUSEHOLD), strict=False))
    return "" if known.is_loopback else address


def household_of(address: str) -> str:
    """Whose places are counted together: this machine's addresses have some, too."""
    return network_of(address) or address
