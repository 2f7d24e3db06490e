"""Lists whose days or names fall have the keys of each rising, and so have their indexes.

A page in the midst of them sorts nothing, however many rows share its day.
"""

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


class _Index(NamedTuple):
    """In this table, by what; what it had been called before, if it was there."""

    table: str
    name: str
    falling: str
    before: str = ""
    within: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    def columns(self, *, falls: bool) -> list[str | sa.TextClause]:
        falling = sa.text(f"{self.falling} desc") if falls else self.falling
        return [*self.within, falling, "key", *self.more]


_INDEXES = (
    *(
        _Index(table, f"{name}_falling", column, f"{name}_falling")
        for table in ("membership", "term", "event")
        for name, column in (("start", "start_earliest"), ("end", "end_order"))
    ),
    _Index("organisation", "founded_falling", "founded_earliest", "founded_earliest_key"),
    _Index("summit", "held_falling", "held_earliest", "held_falling", more=("held_latest",)),
    _Index("summit", "city_falling", "city_falling", "city_falling_key"),
    _Index("membership", "state_name_falling", "state_name"),
    _Index("term", "office_falling", "office"),
    _Index("event", "title_falling", "title"),
)
_OF_ARTICLES = (
    _Index(
        "article",
        "dated_falling",
        "dated_earliest",
        "dated_falling",
        more=("dated_latest", "known_from"),
    ),
    *(
        _Index("article", name, "dated_earliest", f"{column}_dated_earliest_key", (column,))
        for name, column in (("publication_falling", "publication_id"), ("kind_falling", "kind"))
    ),
    _Index("article", "headline_falling", "headline"),
)
"""Articles have no versions."""
_OF_A_DAY = {"membership_version": "start_falling", "term_version": "start_falling"}
"""Indexes in which days of versions are looked for, so that they have all that this takes."""
_DAYS = ("end_latest", "floor", "known_from", "known_to")


def upgrade() -> None:
    for index in _every_index():
        if index.before:
            op.drop_index(f"ix_{index.table}_{index.before}", index.table)
        _create(index, index.name, falls=True)


def downgrade() -> None:
    for index in _every_index():
        op.drop_index(f"ix_{index.table}_{index.name}", index.table)
        if index.before:
            _create(index, index.before, falls=False)


def _every_index() -> Iterator[_Index]:
    yield from _OF_ARTICLES
    for index in _INDEXES:
        yield index
        table = f"{index.table}_version"
        more = _DAYS if _OF_A_DAY.get(table) == index.name else index.more
        yield index._replace(table=table, more=more)


def _create(index: _Index, name: str, *, falls: bool) -> None:
    op.create_index(f"ix_{index.table}_{name}", index.table, index.columns(falls=falls))
