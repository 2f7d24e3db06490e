"""`kb mcp`: the protocol over standard input and output, one message a line.

In: settings, and lines. Out: lines; whoever starts it sees what those without a token see. It ends
when its input does.
"""

import asyncio
import json
import sys

from kb import database
from kb.config import Settings
from kb.errors import KBError
from kb.mcp.protocol import INTERNAL, JsonObject, RpcError, failed, read_message
from kb.mcp.server import McpServer, protocol_error
from kb.server.context import Context
from kb.server.error_codes import failure
from kb.server.requests import MOST_BYTES, members_of_body
from kb.server.served_schema import open_context


def run_stdio(settings: Settings) -> None:
    """Raises DatabaseMissing if there is none."""
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    reader = database.open_reader(settings)
    context, server = open_context(settings, reader), McpServer(settings.public_url)
    await reader.open()
    try:
        async with context.anonymous.executor.lengths.keep_measured(reader):
            while line := await asyncio.to_thread(sys.stdin.buffer.readline, MOST_BYTES + 2):
                if line.strip() and (response := await answer_line(server, context, line)):
                    _write(response)
    finally:
        context.executor.background.close()
        context.writer.close()
        await reader.close()


def _write(response: JsonObject) -> None:
    sys.stdout.buffer.write(json.dumps(response).encode() + b"\n")
    sys.stdout.buffer.flush()


async def answer_line(server: McpServer, context: Context, line: bytes) -> JsonObject | None:
    """The response to a message; None to a notification, which has none."""
    members: JsonObject = {}
    try:
        members = members_of_body(line)
        message = read_message(members)
        return None if message.is_notification else await server.answer(message, context)
    except RpcError as error:
        return failed(members.get("id"), error)
    except KBError as error:
        return failed(members.get("id"), protocol_error(error))
    except Exception as error:
        # The next message can be answered all the same.
        return failed(members.get("id"), RpcError(INTERNAL, failure(error).message))
