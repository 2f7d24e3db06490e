"""The subscriptions of the schema: what can be listened to.

In: the feed of changes. Out: the type `Subscription`, each of whose fields is, for the planner, the
query for what follows a cursor.
"""

import strawberry

from schema.feed import CHANGES, Change
from schema.fields import AFTER_ARGUMENT, source_field
from schema.filters import TYPES


@strawberry.type(description="What can be listened to.")
class Subscription:
    changes: Change = source_field(
        CHANGES,
        "Every change after a cursor, old and new, in order, without gap or repeat, for as long as"
        " the client listens.",
        AFTER_ARGUMENT,
        TYPES,
    )
