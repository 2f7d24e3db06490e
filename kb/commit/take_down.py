"""The text of an article taken down: out of the present by a commit, and out of the past with it.

In: an open transaction, and which article. Out: a `Draft`, or the commit, whose faults name the
article as their place.
"""

from dataclasses import replace

from sqlalchemy import Connection

from kb.commit import merge
from kb.commit.commit import commit_named
from kb.commit.erase import has_text
from kb.commit.feed import Origin
from kb.commit.merge import Draft, GivenFields
from kb.commit.reading import RecordReading
from kb.commit.validate import Batch
from kb.models import Erased
from kb.records.entries import NOWHERE


def draft_text_erasure(reading: RecordReading, given: GivenFields) -> Draft:
    """The article without its text, of which nothing is to be left; there may be none by now."""
    retraction = merge.draft_retraction("Article", reading, given)
    if retraction.batch.faults:
        return Draft(retraction.ref, Batch(faults=retraction.batch.faults))
    key = retraction.ref.key
    if not has_text(reading.connection, retraction.ref):
        what = f"the article `{key}` has no text, nor had any that is kept"
        place = merge.named_by("Article", given)
        fault = NOWHERE.fault(what, "leave it: there is nothing to take down", place)
        return Draft(retraction.ref, Batch(faults=[fault]))
    without = {"slug": key, "paragraphs": None}
    draft = merge.draft_record("Article", reading, without)
    return replace(draft, batch=replace(draft.batch, taken_down={retraction.ref: Erased.TEXT}))


def take_text_down(connection: Connection, article: str, origin: Origin) -> None:
    """The same as a command."""
    reading = RecordReading(connection)
    draft = draft_text_erasure(reading, {"slug": article})
    commit_named(reading, draft.batch, origin, article)
