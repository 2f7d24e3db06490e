"""How much memory a command resided in at most, as the kernel counted.

In: the command, and its environment. Out: KiB, and what it printed. A small process starts it: the
kernel begins to count at the size of whoever started it, and a process of tests is a large one.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_STARTER = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""


@dataclass(frozen=True)
class Residence:
    kib: int
    output: str


def measure_residence(command: Sequence[str | Path], environment: Mapping[str, str]) -> Residence:
    """Raises CalledProcessError if the command fails."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", _STARTER, *command],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return Residence(int(done.stderr.splitlines()[-1]), done.stdout)
