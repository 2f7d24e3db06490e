"""What a command did, in words.

In: the report of a load, an import or an ingestion. Out: nothing; lines on standard output.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kb.command.terminal import tell, warn
from kb.config import Audience, Settings
from kb.errors import Fault, InputError, KBError, PageError
from kb.files.report import Report
from kb.files.seed_files import find_left_aside

if TYPE_CHECKING:
    # It takes long to load.
    from kb.ingest.summary import Summary

_NOTHING = "Nothing was written of any of the files."
_MOST_PATHS = 20
"""That are named, of pages that were not stored, and of what a load left aside."""
_MOST_DIFFERING = 20
"""Articles that pages have otherwise, of which it is told how."""
_READERS = {
    Audience.PUBLIC: "everybody who reaches the service",
    Audience.TOKEN: "bearers of a token alone",
    Audience.AUTO: "everybody on this machine if `kb serve` listens on a loopback address,"
    " KB_PUBLIC_URL is empty and KB_CORS_ORIGINS has no `*`, as it is unless told; else bearers of"
    " a token alone",
}


def tell_load(report: Report, *, dry_run: bool) -> None:
    for sign, some in (("+", report.added), ("~", report.changed), ("-", report.removed)):
        for ref in some.named:
            tell(f"{sign} {ref.type} {ref.key}")
        if more := len(some) - len(some.named):
            tell(f"{sign} and {count_of(more, 'record')} more")
    for skipped in report.skipped.named:
        tell(f"{skipped}")
    if more := report.skipped.records - len(report.skipped.named):
        tell(f"and {count_of(more, 'record')} more {'is' if more == 1 else 'are'} left out")
    tell(("Nothing written: " if dry_run else "") + load_summary(report))


def warn_left_aside(paths: Sequence[Path], settings: Settings) -> None:
    """Of a load of these paths."""
    left = [*find_left_aside(paths, Path(settings.database_name).name)]
    for path in left[:_MOST_PATHS]:
        what = "a folder within a folder" if path.is_dir() else "no .yaml file"
        warn(f"{path}: left aside, it is {what}")
    if (more := len(left) - _MOST_PATHS) > 0:
        warn(f"and {more} more")


def load_summary(report: Report) -> str:
    skipped = f", {report.skipped.count} left out" if report.skipped.count else ""
    if report.skipped.new_citations:
        skipped += f", {count_of(report.skipped.new_citations, 'new citation')} among them"
    return (
        f"{len(report.added)} added, {len(report.changed)} changed,"
        f" {len(report.removed)} removed, {report.left} left as they were{skipped}"
    )


def tell_ingest(summary: "Summary") -> None:
    """And what pages have otherwise than records, with what takes it."""
    updated = f" {summary.updated} updated," if summary.updated else ""
    tell(
        f"{count_of(summary.pages, 'page')}: {count_of(summary.added, 'article')} added,"
        f" {count_of(summary.texts, 'text')} stored,{updated} {summary.left} left as they were"
    )
    differing = sorted({*summary.differing})
    for fault in differing[:_MOST_DIFFERING]:
        warn(f"{fault}")
    if (more := len(differing) - _MOST_DIFFERING) > 0:
        warn(f"and {count_of(more, 'article')} more")


@contextmanager
def told_if_unfinished(summary: "Summary", pages: Sequence[Path | Fault]) -> Iterator[None]:
    """Of an ingestion that fails before its last page: what is stored, what is to be run again.

    Faults of the pages are told at its end.
    """
    try:
        yield
    except PageError:
        warn(_NOTHING)
        raise
    except Exception:  # Whatever it is, but no signal: who sends one knows that it is not done.
        if not summary.is_empty:
            tell_ingest(summary)
        for fault in sorted({*summary.faults}):
            warn(f"{fault}")
        warn(_unfinished(summary.pages, pages))
        raise


def _unfinished(stored: int, pages: Sequence[Path | Fault]) -> str:
    left = [page.file if isinstance(page, Fault) else str(page) for page in pages[stored:]]
    more = len(left) - _MOST_PATHS
    named = ", ".join(left[:_MOST_PATHS]) + (f" and {more} more" if more > 0 else "")
    return (
        f"Ended after {stored} of {count_of(len(pages), 'page')}; not taken: {named}. Run it again"
        " with these, or with all: what is stored stays as it is"
    )


@contextmanager
def noted_as_whole() -> Iterator[None]:
    """However a load ends before its end: what became of its files."""
    try:
        yield
    except InputError as error:
        error.add_note(_NOTHING)
        raise
    except (KBError, OSError) as error:
        # Of a connection that is lost at the very end nobody knows.
        error.add_note("All of the files are taken, or none: run it again.")
        raise


def tell_texts(verified: int, unverified: int, readers: Audience) -> None:
    """What the stored texts are worth, and who may read them."""
    tell(f"{verified} of {count_of(verified + unverified, 'citation')} with a text verified")
    tell(f"Who may read the texts, by KB_TEXT={readers}: {_READERS[readers]}")


def count_of(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
