"""Documents that the database puts together are those that a commit makes of the same rows."""

import pytest
from sqlalchemy import text

from kb.commit.changes import read_documents
from kb.query.sql import Sql, sql
from kb.records.read import read_id_pages
from kb.records.record_tables import TYPE_NAMES
from schema.record_documents import composed_document
from tests.support.databases import Database
from tests.worlds import odd

pytestmark = pytest.mark.sweep
SEEDS = (1, 2, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_they_are_those_of_a_commit(empty: Database, seed: int) -> None:
    odd.fill(empty.engine, seed)
    made = sql(
        "select s.id, {} from record s where s.type = :type",
        composed_document(Sql("s.type"), Sql("s.key"), TYPE_NAMES),
    )
    with empty.engine.begin() as connection:
        for type_name in TYPE_NAMES:
            numbers = [
                number for page in read_id_pages(connection, type_name) for number in page.values()
            ]
            assert numbers
            documents = {
                number: str(document)
                for number, document in connection.execute(text(made.text), {"type": type_name})
            }
            for expected in read_documents(connection, numbers):
                assert documents[expected.id] == expected.document
