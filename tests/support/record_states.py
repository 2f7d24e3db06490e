"""What there was of all records at moments: after revisions by the feed, on days by documents.

In: a database. Out: by revision or day the fields of each record's document, as a difference has
them, by the record's id; a field without a value is left out.
"""

import json
from collections.abc import Mapping

from kb.models.base import AFTER_ALL, BEFORE_ALL
from kb.query.as_known import known_tables
from kb.query.sql import Sql, in_front, literal, sql
from kb.records.record_tables import TYPE_NAMES
from schema.record_documents import composed_document
from tests.support.databases import Database
from tests.support.feeds import follow

Fields = Mapping[object, object]
States = Mapping[object, Fields]


def fields_of(document: object) -> Fields:
    fields = json.loads(str(document))
    return {
        name: as_text(value)
        for name, value in fields.items()
        if name not in ("id", "key") and value is not None
    }


def as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def recorded_states(db: Database) -> dict[int, States]:
    """By each revision; within a commit each tells all of it."""
    states: dict[int, States] = {0: {}}
    state: dict[object, Fields] = {}
    begun: list[int] = []
    for change in follow(db, first=1000):
        state.pop(change["recordId"], None)
        if change["document"] is not None:
            state[change["recordId"]] = fields_of(change["document"])
        begun.append(int(str(change["revision"])))
        if change["commitEnd"]:
            told = {**state}
            states |= dict.fromkeys(begun, told)
            begun = []
    return states


def known_states(db: Database) -> dict[str, States]:
    """By each day on which something becomes known, and the one before all."""
    days = [
        str(day)
        for (day,) in db.rows("select distinct known_from from record")
        if day not in (BEFORE_ALL, AFTER_ALL)
    ]
    return {day: _known_on(db, day) for day in ("0001-01-01", *sorted(days))}


def _known_on(db: Database, day: str) -> States:
    statement = in_front(
        known_tables((literal(day),)),
        sql(
            "select s.type, s.key, {} from record s",
            composed_document(Sql("s.type"), Sql("s.key"), TYPE_NAMES),
        ),
    )
    return {
        f"{type_name}:{key}": fields_of(document)
        for type_name, key, document in db.rows(statement.text.replace(":", "\\:"))
    }
