"""What `POST /import` brought, in files on disk, and how either form of it is written.

In: files, and how they are to be taken. Out: `Taken`, or `InputError` with every fault; nothing is
written then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Engine

from kb.commit.feed import Origin
from kb.files.file_sets import Terms
from kb.files.load import Manner, Writing, load
from kb.files.report import Report
from kb.progress import Told

if TYPE_CHECKING:
    from kb.imports.mapping import Mapping

_SET = "import"
"""The set of the records, where neither the request nor a mapping names one."""


@dataclass(frozen=True, slots=True)
class Taking:
    """How records are taken, whatever their form."""

    terms: Terms
    dry_run: bool
    origin: Origin
    told: Told
    writing: Writing


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of them; the first of those that a mapping made are shown as it made them."""

    report: Report
    shown: Sequence[dict[str, object]] = ()


class SentRecords(Protocol):
    @property
    def digest(self) -> str:
        """What tells a body from others."""
        ...

    def take(self, engine: Engine, taking: Taking) -> Taken: ...


@dataclass(frozen=True, slots=True)
class SentLines:
    """Lines of a snapshot."""

    path: Path
    digest: str

    def take(self, engine: Engine, taking: Taking) -> Taken:
        terms = replace(taking.terms, set_name=taking.terms.set_name or _SET)
        report = load(
            engine,
            [self.path],
            terms=terms,
            manner=Manner(dry_run=taking.dry_run, framed=True, by_url=True),
            origin=taking.origin,
            told=taking.told,
            writing=taking.writing,
        )
        return Taken(report)


@dataclass(frozen=True, slots=True)
class SentTables:
    """Tables, and the mapping by which their rows become records."""

    paths: Sequence[Path]
    mapping: "Mapping"
    digest: str

    def take(self, engine: Engine, taking: Taking) -> Taken:
        # Readers of tables take a second to import, and few services ever need them.
        from kb.imports.importing import ImportReport, import_tables

        done = ImportReport()
        import_tables(
            engine,
            self.paths,
            self.mapping,
            terms=taking.terms,
            manner=Manner(dry_run=taking.dry_run, by_url=True),
            origin=taking.origin,
            report=done,
            told=taking.told,
            writing=taking.writing,
        )
        assert done.written
        return Taken(done.written, [{"id": f"{a.type}:{a.key}", **a.fields} for a in done.shown])
