"""Records as canonical JSON: the same in the change feed, in an export and in every checksum.

In: rows of records, with their parts, and the paragraphs of articles. Out: one line of JSON a
record, its keys sorted, with nothing that is derived and no revision. Pure: no I/O.
"""

import json
from collections.abc import Sequence

from kb.records.rows import Ref, Rows
from kb.records.to_documents import fields_of


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
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
