"""The moments that a list compares: what was recorded after a revision, or known on a day.

In: the argument that says which, an input object. Out: a statement that reads what was then, and
what tells whether that can be told. A day is of what is recorded now. Pure: no connection.
"""

from dataclasses import dataclass

from kb.query.as_known import known_tables
from kb.query.as_recorded import RECORDED_TABLES, bind_revision, moment, revision_verdict
from kb.query.fields import Arguments, RevisionSource, ViewSource
from kb.query.sql import Sql, in_front, sql

_REVISION, _DAY = RevisionSource("revision"), ViewSource("knownAt")


@dataclass(frozen=True)
class Moment:
    """Of what it is, as its argument says, and its value."""

    source: ViewSource | RevisionSource
    value: Sql

    @classmethod
    def given(cls, source: ViewSource | RevisionSource, arguments: Arguments) -> "Moment":
        """Without a value there is a fault already."""
        if isinstance(source, ViewSource):
            given = arguments.given(source.day)
            return cls(source, arguments.bind(source.day) if given else Sql("''"))
        given = arguments.given(source.revision)
        return cls(source, bind_revision(arguments, source.revision) if given else Sql("0"))

    @classmethod
    def of(cls, arguments: Arguments, name: str) -> "Moment":
        """One that is compared, from an input object."""
        inner = arguments.inner(name)
        return cls.given(_DAY if inner.given(_DAY.day) else _REVISION, inner)

    @classmethod
    def after(cls, revision: int) -> "Moment":
        """A revision that is known."""
        return cls.given(_REVISION, Arguments({_REVISION.revision: str(revision)}, ()))

    @property
    def is_revision(self) -> bool:
        return isinstance(self.source, RevisionSource)

    def verdict(self) -> Sql | None:
        """An empty text, or the code of why it cannot be told of; none if it always can."""
        return revision_verdict(self.value) if self.is_revision else None

    def tell(self, statement: Sql) -> Sql:
        """A subquery of one value, of what was then."""
        tell = tell_recorded if self.is_revision else tell_known
        return tell((self.value,), statement)


def tell_known(days: tuple[Sql, ...], statement: Sql) -> Sql:
    return sql("({})", in_front(known_tables(days), statement))


def tell_recorded(revisions: tuple[Sql, ...], statement: Sql) -> Sql:
    recorded = in_front(RECORDED_TABLES, statement)
    return sql("(with moment as materialized ({}) select ({}))", moment(revisions), recorded)
