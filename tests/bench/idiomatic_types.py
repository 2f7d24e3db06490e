"""The types of the idiomatic server, as a good developer writes them: see `tests.bench.idiomatic`.

In: rows of the tables, as SQLModel reads them. Out: Strawberry types whose resolvers ask the
DataLoaders of the request for what a row refers to.
"""

from collections.abc import Sequence
from datetime import date

import strawberry

from kb import models
from schema.enums import Certainty, EndKind, MembershipStatus, Stance
from tests.bench.loaders import Loaders
from tests.bench.shapes import cursor

Info = strawberry.Info[Loaders, None]
_FAR = ("-infinity", "infinity")


@strawberry.type
class PartialDate:
    edtf: str
    text: str

    @classmethod
    async def load(cls, edtf: str, info: Info) -> "PartialDate":
        row = await info.context.dates.load(edtf)
        return cls(edtf=row.edtf, text=row.text)


@strawberry.type
class Publication:
    slug: str
    name: str


@strawberry.type
class State:
    row: strawberry.Private[models.State]
    code: str
    name: str

    @classmethod
    def of(cls, row: models.State) -> "State":
        return cls(row=row, code=row.key, name=row.name)

    @strawberry.field
    async def memberships(self, info: Info, first: int = 20) -> "MembershipConnection":
        rows = await info.context.memberships_of_state.load((self.row.id, first))
        return MembershipConnection.of(rows, first)


@strawberry.type
class Article:
    row: strawberry.Private[models.Article]
    slug: str
    headline: str
    summary: str | None
    issue_number: int | None

    @classmethod
    def of(cls, row: models.Article) -> "Article":
        return cls(
            row=row,
            slug=row.key,
            headline=row.headline,
            summary=row.summary,
            issue_number=row.issue_number,
        )

    @strawberry.field
    async def dated_on(self, info: Info) -> PartialDate:
        return await PartialDate.load(self.row.dated_on, info)

    @strawberry.field
    async def publication(self, info: Info) -> Publication:
        row = await info.context.publications.load(self.row.publication_id)
        return Publication(slug=row.key, name=row.name)

    @strawberry.field
    async def citations(self, info: Info, first: int = 20) -> "CitationConnection":
        rows = await info.context.citations_of_article.load((self.row.id, first))
        return CitationConnection.of(rows, first)


@strawberry.type
class Citation:
    row: strawberry.Private[models.Citation]
    key: str
    stance: Stance
    field: str | None
    value: str | None
    claim: str
    paragraph: int | None
    sha256: str | None

    @classmethod
    def of(cls, row: models.Citation) -> "Citation":
        return cls(
            row=row,
            key=row.key,
            stance=Stance(row.stance),
            field=row.field,
            value=row.value,
            claim=row.claim,
            paragraph=row.paragraph,
            sha256=row.sha256,
        )

    @strawberry.field
    async def article(self, info: Info) -> Article:
        return Article.of(await info.context.articles.load(self.row.article_id))


@strawberry.type
class CitationConnection:
    nodes: list[Citation]

    @classmethod
    def of(cls, rows: Sequence[models.Citation], first: int) -> "CitationConnection":
        return cls(nodes=[Citation.of(row) for row in rows[:first]])


@strawberry.type
class Period:
    text: str
    end_kind: EndKind
    certain_from: date | None
    certain_to: date | None
    possible_from: date | None
    possible_to: date | None

    @classmethod
    def of(cls, row: models.Membership) -> "Period":
        certain = row.start_latest <= row.end_earliest
        return cls(
            text=row.period_text,
            end_kind=EndKind(row.end_kind),
            certain_from=_day(row.start_latest) if certain else None,
            certain_to=_day(row.end_earliest) if certain else None,
            possible_from=_day(row.start_earliest),
            possible_to=_day(row.end_latest),
        )


def _day(text: str) -> date | None:
    return None if text in _FAR else date.fromisoformat(text)


