"""Clients that ask again and again while something is done to the service.

In: what each of them asks. Out: how often it was answered, and every answer that was none.
"""

import threading
from collections import Counter
from collections.abc import Callable
from urllib.error import HTTPError


class Load:
    """What clients do until they are told to end; what went wrong is kept."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.done: Counter[str] = Counter()
        self.ended = threading.Event()

    def run(self, name: str, ask: Callable[[int], object]) -> threading.Thread:
        def repeat() -> None:
            number = 0
            while not self.ended.is_set():
                try:
                    ask(number)
                    self.done[name] += 1
                except Exception as error:
                    self.faults.append(f"{name} {number}: {describe(error)}")
                number += 1

        thread = threading.Thread(target=repeat)
        thread.start()
        return thread


def describe(error: Exception) -> str:
    """With what the service said, which names the cause."""
    cause = error.__cause__ or error
    told = cause.read().decode() if isinstance(cause, HTTPError) else ""
    return f"{error!r} {cause!r} {told}"
