"""What a load keeps on disk comes back in order, without being sorted in memory first."""

from kb.files.staging import StagedItem, StagedRecord, Staging, open_staging
from kb.records.rows import Ref


def fill(staging: Staging) -> None:
    for number, key in enumerate(("b", "a", "c")):
        staging.add("Event", StagedItem(key, 0, number, "{}"))
        for line in range(2):
            cited = StagedItem(f"{key}-{1 - line}", 0, 10 * number + line, None)
            staging.add("Citation", cited, Ref("Event", key))


def test_it_comes_back_in_order() -> None:
    with open_staging() as staging:
        fill(staging)
        (chunk,) = staging.chunks()
        assert [held.item.key for held in chunk] == ["a", "b", "c"]
        assert all(isinstance(held, StagedRecord) and held.type == "Event" for held in chunk)
        for held in chunk:
            assert [citation.key for citation in held.citations] == [
                f"{held.item.key}-0",
                f"{held.item.key}-1",
            ]


def test_nothing_is_sorted() -> None:
    """This SQLite sorts in memory, whatever it is told: a million records would be held there."""
    statements: list[str] = []
    with open_staging() as staging:
        fill(staging)
        connection = staging._connection
        connection.set_trace_callback(statements.append)
        assert len([*staging.chunks()]) == 1
        assert [*staging.stray_citations()] == []
        assert staging.later([Ref("Event", "a")]) == set()
        assert [*staging.removed()] == []
        connection.set_trace_callback(None)
        plans = {
            statement: [row[3] for row in connection.execute(f"explain query plan {statement}")]
            for statement in statements
        }
    assert len(plans) > 10
    assert {text: plan for text, plan in plans.items() if "TEMP B-TREE" in " ".join(plan)} == {}