@strawberry.type
class Membership:
    row: strawberry.Private[models.Membership]
    key: str
    status: MembershipStatus
    period: Period

    @classmethod
    def of(cls, row: models.Membership) -> "Membership":
        return cls(row=row, key=row.key, status=MembershipStatus(row.status), period=Period.of(row))

    @strawberry.field
    async def state(self, info: Info) -> State:
        return State.of(await info.context.states.load(self.row.state_id))

    @strawberry.field
    async def organisation(self, info: Info) -> "Organisation":
        return Organisation.of(await info.context.organisations.load(self.row.organisation_id))

    @strawberry.field
    async def citations(self, info: Info, first: int = 20) -> CitationConnection:
        rows = await info.context.citations_of_subject.load((self.row.id, first))
        return CitationConnection.of(rows, first)


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class MembershipConnection:
    nodes: list[Membership]
    page_info: PageInfo

    @classmethod
    def of(cls, rows: Sequence[models.Membership], first: int) -> "MembershipConnection":
        """Of the rows of the page, and one more if there is one."""
        page = rows[:first]
        ends = [
            cursor("membership,latest_start,key", row.start_latest, row.key) for row in page[-1:]
        ]
        return cls(nodes=[Membership.of(row) for row in page], page_info=_info(rows, first, ends))


@strawberry.type
class ArticleConnection:
    nodes: list[Article]
    page_info: PageInfo

    @classmethod
    def of(cls, rows: Sequence[models.Article], first: int) -> "ArticleConnection":
        """Of the rows of the page, and one more if there is one."""
        page = rows[:first]
        # The columns beside dates are of the table, and no fields of its class.
        keys = [(str(vars(row)["dated_earliest"]), row.key) for row in page[-1:]]
        ends = [cursor("article,dated_on-,key", *each) for each in keys]
        return cls(nodes=[Article.of(row) for row in page], page_info=_info(rows, first, ends))


def _info(rows: Sequence[object], first: int, ends: Sequence[str]) -> PageInfo:
    return PageInfo(has_next_page=len(rows) > first, end_cursor=ends[0] if ends else None)


@strawberry.type
class Organisation:
    row: strawberry.Private[models.Organisation]
    slug: str
    name: str

    @classmethod
    def of(cls, row: models.Organisation) -> "Organisation":
        return cls(row=row, slug=row.key, name=row.name)

    @strawberry.field
    async def members(self, info: Info, as_of: date) -> list["MemberAsOf"]:
        """Of each state and status the most certain, then the latest; certain ones first."""
        day = as_of.isoformat()
        best: dict[tuple[int, str], models.Membership] = {}
        for row in await info.context.members.load((self.row.id, day)):
            key = row.state_id, row.status
            if key not in best or _certainty(row, day) < _certainty(best[key], day):
                best[key] = row
        states = await info.context.states.load_many([row.state_id for row in best.values()])
        sortable = [
            (_certainty(row, day), state.name, row.key, MemberAsOf.of(row, state, day))
            for row, state in zip(best.values(), states, strict=True)
        ]
        return [member for *_, member in sorted(sortable, key=lambda entry: entry[:3])]


def _certainty(row: models.Membership, day: str) -> Certainty:
    """Of one that is possible; `CERTAIN` sorts before `POSSIBLE`."""
    certain = row.start_latest <= day <= row.end_earliest
    return Certainty.CERTAIN if certain else Certainty.POSSIBLE


@strawberry.type
class MemberAsOf:
    state: State
    status: MembershipStatus
    certainty: Certainty

    @classmethod
    def of(cls, row: models.Membership, state: models.State, day: str) -> "MemberAsOf":
        status = MembershipStatus(row.status)
        return cls(state=State.of(state), status=status, certainty=_certainty(row, day))


@strawberry.type
class Summit:
    row: strawberry.Private[models.Summit]
    slug: str
    name: str
    city: str | None

    @classmethod
    def of(cls, row: models.Summit) -> "Summit":
        return cls(row=row, slug=row.key, name=row.name, city=row.city)

    @strawberry.field
    async def held_on(self, info: Info) -> PartialDate:
        return await PartialDate.load(self.row.held_on, info)

    @strawberry.field
    async def organisation(self, info: Info) -> Organisation:
        return Organisation.of(await info.context.organisations.load(self.row.organisation_id))

    @strawberry.field
    async def host(self, info: Info) -> State | None:
        if self.row.host_id is None:
            return None
        return State.of(await info.context.states.load(self.row.host_id))
