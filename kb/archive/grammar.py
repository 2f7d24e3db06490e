r"""The grammar of archive pages: every line that is more than plain text, in one place.

In: one line or paragraph, normalised. Out: its `LineType`; what it says is read in
`kb.archive.read_line`. Nothing here knows which publications there are. Pure: no I/O.

    page       = [ masthead , title ] , { article | furniture } , [ pager , foot ] ;
    article    = headline , { byline } , [ kicker ] , [ standfirst ] , { byline } ,
                 dateline text , { paragraph } , { byline } , [ ends ] , { byline } , footers ;
    footers    = { copyright } , footer , { copyright | footer } ;    (* footers that agree *)

    dateline   = [ places , gap ] , date , [ gap , places ] , "(" , publication , ")" , dash ;
    places     = place , { ( "," | "/" | "&" | "and" ) , place } ;    (* HARBOURTOWN/Northshore *)
    place      = capitalised word , { capitalised word } ;            (* at most four *)
    gap        = "," | dash | blank ;                                 (* none: TASHKENTJAN. 8 *)
    date       = month , day , [ ( "/" | dash ) , [ month ] , day ] , [ "," ] , [ year ] ;
    month      = "JAN" | "JAN." | "JANUARY" | … ;                     (* in any case *)
    dash       = "-" | "–" | "—" | "―" | "‒" | "−" | "--" | … ;       (* blanks around, or not *)

    footer     = mark , ( story | report ) , issue , [ "of" , name ] ,
                 [ [ "," ] , [ "published" ] , [ "on" ] , month , day , year ] , mark ;
    story      = [ "This" , sort , "was" ] , [ "first" ] , "published" , "in" ;
    report     = sort , "from" ;                                      (* News report, Editorial *)
    issue      = "issue" , [ "No." | "number" | "#" ] , number ;      (* 012 is 12 *)
    mark       = { "(" | ")" | dash | ">" | "*" | "." } ;             (* need not be in pairs *)
    copyright  = mark , ( "Copyright" | "©" ) , owner , [ year ] , [ "all rights reserved" ] ;
    ends       = [ dash ] , ( "ENDS" | "END" ) , [ dash ] ;           (* alone, or closing a text *)
    headline   = [ label , ( ":" | blank , dash , blank ) ] , text ;  (* a label: an opinion *)
    label      = "Comment" | "Commentary" | "Opinion" | "Op-ed" | "Editorial" | "Viewpoint" ;
    byline     = "By" , authors , [ "," , role ] , [ "in" , places ] ;
    standfirst = paragraph , [ ", writes " , authors , "." ] ;

    furniture  = title | pager | meta | trifle | ornament ;           (* what the site adds *)
    title      = "Tag Archives:" … | "Category Archives:" … | "Author Archives:" … ;
    pager      = "← Older posts" | "Newer posts →" | "Page 2 of 9" | … ;
    meta       = "Posted in …" | "Tagged …" | "Leave a comment" | "3 Comments" | "Share this:" | … ;
    trifle     = "September 15, 2017" | "by admin" | "1 2 3 … 9" | … ; (* only outside articles *)

What begins like a dateline or a footer and is not one is malformed: it is reported. So is a page
that ends within a footer, in an open bracket or in a number, which may have lost its last digits.
"""

import re
from enum import Enum, auto

# Capitals, and letters of scripts that have none: Hebrew, Arabic, Indic, Georgian, of East Asia.
UPPER = "A-ZÀ-ÖØ-ÞĀ-ſΑ-ΩЀ-ЯҊ-ӿԱ-Ֆא-תء-يऀ-෿ა-ჺ぀-ヿ㐀-鿿가-힣"
_DASHES = "‐‑‒–—―−⸺﹘－-"
_DASH = rf"(?:--++|[{_DASHES}])"
_MARK = rf"[\s()\[\]>»*.{_DASHES}]*"

# Dates
_MONTHS = """JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|AUG(?:UST)?
    |SEPT?(?:EMBER)?|OCT(?:OBER)?|NOV(?:EMBER)?|DEC(?:EMBER)?"""
