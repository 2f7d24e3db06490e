"""Servers that wait less long, and may open fewer files, than as they are shipped.

Out: functions to be called within the process of a server before it starts.
"""

import gc
import resource

from kb.process import deadlines
from kb.server import bearers, downloads, subscriptions


def be_impatient() -> None:
    """Every deadline of a connection is over within two seconds."""
    deadlines.HEAD, deadlines.PART, deadlines.UNREAD = 0.4, 0.4, 0.4
    deadlines.BODY = 1.0


def open_few_files() -> None:
    """As the systems do where limits are low."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 256))


def end_downloads_soon() -> None:
    """And collect no garbage: whatever ends must not wait for that."""
    gc.disable()
    downloads.DEADLINE = 6.0


def look_at_tokens_often() -> None:
    """Whoever listens to nothing is looked at again at once; three wrong tokens are too many."""
    subscriptions._QUIET = 0.1
    bearers.MOST_FAILURES = 3
