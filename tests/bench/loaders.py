"""The DataLoaders of one request to the idiomatic server.

In: a session of SQLAlchemy. Out: `Loaders`; each batch of keys is one statement. The session waits
for the database without giving way to other requests: on the one core that the server has, that is
the fastest, and on SQLite a driver that gives way would only add a thread.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased
from sqlmodel import col
from strawberry.dataloader import DataLoader

from kb.models import (
    Article,
    Citation,
    DateRow,
    Membership,
    Organisation,
    Publication,
    State,
    Table,
)

Model = TypeVar("Model", bound=Table)
Key = TypeVar("Key", int, str)
Paged = tuple[int, int]
"""Whose rows, and how many of them."""


class Loaders:
    """What the resolvers of one request ask."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.dates: DataLoader[str, DateRow] = self._one(DateRow, "edtf")
        self.publications: DataLoader[int, Publication] = self._one(Publication, "id")
        self.articles: DataLoader[int, Article] = self._one(Article, "id")
        self.states: DataLoader[int, State] = self._one(State, "id")
        self.organisations: DataLoader[int, Organisation] = self._one(Organisation, "id")
        self.citations_of_subject = self._many(Citation, "subject_id", "key")
        self.citations_of_article = self._many(Citation, "article_id", "key")
        self.memberships_of_state = self._many(Membership, "state_id", "start_order", "key")
        self.members = DataLoader(self._members)

    def _one(self, model: type[Model], own: str) -> DataLoader[Key, Model]:
        column = getattr(model, own)

        async def load(keys: list[Key]) -> list[Model]:
            rows = self.session.scalars(select(model).where(column.in_(keys)))
            found: dict[Key, Model] = {getattr(row, own): row for row in rows}
            return [found[key] for key in keys]

        return DataLoader(load)

    def _many(self, model: type[Model], own: str, *order: str) -> DataLoader[Paged, list[Model]]:
        """The first rows of each owner, and one more if there is one."""
        owner, columns = getattr(model, own), [getattr(model, name) for name in order]
        place = func.row_number().over(partition_by=owner, order_by=columns).label("place")

        async def load(keys: list[Paged]) -> list[list[Model]]:
            asked = select(model, place).where(owner.in_({one for one, _ in keys})).subquery()
            row, most = aliased(model, asked), max(first for _, first in keys)
            chosen = select(row).where(asked.c.place <= most + 1).order_by(asked.c.place)
            found: defaultdict[int, list[Model]] = defaultdict(list)
            for one in self.session.scalars(chosen):
                found[getattr(one, own)].append(one)
            return [found[owned][: first + 1] for owned, first in keys]

        return DataLoader(load)

    async def _members(self, keys: list[tuple[int, str]]) -> list[Sequence[Membership]]:
        """Those that may have belonged to an organisation on a day, the latest first."""
        return [self._members_of(organisation, day) for organisation, day in keys]

    def _members_of(self, organisation: int, day: str) -> Sequence[Membership]:
        asked = select(Membership).where(
            col(Membership.organisation_id) == organisation,
            col(Membership.status) == "MEMBER",
            col(Membership.start_earliest) <= day,
            col(Membership.end_latest) >= day,
        )
        latest = col(Membership.start_earliest).desc(), col(Membership.key)
        return self.session.scalars(asked.order_by(*latest)).all()
