"""What GraphQL answers, as rows of flat tables: the other way to them, for tests to compare.

In: a database. Out: for each table the rows that its records amount to, under the names of the
columns, from nothing but answers to queries. Aliases give the names; dates are dates.
"""

from collections.abc import Iterator
from datetime import date

from tests.support.databases import Database
from tests.worlds.date_fields import FILE_TYPES, date_fields

Row = dict[str, object]
_DATE = "{ edtf earliest latest }"
_SPAN = (
    f"{{ start {_DATE} end {_DATE} end_kind: endKind attested_until: attestedUntil"
    " certain_from: certainFrom certain_to: certainTo"
    " possible_from: possibleFrom possible_to: possibleTo length { least most } text }"
)
_NAMED = "{ key: slug name }"
_STATE = "{ key: code name }"
_IDENTIFIERS = "identifiers { scheme scheme_name: schemeName value url }"
_SOURCED = f"revision disputed {_IDENTIFIERS}"
_OTHER_FIELDS = {
    "schemes": "key: slug name pattern template telling",
    "publications": "key: slug name publisher",
    "articles": (
        f"key: slug headline kind publication {_NAMED} issue_number: issueNumber"
        " place author attribution summary url year_inferred: yearInferred"
    ),
    "organisations": (
        f"key: slug name acronym aliases predecessor {_NAMED} predecessors {{ key: slug }}"
        f" parent {_NAMED} url {_SOURCED}"
    ),
    "about": (
        f"key: slug title description licence contact organisation {_NAMED} offices"
        " examples { title query }"
    ),
    "states": (
        f"key: code name official_name: officialName aliases period: existence {_SPAN}"
        f" predecessors {{ key: code }} {_SOURCED}"
    ),
    "officials": f"key: slug name aliases nationality {_STATE} {_SOURCED}",
    "memberships": (
        f"key organisation {_NAMED} state {_STATE} status status_note: statusNote"
        f" period {_SPAN} {_SOURCED}"
    ),
    "terms": (
        f"key official {_NAMED} office organisation {_NAMED} state {_STATE} capacity period {_SPAN}"
        f" end_reason: endReason {_SOURCED}"
    ),
    "summits": (
        f"key: slug name kind organisation {_NAMED} city host {_STATE}"
        f" participants {{ official {_NAMED} state {_STATE} attendance note }}"
        f" participants_complete: participantsComplete {_SOURCED}"
    ),
    "events": (
        f"key: slug kind title period: occurred {_SPAN} place office summit {_NAMED}"
        f" parties {{ organisation {_NAMED} state {_STATE} official {_NAMED} role note }}"
        " organisations { key: slug } states { key: code } officials { key: slug }"
        f" {_SOURCED}"
    ),
    "citations": (
        "key subject { id } article { key: slug } locator observed_on: observedOn field value"
        " stance claim paragraph start end sha256 verified verification"
    ),
}


def _dates(table: str) -> str:
    if table not in FILE_TYPES:
        return ""
    return " ".join(
        f"{field.name}: {field.alias} {_DATE}" for field in date_fields(FILE_TYPES[table])
    )


SELECTIONS = {table: f"{others} {_dates(table)}" for table, others in _OTHER_FIELDS.items()}
_OF_PERIOD = {"start", "end", "text"}
_MOST = 50


def flatten_answers(db: Database, table: str) -> dict[str, Row]:
    """By id; a row lacks the columns of what is null."""
    record_type = table.removesuffix("s").title()
    statement = "select key, revision, known_from from record where type = :kind"
    untold = {
        str(key): {
            "revision": number,
            "known_from": None if day == "infinity" else date.fromisoformat(str(day)),
        }
        for key, number, day in db.rows(statement, kind=record_type)
    }
    keys, rows = [*untold], list[Row]()
    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on {record_type} {{ {{}} }} }} }}"
    query = query.replace("{}", SELECTIONS[table])
    for start in range(0, len(keys), _MOST):
        ids = [f"{record_type}:{key}" for key in keys[start : start + _MOST]]
        nodes = db.ask(query, ids=ids)["nodes"]
        assert isinstance(nodes, list)
        rows += [
            {key: item for field in node.items() for key, item in _value(*field)} for node in nodes
        ]
    # GraphQL tells the revision of sourced records alone, and as text.
    return {str(row["id"]): row | untold[str(row["key"])] for row in rows}


def flatten_view(db: Database, table: str, day: str) -> dict[str, Row]:
    """The same of what a view shows: dates are texts, and there is nothing of what is recorded."""
    record_type = table.removesuffix("s").title()
    ids = [f"{record_type}:{key}" for (key,) in db.rows(f"select key from {record_type.lower()}")]
    selection = SELECTIONS[table].replace("revision ", "")
    query = f"""query ($ids: [ID!]!, $day: Date!) {{ view(knownAt: $day) {{
      nodes(ids: $ids) {{ id ... on {record_type} {{ {selection} }} }} }} }}"""
    rows: dict[str, Row] = {}
    for start in range(0, len(ids), _MOST):
        view = db.ask(query, ids=ids[start : start + _MOST], day=day)["view"]
        assert isinstance(view, dict)
        for node in view["nodes"]:
            if node is not None:
                values = [item for field in node.items() for item in _value(*field)]
                rows[node["id"]] = {
                    name: item.isoformat() if isinstance(item, date) else item
                    for name, item in values
                }
    return rows


def _value(name: str, value: object) -> Iterator[tuple[str, object]]:
    match value:
        case {"edtf": edtf, "earliest": earliest, "latest": latest}:
            yield name, edtf
            yield f"{name}_earliest", _day(earliest)
            yield f"{name}_latest", _day(latest)
        case dict() if "certain_from" in value:
            for part, item in value.items():
                yield from _value(f"period_{part}" if part in _OF_PERIOD else part, item)
        case {"least": least, "most": most}:
            yield f"{name}_least", least
            yield f"{name}_most", most
        case {"id": item}:
            yield name, item
        case {"key": key, **rest}:
            yield name, key
            yield from ((f"{name}_{part}", item) for part, item in rest.items())
        case [*items]:
            yield name, [_item(item) for item in items]
        case str() if name.endswith(("_from", "_to", "_until")) or name == "observed_on":
            yield name, _day(value)
        case _:
            yield name, value


def _item(value: object) -> object:
    """Of a record its key, of anything else all of it."""
    match value:
        case dict() if "note" in value:
            named = [name for name in ("organisation", "official", "state") if name in value]
            absent = {part: None for name in named for part in (name, f"{name}_name")}
            return absent | {k: v for part, field in value.items() for k, v in _value(part, field)}
        case {"key": key}:
            return key
        case _:
            return value


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None
