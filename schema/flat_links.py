"""The flat tables of what belongs to records: members of their lists, identifiers, disagreements.

In: the tables of these. Out: a `FlatTable` for each. Each row has the key of its record, or the id
where it may be one of any type, and the revision of it; members and disagreements have the days by
which a view shows them.
"""

from collections.abc import Iterator

from pydantic.alias_generators import to_camel, to_pascal

from kb.models import MEMBER_DAYS, Table
from kb.query.fields import RowSet
from kb.query.sql import Row
from kb.records.record_tables import OWNER_COLUMNS
from kb.tables.flat_table import FlatTable, FlatType
from schema.fields import column_equals, node_id
from schema.flat_rows import FlatRow, object_type

_POSITION = "Its place in the list of its record, from 0."
LINKS = {
    "event_parties": "party",
    "event_organisations": "event_organisation",
    "event_states": "event_state",
    "event_officials": "event_official",
    "summit_participants": "participation",
    "organisation_predecessors": "organisation_predecessor",
    "state_predecessors": "state_predecessor",
}
"""By the name of each, the table of its rows."""
_RECORD = Row("r", "record")


def link_tables() -> Iterator[FlatTable]:
    for name, table in LINKS.items():
        yield _members(name, table)
    yield _identifiers()
    yield _disagreements()


def _members(name: str, table: str) -> FlatTable:
    """In the order of each list: what is a member, how, and since when that is known."""
    row = Row("t", table)
    flat, owner = FlatRow(row), OWNER_COLUMNS[table]
    identity = (flat.refer(owner), "position")
    flat.put("position", FlatType.INTEGER, row["position"], _POSITION)
    for reference, since in MEMBER_DAYS[table].items():
        told = "The first day on which a source told of this member of the list."
        flat.put_day(f"{flat.refer(reference)}_known_from", row[since], told)
    done = {owner, "position", *MEMBER_DAYS[table], *MEMBER_DAYS[table].values()}
    for column in [each.name for each in Table.metadata.tables[table].columns]:
        if column not in done:
            flat.add(column, object_type(to_pascal(table)).fields[column])
    flat.put_revision(_RECORD["revision"])
    return flat.table(name, row[owner], identity)


def _identifiers() -> FlatTable:
    row = Row("t", "identifier")
    flat, fields = FlatRow(row), object_type("Identifier").fields
    flat.put(
        "record", FlatType.TEXT, node_id(_RECORD, None), "The id of the record that has it.", ""
    )
    flat.put("position", FlatType.INTEGER, row["position"], _POSITION)
    for name in ("scheme", "scheme_name", "value", "url"):
        flat.add(name, fields[to_camel(name)])
    flat.put_revision(_RECORD["revision"])
    flat.filters["type"] = _RECORD["type"].text
    return flat.table("identifiers", row["record_id"], ("record", "position"))


def _disagreements() -> FlatTable:
    """A row for each value that is asserted, of what is superseded by now, too."""
    row, fields = Row("t", "assertion"), object_type("AssertedValue").fields
    flat, described = FlatRow(row), object_type("Disagreement").fields
    disagreement = flat.join(RowSet("disagreement", column_equals("id", "disagreement_id")))
    flat.put("key", FlatType.TEXT, disagreement["key"], "Of what the sources disagree about.")
    flat.put_day("known_from", disagreement["known_from"], "The first day of this disagreement.")
    flat.put_day("known_to", disagreement["known_to"], "The day from which it is another, if any.")
    flat.put("position", FlatType.INTEGER, row["position"], _POSITION)
    told = f"{described['subject'].description} Its id."
    flat.put("subject", FlatType.TEXT, node_id(_RECORD, None), told, "")
    for name in ("field", "kind", "recorded"):
        flat.put(name, FlatType.TEXT, disagreement[name], described[name].description or "")
    for name in ("value", "text", "citations"):
        flat.add(name, fields[name])
    flat.put_revision(_RECORD["revision"])
    flat.filters["type"] = _RECORD["type"].text
    return flat.table(
        "disagreements", disagreement["subject_id"], ("key", "known_from", "position")
    )
