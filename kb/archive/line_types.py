"""What the lines of archive pages are, and which of these types go together. Pure."""

from enum import Enum, auto


class LineType(Enum):
    """What a line is."""

    BLANK = auto()
    TEXT = auto()
    DATELINE = auto()
    MALFORMED_DATELINE = auto()
    FOOTER = auto()
    CUT_FOOTER = auto()
    MALFORMED_FOOTER = auto()
    COPYRIGHT = auto()
    ENDS = auto()
    BYLINE = auto()
    TITLE = auto()
    PAGER = auto()
    META = auto()
    TRIFLE = auto()
    ORNAMENT = auto()


DATELINES = frozenset({LineType.DATELINE, LineType.MALFORMED_DATELINE})
FOOTERS = frozenset({LineType.FOOTER, LineType.CUT_FOOTER, LineType.MALFORMED_FOOTER})
ENDINGS = frozenset({LineType.ENDS, LineType.COPYRIGHT})
FURNITURE = frozenset({LineType.TITLE, LineType.PAGER, LineType.META, LineType.ORNAMENT})