_MONTH = rf"(?i:{_MONTHS})\s?\.?"
_DAY = r"\d{1,2}(?:(?:st|nd|rd|th)\b)?"
_YEAR = r"(?:19|20)\d\d"
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DATE = rf"""(?P<date>(?P<month>{_MONTH})\s?(?P<day>{_DAY})
    (?:\s?(?:/|{_DASH})\s?(?:(?P<last_month>{_MONTH})\s?)?(?P<last_day>{_DAY}))?(?!\d)
    (?:\s?,?\s?(?P<year>{_YEAR})\b)?)"""
_FULL_DATE = rf"(?P<date>(?P<month>{_MONTH})\s?(?P<day>{_DAY})\s?,?\s?(?P<year>{_YEAR})\b)"

# Datelines
_PREPOSITION = r"(?i:on|in|by|at|from|since|until|after|before|for|as)\b"
_PLACE_WORD = rf"(?!(?i:and)\b)[{UPPER}][\w.'’-]{{0,30}}"
_PLACE = rf"(?!{_PREPOSITION}){_PLACE_WORD}(?:\s{_PLACE_WORD}){{0,3}}"
BETWEEN_PLACES = r"(?:\s?[,/&]\s?|\s(?i:and)\s)"
_PLACES = rf"{_PLACE}(?:{BETWEEN_PLACES}{_PLACE}){{0,5}}"
_GAP = rf"(?:\s?(?:,|{_DASH})\s?|\s)"
_DATELINE = rf"""(?:(?P<before>{_PLACES})(?:{_GAP}|(?<=[A-Z])(?=[A-Z])))?
    {_DATE}(?:{_GAP}(?P<after>{_PLACES}))?
    \s?,?\s?\(\s?(?P<publication>(?!{_WEEKDAY})[{UPPER}\d][^()]{{0,80}})\)\s?{_DASH}"""
# Capitals, a month and a day, and soon parentheses or a dash: meant as a dateline.
_MALFORMED_DATELINE = rf"""(?:[^a-z()]{{0,60}}[\s,/])?(?:{_MONTHS})\.?\s?\d[^()]{{0,60}}?
    (?P<rest>\([^()]*\)\s?(?:{_DASH})?|\s{_DASH}|[–—])"""

# Footers
# A full stop or a hyphen is the name's, unless what is said of rights begins behind it.
_NAME_WORD = rf"[{UPPER}](?:[\w'’&]|[.-](?![.-]?\s?(?i:all\srights)))*+"
_NAME = rf"(?:[a-z]+\s){{0,2}}{_NAME_WORD}(?:\s(?:&|and|of|the|for|{_NAME_WORD}))*?"
_SORT = r"""(?:[\w’'-]+\s){0,2}(?:story|article|report|piece|editorial|comment|commentary|analysis
    |feature|interview|column|review|item|opinion|profile|news)"""
_STORY = rf"""(?i:(?:This\s{_SORT}\s(?:was\s)?)?(?:first\s|originally\s)?
    (?:published|printed|appeared)\sin\s(?:the\s)?)"""
_REPORT = rf"[{UPPER}][\w’'&/,-]*(?:\s[\w’'&/,-]+){{0,5}}?(?i:\sfrom\s(?:the\s)?)"
_ISSUE = r"(?i:issue)\s?(?P<no>(?i:no\b\s?\.?|number\b|nr\b\s?\.?|\#))?\s?(?P<number>\d{1,5})\b"
_ISSUED = rf"(?:\s?,\s?|\s)(?i:(?:first\s)?published\s)?(?:on\s)?(?:{_WEEKDAY},?\s)?{_FULL_DATE}"
_FOOTER = rf"""(?P<mark>{_MARK})(?:(?P<story>{_STORY})|{_REPORT}){_ISSUE}
    (?:\s(?:of|in)\s{_NAME})?(?P<issued>{_ISSUED})?{_MARK}"""
# Marked as footers are, or with `No.`; and not read as one.
_MALFORMED_FOOTER = rf"""(?:(?=\W){_MARK}(?:{_STORY}|{_REPORT})(?i:issue\b)
    |{_REPORT}(?i:issue\sno\b)).{{0,160}}"""
