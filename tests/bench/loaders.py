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
OwnerPage = tuple[int, int]
"""Whose rows, and how many of them."""


class Loaders:
    """What the resolvers of one request ask."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.dates: DataLoader[str, DateRow] = self._by_key(DateRow, "edtf")
        self.publications: DataLoader[int, Publication] = self._by_key(Publication, "id")
        self.articles: DataLoader[int, Article] = self._by_key(Article, "id")
        self.states: DataLoader[int, State] = self._by_key(State, "id")
        self.organisations: DataLoader[int, Organisation] = self._by_key(Organisation, "id")
        self.citations_of_subject = self._by_owner(Citation, "subject_id", "key")
        self.citations_of_article = self._by_owner(Citation, "article_id", "key")
        self.memberships_of_state = self._by_owner(Membership, "state_id", "start_latest", "key")
        self.members = DataLoader(self._members)

    def _by_key(self, model: type[Model], name: str) -> DataLoader[Key, Model]:
        column = getattr(model, name)

        async def load(keys: list[Key]) -> list[Model]:
            rows = self.session.scalars(select(model).where(column.in_(keys)))
            rows_by_key: dict[Key, Model] = {getattr(row, name): row for row in rows}
            return [rows_by_key[key] for key in keys]

        return DataLoader(load)

    def _by_owner(
        self, model: type[Model], owner_name: str, *order: str
    ) -> DataLoader[OwnerPage, list[Model]]:
        """The first rows of each owner, and one more if there is one."""
        owner, columns = getattr(model, owner_name), [getattr(model, name) for name in order]
        place = func.row_number().over(partition_by=owner, order_by=columns).label("place")

        async def load(keys: list[OwnerPage]) -> list[list[Model]]:
            numbered_rows = (
                select(model, place).where(owner.in_({owner_id for owner_id, _ in keys})).subquery()
            )
            row, most = aliased(model, numbered_rows), max(first for _, first in keys)
            chosen = (
                select(row).where(numbered_rows.c.place <= most + 1).order_by(numbered_rows.c.place)
            )
            rows_by_owner: defaultdict[int, list[Model]] = defaultdict(list)
            for owned_row in self.session.scalars(chosen):
                rows_by_owner[getattr(owned_row, owner_name)].append(owned_row)
            return [rows_by_owner[owned][: first + 1] for owned, first in keys]

        return DataLoader(load)

    async def _members(self, keys: list[tuple[int, str]]) -> list[Sequence[Membership]]:
        """Those that may have belonged to an organisation on a day, the latest first."""
        return [self._members_of(organisation, day) for organisation, day in keys]

    def _members_of(self, organisation: int, day: str) -> Sequence[Membership]:
        statement = select(Membership).where(
            col(Membership.organisation_id) == organisation,
            col(Membership.status) == "MEMBER",
            col(Membership.start_earliest) <= day,
            col(Membership.end_latest) >= day,
        )
        latest = col(Membership.start_earliest).desc(), col(Membership.key)
        return self.session.scalars(statement.order_by(*latest)).all()
