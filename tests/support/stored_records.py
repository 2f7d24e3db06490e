"""All records of a database, as they are stored."""

from collections.abc import Mapping

from sqlalchemy import Connection

from kb.records.read import read_batch, read_id_pages
from kb.records.record_tables import TYPE_NAMES
from kb.records.rows import Ref, Rows


def read_numbers(connection: Connection) -> dict[Ref, int]:
    pages = (page for name in TYPE_NAMES for page in read_id_pages(connection, name))
    return {ref: number for page in pages for ref, number in page.items()}


def read_all(connection: Connection) -> Mapping[Ref, Rows]:
    pages = (page for name in TYPE_NAMES for page in read_id_pages(connection, name))
    return {
        rows.ref: rows for page in pages for rows in read_batch(connection, page.values()).values()
    }
