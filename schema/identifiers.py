"""Identifiers in the schema: what records are called elsewhere, and records found by that.

In: the rows of identifiers and their schemes. Out: the type `Identifier`, and where the field
`identified` of the roots has its record from. Which schemes there are is data.
"""

from collections.abc import Mapping
from typing import ClassVar

import strawberry

from kb.errors import UnknownScheme
from kb.query.fields import Arguments, Requirement, RowSet, RowSource
from kb.query.filters import fold_key
from kb.query.sql import Row, Sql, sql
from schema.fields import Argument, column, computed

SCHEME = Argument("scheme", str, "The key of a scheme, such as `wikidata`, in any case.")
VALUE = Argument("value", str, "The identifier, as the scheme writes it.")


def _scheme(row: Row, _: Arguments) -> Sql:
    return sql("(select s.key from scheme s where s.id = {})", row["scheme_id"])


def _scheme_name(row: Row, _: Arguments) -> Sql:
    return sql("(select s.name from scheme s where s.id = {})", row["scheme_id"])


def _url(row: Row, _: Arguments) -> Sql:
    """Only a web address: what begins otherwise could run where it is clicked."""
    return sql(
        "(select f.url from (select replace(s.template, '{{value}}', {}) as url from scheme s"
        " where s.id = {}) f where f.url like 'http://%' or f.url like 'https://%')",
        row["value"],
        row["scheme_id"],
    )


@strawberry.type(
    description="What a record is called elsewhere: a mapping by a curator, and no claim of an"
    " article."
)
class Identifier:
    table: ClassVar = "identifier"
    scheme: str = computed(_scheme, "Whose identifier it is: the key of a scheme.")
    scheme_name: str = computed(_scheme_name, "What the scheme is called.")
    value: str = column("value", "The identifier itself.")
    url: str | None = computed(
        _url, "Where it leads on the web, for schemes that have addresses; null for others."
    )


def _is_identified(record: Row, _: Row, arguments: Arguments) -> Sql:
    """The first by type and key: an identifier is of one record of a type alone."""
    return sql(
        "{} = (select r.id from scheme s join identifier i on i.scheme_id = s.id"
        " join record r on r.id = i.record_id where s.key = {} and i.value = {}"
        " order by r.type, r.key limit 1)",
        record["id"],
        fold_key(arguments, "scheme", "scheme"),
        arguments.bind("value"),
    )


def _is_known(_: Row, arguments: Arguments) -> Sql:
    key = fold_key(arguments, "scheme", "scheme")
    return sql("exists (select 1 from scheme s where s.key = {})", key)


def _details(_: Row, arguments: Arguments) -> Mapping[str, Sql]:
    listed = Sql(
        "(select concat('[',string_agg(json_quote(s.key),',' order by s.key),']') from scheme s)"
    )
    scheme = sql("json_quote(cast({} as text))", arguments.bind("scheme"))
    return {"scheme": scheme, "schemes": listed}


IDENTIFIED = RowSource(
    RowSet("record", _is_identified), Requirement(_is_known, UnknownScheme.code, _details)
)