_YEARS = rf"{_YEAR}(?:\s?{_DASH}\s?{_YEAR})?"
_COPYRIGHT = rf"""(?P<mark>{_MARK})(?:(?P<sign>(?i:copyright)?\s?(?:©|\((?i:c)\)))
    |(?i:copyright)(?P<of>\s(?i:owned\sby|by|of))?)\s?(?:(?P<year>{_YEARS}),?\s)?(?P<owner>{_NAME})
    (?:,?\s(?P<year2>{_YEARS}))?(?P<rights>\s?(?:{_DASH}|[,.])?\s?(?i:all\srights\sreserved))?{_MARK}
    |(?P<alone>{_MARK}(?i:all\srights\sreserved){_MARK})"""
_ENDS = rf"[\s*{_DASHES}]*(?i:ENDS?)[\s*.{_DASHES}]*"
_LAST_ENDS = rf"""(?<=[.!?…”"’)])\s?
    (?:{_DASH}\s?(?i:ENDS?)\s?{_DASH}|{_DASH}\s?ENDS?|ENDS?)\.?"""

# Authors
_PARTICLE = r"(?:de|van|von|der|al|el|bin|ibn)"
_NAMED = rf"[{UPPER}](?:[\w'’-]++|(?:\.[{UPPER}])*\.)"
_AUTHOR = rf"{_NAMED}(?:\s(?:{_PARTICLE}\s)*(?!(?i:in|for|and)\b){_NAMED}){{1,3}}"
_AUTHORS = rf"(?P<authors>{_AUTHOR}(?:(?:,\s{_AUTHOR}){{0,3}},?\s(?i:and|&)\s{_AUTHOR})?)"
_BYLINE = rf"(?i:By):?\s{_AUTHORS}(?:,\s?[^.]{{2,100}})?(?:\s(?i:in|for)\s{_PLACES})?\.?"
_CREDIT = rf""".*,\s(?:writes|reports)\s{_AUTHORS}(?:\s(?:in|from)\s{_PLACES})?[.”"’]*"""

# Opinions
_LABEL = r"(?i:comment(?:ary)?|opinion|op-?ed|editorial|viewpoint)"
_LABELLED = rf"{_LABEL}(?:\s?:|\s{_DASH}\s)\s?\S.*"
_LABELLED_FOOTER = rf"""{_MARK}(?i:this\s)?{_LABEL}\s(?i:(?:piece|article)\s)?
    (?i:from|was|(?:first|originally)?\s?(?:published|printed|appeared))\b.*"""

# Furniture
_TITLE = r"""(?:Tag|Category|Author|Day|Month|Year|Daily|Monthly|Yearly)\sArchives?\s?:.*
    |(?:Tag|Category|Author|Day|Month|Year)\s?:\s[^.!?]{1,60}|Archives?\s(?:for|of)\s[^.!?]{1,60}
    |(?:Posts|Articles)\s(?:tagged|by)\s[^.!?]{1,60}"""
_TURN = r"(?i:older|newer|previous|next)\s(?i:posts?|entries|articles?|page)"
_PAGER = rf"""[←«<‹\s]*{_TURN}(?:\W*{_TURN})?[→»>›\s]*
    |(?i:posts?\snavigation|page\s\d+(?:\sof\s\d+)?)|Proudly\spowered\sby\s.*"""
_META = r"""(?:Posted\s(?:in|on|by)\s|Filed\sunder\b|Tagged(?::|\swith\s|\s[^a-z]|\s[^,]*,)
    |(?i:leave\sa\s(?:comment|reply)\b)|\d+\sthoughts?\son\s).{0,250}(?<![.!?])
    |This\sentry\swas\sposted\s.*|Bookmark\sthe\spermalink.*|Comments\sare\sclosed\.?
    |Comments\s\(\d+\)|Comments\s(?i:off)\b.{0,120}|(?i:\d+|one|no)\s(?i:comments?|repl(?:y|ies)|responses?)(?:\syet)?\.?
    |(?i:share\sthis|like\sthis|related(?:\s(?:posts|articles))?):?|Share\son\s\w+|Loading\W*
    |(?i:continue\sreading|read\smore)(?:\b.{0,120}[→»…])?|(?i:skip\sto\scontent)"""
