"""The one normal form of text, in which all that enters is stored, cited and looked for.

In: any text. Out: NFC, with each run of blanks of any kind as one space, and without what nobody
sees: Unicode's format characters and variation selectors, but where a script needs them. Pure.
"""

import re
from functools import lru_cache
from itertools import chain, groupby
from unicodedata import category, combining, is_normalized, name, normalize

_JOINERS = "\u180e\u200c\u200d"
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Not those of the category Cf that are seen, such as Arabic's sign for a year.
_NEEDLESS = (
    "\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e007f"
)
_NEEDLESS_SIGN = re.compile(f"[{_NEEDLESS}]")
_DOUBTFUL = re.compile(f"[{_JOINERS}{_SELECTORS}]")
_JOINER = re.compile(f"[{_JOINERS}]")
# Scripts by the first word of their letters' names; in others, a joiner follows a virama alone.
_JOINED_NAMES = """
    ADLAM ARABIC BALINESE BENGALI CHAKMA DEVANAGARI GUJARATI GURMUKHI HANIFI JAVANESE KANNADA KHMER
    MALAYALAM MANDAIC MONGOLIAN MYANMAR NKO ORIYA PHAGS-PA SINHALA SUNDANESE SYRIAC TAMIL TELUGU
    TIBETAN
"""
_JOINED = frozenset(_JOINED_NAMES.split())
_VARIED = frozenset({"CJK", "MANICHAEAN", "MONGOLIAN", "MYANMAR", "PHAGS-PA"})
_MANY = 30
"""So many accents no letter has in any script."""
_MANY_SIGNS = re.compile(rf"(?<![^\w\s])[^\w\s]{{{_MANY},}}")
LIGATURES = {code: normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
"""Letters that a printer joined, and that nobody writes as one; for `str.translate`."""
_VIRAMA = 9
"""The combining class of signs that take away a letter's vowel."""


def normalise(text: str) -> str:
    """The normal form; empty if there is nothing to be seen. That of the normal form is itself."""
    if text.isascii():
        plain = text.isprintable() and "  " not in text and text == text.strip()
        return text if plain else " ".join(text.split())
    text = _compose(_NEEDLESS_SIGN.sub("", text))
    if _DOUBTFUL.search(text):
        # What stood on either side of such a sign may compose without it.
        text = _compose(_remove_needless(text))
    return " ".join(text.split())


def normalise_part(text: str) -> str:
    """The same of a piece of a text, which may begin or end with the blank between two words."""
    return normalise(f".{text}.")[1:-1]


def normalise_start(text: str) -> str:
    """The same of the beginning of a text, which may end with a blank."""
    return normalise(f"{text}.")[:-1]


def _compose(text: str) -> str:
    """NFC; Python's own takes the square of the time for very many accents on one letter."""
    if is_normalized("NFC", text):
        return text
    return normalize("NFC", _MANY_SIGNS.sub(_sort_accents, text))


def _sort_accents(signs: re.Match[str]) -> str:
    """Accents as NFC has them, so that it need not sort them."""
    parts = [part for sign in signs[0] for part in normalize("NFD", sign)]
    ordered = (sorted(some, key=combining) for _, some in groupby(parts, key=_is_accent))
    return "".join(chain.from_iterable(ordered))


def _is_accent(sign: str) -> bool:
    return combining(sign) != 0


def _remove_needless(text: str) -> str:
    """The text without joiners and selectors that stand for nothing."""
    kept: list[str] = []
    letter, virama, joiner = "", False, None
    for sign in text:
        if _JOINER.match(sign):
            if joiner is not None or not (virama or _is_of(letter, _JOINED)):
                continue
            # One between letters waits for the second of them.
            joiner = None if virama else len(kept)
            letter, virama = "", False
        elif _DOUBTFUL.match(sign):
            if not (kept and _varies(kept[-1])):
                continue
        elif category(sign).startswith("M"):
            virama |= combining(sign) == _VIRAMA
        else:
            if joiner is not None and not _is_of(sign, _JOINED):
                kept[joiner] = ""
            letter, virama, joiner = sign, False, None
        kept.append(sign)
    if joiner is not None:
        kept[joiner] = ""
    return "".join(kept)


def _varies(sign: str) -> bool:
    """Whether a selector after it may stand for another sign: of emoji, mathematics, ideographs."""
    return category(sign).startswith("S") or _is_of(sign, _VARIED)


@lru_cache(1000)
def _is_of(letter: str, scripts: frozenset[str]) -> bool:
    script, _, _ = name(letter, "").partition(" ") if letter else ("", "", "")
    return script in scripts and category(letter).startswith("L")
