"""How far subscribers are behind what there is.

In: who begins to be sent news, and who has got all. Out: for how long the slowest has not.
"""

import time


class Lag:
    """Of the subscribers of one service, each by any object of its own."""

    def __init__(self) -> None:
        self._since: dict[object, float] = {}

    def begin(self, subscriber: object) -> None:
        self._since.setdefault(subscriber, time.monotonic())

    def end(self, subscriber: object) -> None:
        """That it has got all, or is gone."""
        self._since.pop(subscriber, None)

    @property
    def seconds(self) -> float:
        """0 if nobody is behind; from any thread."""
        now = time.monotonic()
        return now - min([*self._since.values()], default=now)
