"""The types of records: what each is called where, and the facts about a type that are no field's.

In: nothing. Out: one `RecordType` for each, in the order that lets each record come after those
that it needs, and functions to look one up. What is known of fields stands in `kb.records.traits`.
It imports nothing, so that every layer may ask it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache
def snake_case(name: str) -> str:
    """`PeaceMission` is `peace_mission`, the name of its table."""
    return _WORD_START.sub("_", name).lower()


def in_words(name: str) -> str:
    """`PeaceMission` is a `peace mission` in messages, whether or not there is such a type."""
    return snake_case(name).replace("_", " ")


@dataclass(frozen=True, slots=True)
class RecordType:
    """A type of records.

    `plural` names its seed file, its flat table and the folder of its pages; `key` is what GraphQL
    calls its permanent key. `unique_span` are the fields of which two records that are certain on
    one day must not have the same values. `claims_hit` is the field that refers to the record which
    a search finds by a claim about one of this type; the record itself if it is empty. Names of
    those that are `mentioned` are looked for in articles.
    """

    name: str
    plural: str
    key: str = "slug"
    unique_span: tuple[str, ...] = ()
    claims_hit: str = ""
    mentioned: bool = False

    @property
    def table(self) -> str:
        return snake_case(self.name)

    @property
    def enum_name(self) -> str:
        """Its value in the enums of the schema: `PEACE_MISSION`."""
        return self.table.upper()

    @property
    def is_coded(self) -> bool:
        """Whether keys are codes in capitals rather than words with hyphens."""
        return self.key == "code"


RECORD_TYPES: Final = (
    RecordType("Scheme", "schemes"),
    RecordType("Publication", "publications"),
    RecordType("Article", "articles"),
    RecordType("Organisation", "organisations", mentioned=True),
    RecordType("About", "about"),
    RecordType("State", "states", key="code", mentioned=True),
    RecordType("Official", "officials", mentioned=True),
    RecordType(
        "Membership",
        "memberships",
        key="key",
        unique_span=("organisation", "state"),
        claims_hit="state",
    ),
    RecordType(
        "Term",
        "terms",
        key="key",
        unique_span=("official", "office", "organisation", "state"),
        claims_hit="official",
    ),
    RecordType("Summit", "summits"),
    RecordType("Event", "events"),
    RecordType("Citation", "citations", key="key"),
)
_BY_NAME: Mapping[str, RecordType] = {each.name: each for each in RECORD_TYPES}
_BY_TABLE: Mapping[str, RecordType] = {each.table: each for each in RECORD_TYPES}
_BY_ENUM: Mapping[str, RecordType] = {each.enum_name: each for each in RECORD_TYPES}


def record_type(name: str) -> RecordType:
    """By its name, such as `State`; raises KeyError."""
    return _BY_NAME[name]


def type_of_table(table: str) -> RecordType:
    """By the table of its records; raises KeyError."""
    return _BY_TABLE[table]


def find_type_of_table(table: str) -> RecordType | None:
    """The same of any table; None for one that holds no records."""
    return _BY_TABLE.get(table)


def type_of_enum(name: str) -> RecordType:
    """By its value in the enums of the schema, such as `STATE`; raises KeyError."""
    return _BY_ENUM[name]


def has_codes(name: str) -> bool:
    """Whether keys of the type of this name are codes; those of no type are not."""
    return name in _BY_NAME and _BY_NAME[name].is_coded
