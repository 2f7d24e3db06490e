"""Who is connected: how many at once, in all and from one address.

In: connections that are made and lost, and how many files the system lets a process open. Out:
whether there is room for one more. One address has at most half of all, so that it cannot lock out
the others, and a proxy in front of everybody still has enough. Of addresses of IPv6 those of one
network count as one.
"""

import logging
import sys
import time
from collections import Counter

from uvicorn.server import ServerState

from kb.admission.rates import household_of

_LOGGER = logging.getLogger("kb")
MOST = 5_000
"""Connections at once; each takes some 20 kB."""
MOST_OTHER_FILES = 100
"""Files that are left for the database, downloads and all else."""
_MOST_FILES = 65_536
_LOGGED = 60.0
"""Seconds between two lines of the log that say that there is no room."""


class Connections(ServerState):
    """uvicorn's own state of a server, with the addresses that are connected."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self._by_address: Counter[str] = Counter()
        self._refused, self._logged_at = 0, -_LOGGED

    def admit(self, address: str) -> bool:
        """Whether one more of this address may stay; who may not is logged now and then."""
        household = household_of(address)
        here = self._by_address[household]
        if self._by_address.total() < self.most and here < max(1, self.most // 2):
            self._by_address[household] = here + 1
            return True
        if not here:
            del self._by_address[household]
        self._log_refusal(address)
        return False

    def release(self, address: str) -> None:
        household = household_of(address)
        self._by_address[household] -= 1
        if not self._by_address[household]:
            del self._by_address[household]

    def _log_refusal(self, address: str) -> None:
        self._refused += 1
        if (now := time.monotonic()) - self._logged_at >= _LOGGED:
            what = "%d connections were refused, the last of %s: %d are all that there may be"
            _LOGGER.warning(what, self._refused, address, self.most)
            self._refused, self._logged_at = 0, now


def most_connections() -> int:
    """As many as the process may open files for; raises its limit to what the system allows."""
    if sys.platform == "win32":
        return MOST
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    files = _MOST_FILES if soft == resource.RLIM_INFINITY else soft
    return max(1, min(MOST, files - MOST_OTHER_FILES))
