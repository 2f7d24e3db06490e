"""All that any command of `kb` imports or makes once, kept out of the way of garbage collection.

In: nothing. Out: to import it is to have it done. Processes that are forked afterwards neither make
it again nor look through it for garbage, which would copy every page of it to each of them.
"""

import gc

import kb.cli
import kb.process.service  # noqa: F401  # What `kb serve` imports when it starts.
from kb.server.served_schema import served_schema

served_schema()
gc.collect()
gc.freeze()
