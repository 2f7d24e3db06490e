"""What whoever runs `kb` is told: on standard output, on standard error, and by bars of progress.

In: texts, which are shown as they stand, and how far something has come. Out: nothing.
"""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.progress import Progress, TaskID, TimeElapsedColumn, track

from kb.errors import Fault
from kb.progress import Told

_UNREAD = 141
"""The exit code of what writes to a pipe that nobody reads any more."""


class _Stream(Console):
    """Standard output, or standard error."""

    def on_broken_pipe(self) -> NoReturn:
        # What is still to be flushed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())
        raise SystemExit(_UNREAD)


OUT = _Stream(soft_wrap=True, highlight=False)
_ERR = _Stream(stderr=True, soft_wrap=True)


def tell(text: str) -> None:
    OUT.print(text, markup=False, emoji=False)


def warn(text: str) -> None:
    _ERR.print(text, style="yellow", markup=False, highlight=False, emoji=False)


def tell_failure(text: str) -> None:
    _ERR.print(text, style="red", markup=False, highlight=False, emoji=False)


def with_progress(pages: list[Path | Fault]) -> Iterable[Path | Fault]:
    hidden = not _ERR.is_terminal
    return track(pages, "Reading", console=_ERR, transient=True, disable=hidden)


@contextmanager
def show_progress() -> Iterator[Told]:
    """A bar on a terminal for each thing that is done; of a total of 0 nobody knows how much."""
    columns = (*Progress.get_default_columns(), TimeElapsedColumn())
    with Progress(*columns, console=_ERR, transient=True, disable=not _ERR.is_terminal) as progress:
        bars: dict[str, TaskID] = {}

        def tell_done(what: str, done: int, total: int) -> None:
            if what not in bars:
                bars[what] = progress.add_task(what, total=total or None)
            progress.update(bars[what], completed=done)

        yield tell_done


def tell_steps() -> Told:
    """Lines on standard error: each step as it begins, and how long it took."""
    begun: dict[str, float] = {}

    def tell_step(what: str, done: int, total: int) -> None:
        if done < total:
            begun[what] = time.monotonic()
            _tell_aside(what)
        else:
            _tell_aside(f"  took {time.monotonic() - begun[what]:.1f} s")

    return tell_step


def _tell_aside(text: str) -> None:
    _ERR.print(text, markup=False, highlight=False, emoji=False)
