"""Lines of the log, in one of two forms: text, or JSON.

In: records of requests, and those of `logging`. Out: a line each. What comes from clients stands in
them as strings of JSON in ASCII, so that nobody can forge a line, nor write to a terminal.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii

from kb.config import LogForm
from kb.telemetry.record import OperationLabel, RequestRecord, current

_TRAITS = (
    "method",
    "path",
    "route",
    "status",
    "code",
    "bytes",
    "operation",
    "name",
    "document",
    "cached",
    "price",
)
"""Of a request, in this order, after its id and time; docs/operating.md says what each is."""
_MOST_PATH = 200
"""Characters of a path that are told."""
_MOST_KEPT = 1_000
_NULL = "null"
_TRUTH = {True: "true", False: "false", None: _NULL}
_NO_OPERATION = OperationLabel("", "", "")


class LineFormatter(logging.Formatter):
    """Formats requests, and what is logged by `logging`.

    Of a request it formats in full what is not the same for many; a `LogRecord` and its formatting
    would take a tenth of the time of a kept answer.
    """

    def __init__(self, form: LogForm) -> None:
        super().__init__()
        self._is_json = form is LogForm.JSON
        self._request = (
            '{"time":"%s","level":"info","event":"%s","id":"%s","ms":%.3f,%s}'
            if self._is_json
            else '%s info %s id="%s" ms=%.3f %s'
        )
        self._traits = lru_cache(_MOST_KEPT)(self._format_traits)

    def format_requests(self, records: Sequence[RequestRecord]) -> list[str]:
        """Of those that ended lately: they are timed by a clock that tells no time of day."""
        epoch, form, traits = time.time() - time.perf_counter(), self._request, self._traits
        # One piece, as calls would take half as long again.
        return [
            form
            % (
                _time(int((epoch + each.ended) * 1000)),
                "request" if each.method else "operation",
                each.id,
                (each.ended - each.begun) * 1000,
                traits(
                    each.method,
                    each.path,
                    each.route,
                    each.status,
                    each.code,
                    each.sent,
                    each.operation or _NO_OPERATION,
                    each.cached,
                    each.price,
                ),
            )
            for each in records
        ]

    def tell_dropped(self, count: int) -> str:
        message = f"{count} lines of the log were dropped: they were not taken in time"
        return self.format(logging.LogRecord(__name__, logging.WARNING, "", 0, message, (), None))

    def format(self, record: logging.LogRecord) -> str:
        moment, level = _time(int(record.created * 1000)), record.levelname.lower()
        texts = (current().id, record.name, record.getMessage())
        rest = self._join(("id", "logger", "message"), [_quote(text) for text in texts])
        if not record.exc_info:
            return self._log(moment, level, rest)
        traceback = self.formatException(record.exc_info)
        if self._is_json:
            return self._log(moment, level, f'{rest},"traceback":{_quote(traceback)}')
        # Each line is begun by ours, whatever the exception says.
        lines = (f"    {_quote(line)[1:-1]}" for line in traceback.splitlines() if line)
        return "\n".join([self._log(moment, level, rest), *lines])

    def _log(self, moment: str, level: str, rest: str) -> str:
        if self._is_json:
            return f'{{"time":"{moment}","level":"{level}","event":"log",{rest}}}'
        return f"{moment} {level} log {rest}"

    def _join(self, names: Iterable[str], values: Iterable[object]) -> str:
        pairs = zip(names, values, strict=True)
        if self._is_json:
            return ",".join(f'"{name}":{value}' for name, value in pairs)
        return " ".join(f"{name}={value}" for name, value in pairs)

    def _format_traits(
        self,
        method: str,
        path: str,
        route: str,
        status: int,
        code: str,
        sent: int,
        operation: OperationLabel,
        cached: bool | None,
        price: int | None,
    ) -> str:
        cut = path if len(path) <= _MOST_PATH else f"{path[:_MOST_PATH]}…"
        values = (
            *map(_quote, (method, cut, route)),
            status or _NULL,
            _quote(code),
            sent,
            *map(_quote, operation),
            _TRUTH[cached],
            _NULL if price is None else price,
        )
        return self._join(_TRAITS, values)


def _quote(text: str) -> str:
    return encode_basestring_ascii(text) if text else _NULL


@lru_cache(4)
def _time(milliseconds: int) -> str:
    """Many requests end in the same one."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


@lru_cache(4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
