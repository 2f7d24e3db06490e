"""Heads: the headers of a request by their names, and what the headers of every answer carry.

In: the scope of a request, whose headers are put by name once, for all that look at them; the
headers of an answer. Out: a mapping; the same headers made whole, with what browsers keep to, and
by what header of the request the answer may be another.
"""

from collections.abc import Mapping

from starlette.types import Scope

Header = tuple[bytes, bytes]
_SCOPE = "kb.head"
_TYPED: Header = (b"x-content-type-options", b"nosniff")
_HEADERS: tuple[Header, ...] = (_TYPED, (b"referrer-policy", b"same-origin"))
"""A type is not to be guessed, nor an address told to other sites."""
_POLICY = b"content-security-policy"
_STRICT = (*_HEADERS, (_POLICY, b"default-src 'none'; frame-ancestors 'none'"))
"""For what is no page: nothing in it is to be loaded or run."""
_NOT_MODIFIED = 304
_ORIGIN = b"Origin"
"""Pages of some origins may read what others may not."""


def head_of(scope: Scope) -> Mapping[bytes, bytes]:
    """The headers of a request; of those that were sent more than once, the last."""
    head: dict[bytes, bytes] | None = scope.get(_SCOPE)
    if head is None:
        head = scope[_SCOPE] = dict(scope["headers"])
    return head


def complete_head(headers: list[Header], status: int = 200) -> None:
    """Adds what is missing in place; an answer that is kept was completed when it was made.

    What a client has already keeps its policy: one told with 304 would take the place of a page's.
    """
    if _TYPED in headers:
        return
    given = dict(headers)
    vary = given.get(b"vary")
    if vary is None:
        headers.append((b"vary", _ORIGIN))
    elif _ORIGIN not in vary:
        headers[headers.index((b"vary", vary))] = b"vary", b"%b, %b" % (vary, _ORIGIN)
    # In front, where they are looked for.
    headers[:0] = _HEADERS if _POLICY in given or status == _NOT_MODIFIED else _STRICT