_TRIFLE = rf"""(?:{_WEEKDAY},?\s)?(?:{_MONTH}\s?{_DAY},?\s{_YEAR}|{_DAY}\s{_MONTH},?\s{_YEAR}
    |\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{4}})(?:\W+(?:at\s)?\d{{1,2}}:\d\d(?:\s?[ap]m)?)?
    (?:\s(?:by|[/|·•])\s.{{1,60}})?
    |[\d\s…]++(?i:next)?[→»\s]*|(?i:by)\s[\w-]+
    |Edit|Menu|Search|Home|Archives?|Facebook|Twitter|E-?mail|Print"""


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})", re.VERBOSE)


DATELINE, MALFORMED_DATELINE = _compile(_DATELINE), _compile(_MALFORMED_DATELINE)
FOOTER, MALFORMED_FOOTER = _compile(_FOOTER), _compile(_MALFORMED_FOOTER)
COPYRIGHT, ENDS, LAST_ENDS = _compile(_COPYRIGHT), _compile(_ENDS), _compile(rf"{_LAST_ENDS}$")
BYLINE, CREDIT = _compile(_BYLINE), _compile(_CREDIT)
LABELLED, LABELLED_FOOTER = _compile(_LABELLED), _compile(_LABELLED_FOOTER)


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
_ALONE = (
    (LineType.ENDS, ENDS),
    (LineType.ORNAMENT, _compile(r"[\W_]+")),
    (LineType.TITLE, _compile(_TITLE)),
    (LineType.PAGER, _compile(_PAGER)),
    (LineType.META, _compile(_META)),
    (LineType.BYLINE, BYLINE),
    (LineType.TRIFLE, _compile(_TRIFLE)),
)
# Nothing but a text is longer.
_LONGEST = 600
_SENTENCE_END = re.compile(r"""[.!?…:;,]["'”’»)\]]*$""")


def classify_line(text: str) -> LineType:
    """The type of a line or a paragraph."""
    if not text:
        return LineType.BLANK
    if len(text) <= _LONGEST:
        if "issue" in text.lower():
            if _is_footer(text):
                return LineType.FOOTER
            if MALFORMED_FOOTER.fullmatch(text):
                return LineType.MALFORMED_FOOTER
        if _is_copyright(text):
            return LineType.COPYRIGHT
        for line_type, pattern in _ALONE:
            if pattern.fullmatch(text):
                return line_type
    if DATELINE.match(text):
        return LineType.DATELINE
    return LineType.MALFORMED_DATELINE if MALFORMED_DATELINE.match(text) else LineType.TEXT


def may_be_cut(footer: str) -> bool:
    """Whether the page may go on where it ends: in a bracket, or in the number of the issue."""
    match = FOOTER.fullmatch(footer)
    if match is None:
        return False
    end = match.end("number")
    is_open = any(sign in match["mark"] for sign in "([")
    return end == len(footer) or (is_open and not any(sign in footer[end:] for sign in ")]"))


def ends_sentence(text: str) -> bool:
    """Whether it ends as sentences do, and headlines do not."""
    return _SENTENCE_END.search(text[-8:]) is not None


def without_ends(text: str) -> str:
    """The text without the word that closes it."""
    match = LAST_ENDS.search(text, max(0, len(text) - 24))
    return text[: match.start()] if match else text


def _is_footer(text: str) -> bool:
    """Bare words need `No.` or a date: the headline `Lessons from issue 5` has neither."""
    match = FOOTER.fullmatch(text)
    return match is not None and any(match[part] for part in ("mark", "story", "no", "issued"))


def _is_copyright(text: str) -> bool:
    """A headline may begin with the word, too."""
    match = COPYRIGHT.fullmatch(text)
    if match is None:
        return False
    is_marked = any(
        match[part] for part in ("mark", "sign", "of", "year", "year2", "rights", "alone")
    )
    return is_marked or match["owner"].lower().startswith("the ")
