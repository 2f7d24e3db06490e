"""The mutations of the schema: for each type of record, what a curator may ask and be answered.

In: the documents of seed files and the schema types of the same records. Out: the type `Mutation`,
each of whose fields says in its metadata which request it stands for and which role may make it.
`kb.server.mutations` carries them out.
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Union

import strawberry

from kb.commit import merge
from kb.commit.request import Drafting
from kb.models import Role
from kb.query.fields import ListSource, RowSet, RowSource
from kb.query.mutation import OUTCOMES, PROBLEMS
from kb.records.documents import FORMS, SOURCED
from kb.records.types import record_type, snake_case
from schema.fields import Argument, column, made, matching, one
from schema.inputs import BESIDE, CITATION, CITED, Fields, fields_of, given, made_input
from schema.records import Event, Membership, Official, Organisation, State, Summit, Term
from schema.sources import Article, Citation, Node, Publication, Sourced
from schema.time import Revision

_TYPES: tuple[type[Node], ...] = (
    Organisation,
    State,
    Membership,
    Official,
    Term,
    Summit,
    Event,
    Publication,
    Article,
)
_INPUT = (
    "What is to be recorded. A field that is left out stays as it is, one that is null is cleared."
    " A new record needs what is never null, and a citation that supports it."
)
_CITATIONS = "Passages that bear on it, added to those there are; of the same key, in their place."
_PARAGRAPHS = "Its text, from the standfirst on; as `kb ingest` would store it."
_REPLACE = "Take the text even if citations that are verified now lose their words."
_NEW = "Add the article even if it is likely a copy of one of the same issue and day."
_MUTATION = (
    "What curators may write, with a token: `Authorization: Bearer …`. The fields are carried out"
    " one after the other, each whole or not at all."
)


@dataclass(frozen=True, slots=True)
class Request:
    """What a field of `Mutation` asks for; `payload` is the type that answers what is done."""

    draft: Drafting
    payload: str
    role: Role = Role.CURATOR


@strawberry.type(description="One thing wrong with the input.")
class Problem:
    table: ClassVar = "problem"
    path: list[str] = column("path", "Where: `input`, then fields and places in lists, from 0.")
    message: str = column("message", "What is wrong, and what to do.")


@strawberry.type(description="The input is at fault; nothing was written.")
class Invalid:
    table: ClassVar = "outcome"
    problems: list[Problem] = made(
        ListSource(PROBLEMS, lambda row: (row["position"],), most="input"),
        "All that is wrong, by its place.",
    )


@strawberry.type(
    description="The record is of another revision than expected; nothing was written."
)
class Stale:
    table: ClassVar = "outcome"
    current: Node | None = made(
        RowSource(RowSet("record", matching("id", "record_id"))),
        "The record as it is; null if it is gone.",
    )
    revision: Revision = column("revision", "The change that last touched it; `0` if it is gone.")


@strawberry.type(description="Whoever asks may not do this; nothing was written.")
class Forbidden:
    table: ClassVar = "outcome"
    message: str = column("message", "Why, and what to do.")


def _type(name: str, description: str, **fields: tuple[object, object]) -> type:
    """A schema type of these fields, each with its type and its source."""
    space = {field: value for field, (_, value) in fields.items()}
    hints = {field: hint for field, (hint, _) in fields.items()}
    own = {"__annotations__": hints, "__module__": __name__, "table": "outcome"}
    made_type: type = strawberry.type(type(name, (), {**space, **own}), description=description)
    return made_type


_REVISION = (
    Revision,
    column("revision", "The newest revision once this was done: answers from it on have it so."),
)


def _recorded(name: str, kind: type) -> type:
    """The payload of what leaves a record."""
    table = snake_case(kind.__name__)
    record = one(table, "record_id", "The record as it is now; null if it is gone since.")
    return _type(
        f"{name}Payload", "It is done.", **{table: (kind | None, record)}, revision=_REVISION
    )


def _removed(name: str) -> type:
    """The payload of what leaves none."""
    own = (strawberry.ID, column("id", "The id of what is gone."))
    return _type(f"{name}Payload", "It is done.", id=own, revision=_REVISION)


def _field(
    name: str, draft: Drafting, payload: type, asked: type, description: str
) -> tuple[Any, Any]:
    """The type and the value of a field of `Mutation`."""
    # The types are values here.
    answers = Union[payload, Invalid, Stale, Forbidden]  # type: ignore[valid-type]  # noqa: UP007
    union = strawberry.union(f"{name}Result", description="What became of the request.")
    request = Request(draft, payload.__name__)
    argument = Argument("input", asked, "What to write.")
    value = made(RowSource(OUTCOMES), description, argument, request=request)
    return Annotated[answers, union] | None, value


def _meant(kind: str) -> Fields:
    """By what a record is told."""
    name = record_type(kind).key
    return {
        "id": (strawberry.ID | None, given(f"Its id; or its {name}.")),
        name: (str | None, given(f"Its permanent {name}; or its id.")),
    }


def _recording(kind: type[Node]) -> tuple[Any, Any]:
    name = f"Record{kind.__name__}"
    document = FORMS[kind.__name__]
    fields = _meant(kind.__name__) | fields_of(document, kind)
    if kind.__name__ in SOURCED:
        fields["citations"] = list[CITATION] | None, given(_CITATIONS)
    if kind is Article:
        fields["paragraphs"] = list[str] | None, given(_PARAGRAPHS)
        fields["replace"] = bool | None, given(_REPLACE)
        fields["new"] = bool | None, given(_NEW)
    asked = made_input(f"{name}Input", _INPUT, fields | BESIDE)
    draft = partial(merge.record, kind.__name__)
    key = record_type(kind.__name__).key
    about = f"Add a record of this type, or change the one of this id or {key}."
    return _field(name, draft, _recorded(name, kind), asked, about)


def _retracting(kind: type[Node]) -> tuple[Any, Any]:
    name = f"Retract{kind.__name__}"
    asked = made_input(f"{name}Input", "Which record.", _meant(kind.__name__) | BESIDE)
    draft = partial(merge.retract, kind.__name__)
    about = "Remove a record and its citations; refused while others need it."
    return _field(name, draft, _removed(name), asked, about)


def _citing() -> tuple[Any, Any]:
    subject = strawberry.ID, given("The id of the record that it bears on.", needed=True)
    asked = made_input(
        "AddCitationInput",
        "A passage that bears on a record.",
        {"subject": subject} | CITED | BESIDE,
    )
    about = "Add a citation to a record, or replace the one of this key."
    return _field(
        "AddCitation", merge.add_citation, _recorded("AddCitation", Citation), asked, about
    )


def _unciting() -> tuple[Any, Any]:
    asked = made_input("RemoveCitationInput", "Which citation.", _meant("Citation") | BESIDE)
    about = "Remove a citation; refused if nothing else supports what it bears on."
    return _field("RemoveCitation", merge.remove_citation, _removed("RemoveCitation"), asked, about)


def _mutation() -> type:
    fields = {f"record_{snake_case(kind.__name__)}": _recording(kind) for kind in _TYPES}
    sourced = [kind for kind in _TYPES if issubclass(kind, Sourced)]
    fields |= {f"retract_{snake_case(kind.__name__)}": _retracting(kind) for kind in sourced}
    fields |= {"add_citation": _citing(), "remove_citation": _unciting()}
    return _type("Mutation", _MUTATION, **fields)


Mutation = _mutation()
