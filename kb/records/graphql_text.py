"""Queries as texts are stored, on one line: without their comments, and asking the same.

In: a text. Out: what its normal form asks the same as; ValueError where the blanks of a text within
it would be lost. Pure: no I/O.
"""

from graphql import GraphQLSyntaxError, parse, print_ast, strip_ignored_characters

from kb.normalisation import normalise


def on_one_line(text: str) -> str:
    """A text that is no GraphQL stays, for a rule to tell."""
    meaning = _meaning(text)
    if meaning is None:
        return text
    for written in (text, strip_ignored_characters(text)):
        if _meaning(normalise(written)) == meaning:
            return written
    raise ValueError


def _meaning(text: str) -> str | None:
    try:
        return print_ast(parse(text, no_location=True))
    except GraphQLSyntaxError:
        return None
