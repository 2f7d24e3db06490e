"""The lists of the schema: for each type its table, filter and orders, wherever it is listed.

In: a condition on the rows, such as whose they are. Out: the connection's field.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import strawberry

from kb.query import certainty
from kb.query.fields import Arguments, Condition, ConnectionSource, RowSet, Sort
from kb.query.sql import Row, Sql
from schema import filters, orders
from schema.fields import Argument, Field, all_rows, connection
from schema.orders import Order


def _certainty(row: Row, arguments: Arguments) -> Mapping[str, Sql]:
    """The certainty of each row, if the filter has a day."""
    period_filter = arguments.inner("filter")
    if not period_filter.given("asOf"):
        return {}
    return {"certainty": certainty.certainty(row, period_filter.bind("asOf"))}


@dataclass(frozen=True)
class Listing:
    """How the rows of a table are listed.

    `default` is their order where none of `order` is asked for. With `as_of`, the rows have
    their certainty on the day of the filter.
    """

    table: str
    default: tuple[Sort, ...] = ()
    filter: type | None = None
    order: Order | None = None
    as_of: bool = False

    def page(self, where: Condition = all_rows) -> ConnectionSource:
        return ConnectionSource(
            RowSet(self.table, where),
            self.default,
            self.order.keys if self.order else {},
            filters.tests_of(self.filter) if self.filter else {},
            _certainty if self.as_of else ConnectionSource.extra_columns,
        )

    def field(
        self,
        description: str,
        where: Condition = all_rows,
        *,
        filtered: bool = True,
        ordered: bool = True,
    ) -> Field:
        arguments = []
        if self.filter and filtered:
            about = "Which to list; all if left out."
            arguments.append(Argument("filter", self.filter | None, about, strawberry.UNSET))
        if self.order and ordered:
            step = self.order.step
            steps = list[step] | None  # type: ignore[valid-type]  # It is a value here.
            about = "In which order; the one of the list if left out. The key decides the rest."
            arguments.append(Argument("order_by", steps, about, strawberry.UNSET))
        return connection(self.page(where), description, *arguments)


ORGANISATIONS = Listing(
    "organisation",
    (Sort(orders.NAME),),
    filters.OrganisationFilter,
    orders.ORGANISATION_ORDER,
)
STATES = Listing(
    "state",
    (Sort(orders.NAME),),
    filters.StateFilter,
    orders.STATE_ORDER,
)
OFFICIALS = Listing(
    "official",
    (Sort(orders.NAME),),
    filters.OfficialFilter,
    orders.OFFICIAL_ORDER,
)
MEMBERSHIPS = Listing(
    "membership",
    (Sort(orders.LATEST_START),),
    filters.MembershipFilter,
    orders.MEMBERSHIP_ORDER,
    as_of=True,
)
TERMS = Listing(
    "term",
    (Sort(orders.LATEST_START),),
    filters.TermFilter,
    orders.TERM_ORDER,
    as_of=True,
)
SUMMITS = Listing(
    "summit",
    (Sort(orders.HELD_ON),),
    filters.SummitFilter,
    orders.SUMMIT_ORDER,
)
EVENTS = Listing(
    "event",
    (Sort(orders.START),),
    filters.EventFilter,
    orders.EVENT_ORDER,
)
ARTICLES = Listing(
    "article",
    (Sort(orders.DATED_ON, descending=True),),
    filters.ArticleFilter,
    orders.ARTICLE_ORDER,
)
CITATIONS = Listing("citation", filter=filters.CitationFilter)
PUBLICATIONS = Listing("publication")
