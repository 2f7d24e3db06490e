"""Operations that would wait too long for the database, told before they are taken up.

In: whole requests of a crowd, before anything of them is read. Out: of one that is sure to be
refused where it asks the database, what its operation is; None for all else. It is sure of what was
planned before, for the same shape of variables, and sent without a token: such a refusal takes a
part of what it takes to get there, and there may be nine of them to an answer.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from kb.admission.rates import Rates, network_of
from kb.database.read_pool import Reader
from kb.server.bearers import AUTHORIZATION
from kb.server.fast_path import FastPath, whole_request
from kb.server.heads import head_of
from kb.telemetry.record import OperationLabel

_FORWARDED = b"x-forwarded-for"
_METHODS = {"GET", "POST"}


async def _nobody(*_: object) -> None:
    """Behind the proxies' middleware, which is asked for addresses alone."""


class LargeOperation(NamedTuple):
    """As it is recorded."""

    label: OperationLabel
    price: int


class LargeOperations:
    """Of those who have no token."""

    def __init__(
        self,
        fast_path: FastPath,
        reader: Reader,
        paths: Collection[str],
        rates: Rates | None,
        proxies: Sequence[str],
    ) -> None:
        """`paths` are those of GraphQL; `proxies` tell the addresses of their clients."""
        self._fast_path, self._reader, self._paths = fast_path, reader, paths
        self._rates = rates
        self._proxies = ProxyHeadersMiddleware(_nobody, [*proxies]).trusted_hosts

    @property
    def are_refused(self) -> bool:
        """Whether one was of late."""
        return self._reader.is_refusing

    def find_refused(self, scope: Scope, body: bytes) -> LargeOperation | None:
        """One that is refused now, unless its client has sent too many."""
        head = head_of(scope)
        if (
            scope["path"] not in self._paths
            or scope["method"] not in _METHODS
            or AUTHORIZATION in head
            or len(head) < len(scope["headers"])
        ):
            return None
        request = whole_request(scope, body)
        planned = self._fast_path.find_planned(request) if request else None
        if planned is None:
            return None
        label, pieces, cost = planned
        return LargeOperation(label, cost) if self._reader.refuses(pieces, cost) else None

    def is_too_often(self, scope: Scope) -> bool:
        """Counts it of its client, unless that has sent as many as it may: then so it is told."""
        client = network_of(self._address(scope)) if self._rates else ""
        return bool(self._rates and client and self._rates.take(client))

    def _address(self, scope: Scope) -> str:
        address: str = scope["client"][0] if scope["client"] else ""
        given = head_of(scope).get(_FORWARDED)
        if given and address in self._proxies:
            forwarded, _ = self._proxies.get_trusted_client_address(given.decode("latin-1"))
            return forwarded or address
        return address
