"""All that any command of `kb` imports or makes once, kept out of the way of garbage collection.

In: nothing. Out: to import it is to have it done. Processes that are forked afterwards neither make
it again nor look through it for garbage, which would copy every page of it to each of them.
"""

import gc

import kb.backup
import kb.check.inspect
import kb.cli
import kb.command.exported
import kb.command.first_start
import kb.command.replay
import kb.files.seeds_folder
import kb.mcp.stdio
import kb.process.service
import kb.upgrade.upgrade  # noqa: F401  # What the commands import in their bodies.
from kb.server.served_schema import served_schema

served_schema()
gc.collect()
gc.freeze()
