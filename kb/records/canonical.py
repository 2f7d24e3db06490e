"""Records as canonical JSON: the same in the change feed, in an export and in every checksum.

In: rows of records, with their parts, and the paragraphs of articles. Out: one line of JSON a
record, its keys sorted, with nothing that is derived and no revision; and the same without the text
of an article, for whom that is withheld. Pure: no I/O.
"""

import json
from collections.abc import Mapping, Sequence

from kb.records.rows import Ref, Rows
from kb.records.to_documents import fields_of

_TEXT = '"paragraphs":['
"""How the text of an article begins; within a value its quotes would be escaped."""


def canonical(rows: Rows, paragraphs: Sequence[str] = ()) -> str:
    """`paragraphs` are those of an article; none if its text is not there."""
    fields = fields_of(rows)
    if rows.ref.type == "Citation":
        subject = rows.row["subject_id"]
        assert isinstance(subject, Ref)
        fields["subject"] = f"{subject.type}:{subject.key}"
    if rows.ref.type == "Article":
        fields["paragraphs"] = list(paragraphs) or None
    fields |= {"id": f"{rows.ref.type}:{rows.ref.key}", "key": rows.ref.key}
    return _dump(fields)


def without_text(document: str) -> str:
    """A canonical document, as it would be if the article's text were not there.

    The views `textless_…` of the database cut the same out.
    """
    if _TEXT not in document:
        return document
    return _dump(json.loads(document) | {"paragraphs": None})


def _dump(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
