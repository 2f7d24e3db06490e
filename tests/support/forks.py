"""`kb` in processes of their own that start in no time, whatever is then done to them.

In: a command line, its folder and environment, files for what it prints. Out: the process. It is
forked from one that has done the imports, which take most of a short command's time.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from kb.__main__ import main

_IMPORTED = [__name__, "tests.support.imported"]
"""What the first process imports: with it is all that any command imports once it needs it."""


def fork(
    folder: Path,
    arguments: tuple[str, ...],
    environment: Mapping[str, str],
    out: Path,
    err: Path,
    before: Callable[[], object] | None = None,
) -> ForkServerProcess:
    """`before` is called in the process before anything else."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(_IMPORTED)
    process = forks.Process(target=_run, args=(folder, arguments, environment, out, err, before))
    process.start()
    return process


def _run(
    folder: Path,
    arguments: tuple[str, ...],
    environment: Mapping[str, str],
    out: Path,
    err: Path,
    before: Callable[[], object] | None,
) -> None:
    """`kb` as its console script runs it."""
    if before:
        before()
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["kb", *arguments]
    main()
