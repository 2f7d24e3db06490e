"""What a command did, in words.

In: the report of a load, an import or an ingestion. Out: nothing; lines on standard output.
"""

from typing import TYPE_CHECKING

from kb.command.terminal import tell
from kb.config import Audience
from kb.files.load import Report

if TYPE_CHECKING:
    # It takes long to load.
    from kb.ingest.ingest import Summary

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
    tell(("Nothing written: " if dry_run else "") + load_summary(report))


def load_summary(report: Report) -> str:
    skipped = f", {report.skipped} skipped" if report.skipped else ""
    return (
        f"{len(report.added)} added, {len(report.changed)} changed,"
        f" {len(report.removed)} removed, {report.left} left as they were{skipped}"
    )


def tell_ingest(summary: "Summary") -> None:
    tell(
        f"{count_of(summary.pages, 'page')}: {count_of(summary.added, 'article')} added,"
        f" {count_of(summary.texts, 'text')} stored, {summary.left} left as they were"
    )


def tell_texts(verified: int, unverified: int, readers: Audience) -> None:
    """What the stored texts are worth, and who may read them."""
    tell(f"{verified} of {count_of(verified + unverified, 'citation')} with a text verified")
    tell(f"Who may read the texts, by KB_TEXT={readers}: {_READERS[readers]}")


def count_of(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
