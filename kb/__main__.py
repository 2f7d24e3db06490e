"""The `kb` command, from its first moment to its last.

In: a process. Out: its exit code. Signals end it as they end other commands, without a traceback
and with what is under way undone; standard streams that were closed are no failure.
"""

# Little is imported before signals are ours.
import os
import signal
import sys
from io import TextIOWrapper
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SOON = 0.001
"""Seconds."""


def main() -> None:
    _open_streams()
    catch_signals()
    # It takes most of a second to import.
    from kb.cli import run_command

    run_command()


def catch_signals() -> None:
    """Each ends the program, whatever it is doing."""
    for number in _SIGNALS:
        # A shell tells what it runs in the background to ignore one of them.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    sys.unraisablehook = _end_after_all


def _end(number: int, _: FrameType | None) -> None:
    """By an exception, so that transactions are undone and files removed; the next one kills."""
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_DFL)
    raise _Ended(128 + number)


class _Ended(SystemExit):
    """By a signal."""


def _end_after_all(dropped: "sys.UnraisableHookArgs") -> None:
    """Where the signal came while an object was removed, Python goes on: it is told again."""
    ended = dropped.exc_value
    if not isinstance(ended, _Ended):
        sys.__unraisablehook__(dropped)
        return

    def end_again(*_: object) -> None:
        raise _Ended(ended.code)

    signal.signal(signal.SIGALRM, end_again)
    signal.setitimer(signal.ITIMER_REAL, _SOON)


def _open_streams() -> None:
    """Those that were closed lead nowhere: a file would else be opened in their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Open until the end, and `pathlib` takes long to import.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # To the end.
    # A file's name may hold bytes that are no text.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
