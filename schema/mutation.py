"""The mutations of the schema: for each type of record, its inputs and its answers.

In: the documents of seed files and the schema types of the same records. Out: the type `Mutation`,
each of whose fields has in its metadata the request that it makes and the role that may make it.
`kb.server.mutations` carries them out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Union

import strawberry

from kb.commit import joint_draft, merge, revert
from kb.commit.request import Drafter, Lister, lists_none
from kb.commit.take_down import draft_text_erasure
from kb.commit.take_down_record import draft_article_retraction, draft_publication_retraction
from kb.query.fields import ListSource, RowSet, RowSource
from kb.query.mutation import LISTED_RECORDS, OUTCOMES, PROBLEMS
from kb.records.documents import FORMS, SOURCED
from kb.records.types import record_type, snake_case
from kb.roles import Role
from schema.about import About, Scheme
from schema.erasures import ERASED_CHANGES
from schema.feed import Change
from schema.fields import Argument, column, column_equals, reference, source_field
from schema.inputs import (
    CITATION_FIELDS,
    CITATION_INPUT,
    REQUEST_FIELDS,
    InputFields,
    input_field,
    input_fields,
    make_input,
    make_one_of,
)
from schema.records import Event, Membership, Official, Organisation, State, Summit, Term
from schema.sources import Article, Citation, Node, Publication, Sourced
from schema.time import Revision

_RECORD_CLASSES: tuple[type[Node], ...] = (
    Organisation,
    State,
    Membership,
    Official,
    Term,
    Summit,
    Event,
    Publication,
    Article,
    Scheme,
    About,
)
_INPUT = (
    "What is to be recorded. A field that is left out stays as it is, one that is null is cleared."
    " A new record needs what is never null, and a citation that supports it."
)
_CITATIONS = "Passages that bear on it, added to those there are; of the same key, in their place."
_DRY_RUN = Argument(
    "dryRun",
    bool,
    "Answer as if it were done, with all checks, and write nothing: `revision` is the one that it"
    " would have had, and an `idempotencyKey` is not spent.",
    False,
)
_ALL = "What is to be recorded together."
_RECORDS = (
    "Up to 500, in any order; they may refer to one another. Each record stands here once,"
    " citations of it may stand beside it."
)
_MEMBER = "What `{}` takes, but for `idempotencyKey` and `reason`."
_SINGLE = {"citation": "addCitation"}
_PARAGRAPHS = "Its text, from the standfirst on; as `kb ingest` would store it."
_REPLACE = (
    "Take it even if citations that are verified now lose their words, or if the text or the whole"
    " article was taken down."
)
_ADD_COPY = "Add the article even if it is likely a copy of one of the same issue and day."
_RETRACT_ARTICLE = (
    "Take an article down whole, for good, with its citations and the records that no other article"
    " supports: they leave search, what was recorded at earlier revisions, and the documents of"
    " earlier changes, of which the hashes stay. Refused while a record that has other support"
    " needs one of those."
)
_RETRACT_PUBLICATION = (
    "Take a publication down with all its articles, each as `retractArticle` does, in one commit."
)
_MUTATION = (
    "What curators may write, with a token: `Authorization: Bearer …`. The fields are carried out"
    " one after the other, each whole or not at all."
)


@dataclass(frozen=True, slots=True)
class MutationRequest:
    """What a field of `Mutation` does; `payload` is the type of its answer when it is done."""

    draft: Drafter
    payload: str
    lists: Lister = lists_none
    role: Role = Role.CURATOR


@strawberry.type(description="One thing wrong with the input.")
class Problem:
    table: ClassVar = "problem"
    path: list[str] = column("path", "Where: `input`, then fields and places in lists, from 0.")
    message: str = column("message", "What is wrong, and what to do.")


@strawberry.type(description="The input is at fault; nothing was written.")
class Invalid:
    table: ClassVar = "outcome"
    problems: list[Problem] = source_field(
        ListSource(PROBLEMS, lambda row: (row["position"],), most="input"),
        "All that is wrong, by its place.",
    )


@strawberry.type(
    description="The record is of another revision than expected; nothing was written."
)
class Stale:
    table: ClassVar = "outcome"
    current: Node | None = source_field(
        RowSource(RowSet("record", column_equals("id", "record_id"))),
        "The record as it is; null if it is gone.",
    )
    revision: Revision = column("revision", "The change that last touched it; `0` if it is gone.")


@strawberry.type(description="Whoever asks may not do this; nothing was written.")
class Forbidden:
    table: ClassVar = "outcome"
    message: str = column("message", "Why, and what to do.")


def _type(name: str, description: str, **fields: tuple[object, object]) -> type:
    """A schema type of these fields, each with its type and its source."""
    attributes = {field: value for field, (_, value) in fields.items()}
    hints = {field: hint for field, (hint, _) in fields.items()}
    others = {"__annotations__": hints, "__module__": __name__, "table": "outcome"}
    schema_type: type = strawberry.type(
        type(name, (), {**attributes, **others}), description=description
    )
    return schema_type


_REVISION = (
    Revision,
    column("revision", "The newest revision once this was done: answers from it on have it so."),
)


def _record_payload(name: str, record_class: type) -> type:
    """The payload of a mutation that leaves a record."""
    table = snake_case(record_class.__name__)
    record = reference(table, "record_id", "The record as it is now; null if it is gone since.")
    return _type(
        f"{name}Payload",
        "It is done.",
        **{table: (record_class | None, record)},
        revision=_REVISION,
    )


_REMOVED_ID = (strawberry.ID, column("id", "The id of what is gone."))


def _removal_payload(name: str) -> type:
    """The payload of a mutation that removes a record."""
    return _type(f"{name}Payload", "It is done.", id=_REMOVED_ID, revision=_REVISION)


def _mutation_field(
    name: str,
    draft: Drafter,
    payload: type,
    input_type: type,
    description: str,
    lists: Lister = lists_none,
) -> tuple[Any, Any]:
    """The type and the value of a field of `Mutation`."""
    # The types are values here.
    answers = Union[payload, Invalid, Stale, Forbidden]  # type: ignore[valid-type]  # noqa: UP007
    union = strawberry.union(f"{name}Result", description="What became of the request.")
    request = MutationRequest(draft, payload.__name__, lists)
    given = Argument("input", input_type, "What to write.")
    value = source_field(RowSource(OUTCOMES), description, given, _DRY_RUN, request=request)
    return Annotated[answers, union] | None, value


def _identity_fields(type_name: str) -> InputFields:
    """The fields by which a record is identified."""
    key = record_type(type_name).key
    return {
        "id": (strawberry.ID | None, input_field(f"Its id; or its {key}.")),
        key: (str | None, input_field(f"Its permanent {key}; or its id.")),
    }


def _record_input(record_class: type[Node]) -> type:
    type_name = record_class.__name__
    fields = _identity_fields(type_name) | input_fields(FORMS[type_name], record_class)
    if type_name in SOURCED:
        fields["citations"] = list[CITATION_INPUT] | None, input_field(_CITATIONS)
    if record_class is Article:
        fields["paragraphs"] = list[str] | None, input_field(_PARAGRAPHS)
        fields["replace"] = bool | None, input_field(_REPLACE)
        fields["new"] = bool | None, input_field(_ADD_COPY)
    return make_input(f"Record{type_name}Input", _INPUT, fields | REQUEST_FIELDS)


def _record_mutation(record_class: type[Node], input_type: type) -> tuple[Any, Any]:
    type_name = record_class.__name__
    draft = partial(merge.draft_record, type_name)
    key = record_type(type_name).key
    description = f"Add a record of this type, or change the one of this id or {key}."
    name = f"Record{type_name}"
    payload = _record_payload(name, record_class)
    return _mutation_field(name, draft, payload, input_type, description)


def _retract_mutation(record_class: type[Node]) -> tuple[Any, Any]:
    type_name = record_class.__name__
    name = f"Retract{type_name}"
    fields = _identity_fields(type_name) | REQUEST_FIELDS
    input_type = make_input(f"{name}Input", "Which record.", fields)
    draft = partial(merge.draft_retraction, type_name)
    description = "Remove a record and its citations; refused while others need it."
    return _mutation_field(name, draft, _removal_payload(name), input_type, description)


def _add_citation_input() -> type:
    subject = strawberry.ID, input_field("The id of the record that it bears on.", needed=True)
    return make_input(
        "AddCitationInput",
        "A passage that bears on a record.",
        {"subject": subject} | CITATION_FIELDS | REQUEST_FIELDS,
    )


def _add_citation_mutation(input_type: type) -> tuple[Any, Any]:
    description = "Add a citation to a record, or replace the one of this key."
    payload = _record_payload("AddCitation", Citation)
    return _mutation_field("AddCitation", merge.draft_citation, payload, input_type, description)


def _remove_citation_mutation() -> tuple[Any, Any]:
    fields = _identity_fields("Citation") | REQUEST_FIELDS
    input_type = make_input("RemoveCitationInput", "Which citation.", fields)
    description = "Remove a citation; refused if nothing else supports what it bears on."
    payload = _removal_payload("RemoveCitation")
    return _mutation_field(
        "RemoveCitation", merge.draft_citation_removal, payload, input_type, description
    )


def _revert_mutation() -> tuple[Any, Any]:
    fields: InputFields = {
        "id": (strawberry.ID, input_field("The id of the record.", needed=True)),
        "revision": (Revision, input_field("At which it was as it is to be.", needed=True)),
        "replace": (bool | None, input_field(_REPLACE)),
    }
    input_type = make_input("RevertToInput", "Which record, and to what.", fields | REQUEST_FIELDS)
    record = reference("record", "record_id", "The record as it is now; null if it is gone since.")
    payload = _type(
        "RevertToPayload", "It is done.", record=(Node | None, record), revision=_REVISION
    )
    description = (
        "Record what a record was at a revision, as a new change. One that was removed comes back"
        " with the citations that it had; of one that is there they stay. `REVISION_EXPIRED` where"
        " that is no longer kept."
    )
    return _mutation_field("RevertTo", revert.draft_revert, payload, input_type, description)


def _erase_text_mutation() -> tuple[Any, Any]:
    fields = _identity_fields("Article") | REQUEST_FIELDS
    input_type = make_input("EraseTextInput", "Which article.", fields)
    description = (
        "Take the text of an article down, for good: it leaves search, what was recorded at earlier"
        " revisions, and the documents of earlier changes, which the newest one tells (`erases`)."
        " The article and its citations stay, which are verified no longer. Its text is taken again"
        " where that is asked for (`replace: true`)."
    )
    payload = _record_payload("EraseText", Article)
    return _mutation_field("EraseText", draft_text_erasure, payload, input_type, description)


def _record_all_mutation(inputs: Mapping[str, type]) -> tuple[Any, Any]:
    members: InputFields = {
        name: (
            input_type | None,
            input_field(_MEMBER.format(_SINGLE.get(name) or f"record{name.capitalize()}")),
        )
        for name, input_type in inputs.items()
    }
    entry_type = make_one_of("RecordOneInput", "One record, or one citation.", members)
    records = list[entry_type], input_field(_RECORDS, needed=True)  # type: ignore[valid-type]
    fields = {name: REQUEST_FIELDS[name] for name in ("idempotency_key", "reason")}
    input_type = make_input("RecordAllInput", _ALL, {"records": records} | fields)
    listed = ListSource(
        LISTED_RECORDS, lambda row: (row["position"],), gaps=True, most=joint_draft.MOST_RECORDS
    )
    shown = source_field(listed, "As they are now, in the order of the input; null if gone since.")
    payload = _type(
        "RecordAllPayload",
        "It is done.",
        records=(list[Node | None], shown),
        revision=_REVISION,
    )
    description = "Add or change many records and citations in one commit: all of them, or none."
    return _mutation_field(
        "RecordAll", joint_draft.draft_all, payload, input_type, description, joint_draft.refs_of
    )


def _take_down_mutation(type_name: str, draft: Drafter, description: str) -> tuple[Any, Any]:
    name = f"Retract{type_name}"
    fields = _identity_fields(type_name) | REQUEST_FIELDS
    input_type = make_input(f"{name}Input", f"Which {type_name.lower()}.", fields)
    erased = source_field(ERASED_CHANGES, "What was taken down: a change of each record.")
    payload = _type(
        f"{name}Payload",
        "It is done.",
        id=_REMOVED_ID,
        erased=(list[Change], erased),
        revision=_REVISION,
    )
    return _mutation_field(name, draft, payload, input_type, description)


def _mutation_type() -> type:
    fields = {}
    inputs = {snake_case(each.__name__): _record_input(each) for each in _RECORD_CLASSES}
    citation = _add_citation_input()
    for record_class in _RECORD_CLASSES:
        name = snake_case(record_class.__name__)
        fields[f"record_{name}"] = _record_mutation(record_class, inputs[name])
    fields["record_all"] = _record_all_mutation(inputs | {"citation": citation})
    for record_class in _RECORD_CLASSES:
        if issubclass(record_class, Sourced):
            fields[f"retract_{snake_case(record_class.__name__)}"] = _retract_mutation(record_class)
    fields["add_citation"] = _add_citation_mutation(citation)
    fields["remove_citation"] = _remove_citation_mutation()
    fields["revert_to"] = _revert_mutation()
    fields["erase_text"] = _erase_text_mutation()
    fields["retract_article"] = _take_down_mutation(
        "Article", draft_article_retraction, _RETRACT_ARTICLE
    )
    fields["retract_publication"] = _take_down_mutation(
        "Publication", draft_publication_retraction, _RETRACT_PUBLICATION
    )
    return _type("Mutation", _MUTATION, **fields)


Mutation = _mutation_type()
