"""What citations say, in words: on which field, and which value.

In: parts of GraphQL answers, and names of records by their ids. Out: texts without keys, EDTF or
names of the schema. Pure: no I/O.
"""

from kb.web.presentation import JsonObject, field_words
from kb.web.value_words import Names, value_words


def claim_words(citation: JsonObject, record: JsonObject, names: Names) -> str:
    """Such as `Start: 14 April 2003`; `On the host` where it gives no value."""
    field = citation["field"]
    if not field:
        return ""
    words = field_words(field)
    told = value_words(citation["value"], citation, names, record)
    return f"{words.capitalize()}: {told}" if told else f"On the {words}"
