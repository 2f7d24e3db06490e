"""A set of numbers is what a set of Python's is, few or many, and in order."""

from random import Random

import pytest

from kb.records.id_set import IdSet


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 3000])
def test_it_has_what_was_added_in_order(size: int) -> None:
    random, numbers = Random(size), IdSet()
    added: set[int] = set()
    for _ in range(size // 7 + 1):
        some = [random.randrange(1, 5 * size + 2) for _ in range(7)]
        numbers.update(some)
        numbers.add(some[0])
        added.update(some)
    assert [*numbers] == sorted(added)
    assert len(numbers) == len(added)
    assert all((number in numbers) == (number in added) for number in range(5 * size + 9))
    assert numbers == IdSet(added)


def test_a_few_take_no_more_where_numbers_are_large() -> None:
    few, many = IdSet([1_000_000]), IdSet(range(1_000_000, 1_002_000))
    assert not few._marks
    assert len(many._marks) > 1_000_000
