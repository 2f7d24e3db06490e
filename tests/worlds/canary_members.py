"""Lists that go together: records of whose part nothing is told, and those whose part is.

In: the story of a record, and what an article would add to one of its lists. Out: whether it can;
what is told of one record's part takes it out of the list that tells none.
"""

from collections.abc import Iterator, Mapping

from kb.records.traits import DocumentField
from tests.worlds.canary_stories import Story


def take_from_lists(
    story: Story,
    field_of: DocumentField,
    reference_of: DocumentField,
    part: Mapping[str, object],
) -> bool:
    """Whether it can be a member; in a list that goes with this one it stands no more then."""
    member = (reference_of.alias, part[reference_of.alias])
    named = (value for value in story.values(field_of.alias) if isinstance(value, dict))
    if member in {item for other in named for item in other.items()}:
        return False
    for each in _joined_to(story, field_of, reference_of):
        if member[1] in story.values(each.alias):
            # Which of several comes first would tell of the part that one plays later.
            is_alone = story.values(each.alias) == [member[1]]
            is_denied = each.joined_by and each.joined_by.excluded in part.values()
            if is_denied or not is_alone:
                return False
            story.told[each.alias] = []
    return True


def _joined_to(
    story: Story, field_of: DocumentField, reference_of: DocumentField
) -> Iterator[DocumentField]:
    """The lists of keys of that type which go with a list of documents."""
    for each in story.fields.values():
        types = {each.reference and each.reference.type for each in (each, reference_of)}
        if each.joined_by and each.joined_by.field == field_of.name and len(types) == 1:
            yield each


def keys_without_part(
    story: Story, field_of: DocumentField, reference_of: DocumentField
) -> Iterator[str]:
    """The records of that type of whose part nothing is told."""
    for each in _joined_to(story, field_of, reference_of):
        yield from map(str, story.values(each.alias))


def awaits_first(story: Story, field_of: DocumentField) -> bool:
    """Whether further predecessors could not be recorded yet: they are those besides the first.

    Told before it, they would be recorded or not by what later articles say.
    """
    has_first = field_of.alias == "predecessors" and "predecessor" in story.fields
    return has_first and story.current("predecessor") is None


def keys_of_parts(story: Story, field_of: DocumentField) -> Iterator[object]:
    """What stands in the list of documents that a list of keys goes with."""
    if field_of.joined_by:
        for value in story.values(field_of.joined_by.field):
            yield from value.values() if isinstance(value, dict) else ()
