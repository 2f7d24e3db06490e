"""The URL under which all see the service, as `KB_PUBLIC_URL` names it.

In: the text of that setting. Out: the URL in one form, without a slash at its end; or ValueError,
which says what to write.
"""

import re

from pydantic import AnyHttpUrl, ValidationError

_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
"""What is written in a path as it is, so that nobody reads it in another way."""


def read_public_url(text: str) -> str:
    """Raises ValueError."""
    try:
        url = AnyHttpUrl(text)
    except ValidationError:
        raise ValueError(
            "write `https://` and a host, such as `https://example.org/kb/`; `http://` is for"
            " networks that nobody listens to"
        ) from None
    if url.username or url.password or url.query is not None or url.fragment is not None:
        raise ValueError("write a URL without user, password, question mark and `#`")
    if not _PATH.fullmatch(url.path or ""):
        raise ValueError("write a path of letters without accents, digits, `-`, `.`, `_` and `~`")
    return str(url).rstrip("/")
