"""Seats for what lasts, such as subscriptions and downloads: so many at once, and of one client.

In: clients that come and go. Out: whether there is room for one more.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from kb.admission.shared_counts import SeatTable


class Seats:
    """Of one kind."""

    def __init__(self, most: int, most_of_client: int, table: SeatTable | None = None) -> None:
        """`table` is what workers count in together."""
        self.most, self.most_of_client = most, most_of_client
        self.taken: Counter[str] = Counter()
        """Of this process."""
        self._table = table

    def are_full(self) -> bool:
        return (self._table or self.taken).total() >= self.most

    def are_full_for(self, client: str) -> bool:
        """Whether this client has all that it may."""
        taken = self._table.count(client) if self._table else self.taken[client]
        return taken >= self.most_of_client

    @contextmanager
    def occupy(self, client: str) -> Iterator[None]:
        self.taken[client] += 1
        try:
            with self._table.occupy(client) if self._table else nullcontext():
                yield
        finally:
            self.taken[client] -= 1
            if not self.taken[client]:
                del self.taken[client]
