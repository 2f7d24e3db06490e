r"""The grammar of archive pages: every line that is more than plain text, in one place.

In: the words of a site's description, and one line or paragraph, normalised. Out: its `LineType`;
what it says is read in `kb.archive.read_line`. How the parts of a line stand is said here, with the
small words of English (`was first … in the`, `on`, `and`); months, weekdays, sorts, labels and what
marks issues, rights, ends and authors are the description's, and stand below as examples.
What blogs add is in `kb.archive.furniture`. Pure: no I/O.

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
from collections.abc import Iterable

from kb.archive import furniture
from kb.archive.line_types import LineType
from kb.archive.site import LineWords

# Capitals, and letters of scripts that have none: Hebrew, Arabic, Indic, Georgian, of East Asia.
UPPER = "A-ZÀ-ÖØ-ÞĀ-ſΑ-ΩЀ-ЯҊ-ӿԱ-Ֆא-תء-يऀ-෿ა-ჺ぀-ヿ㐀-鿿가-힣"
_DASHES = "‐‑‒–—―−⸺﹘－-"
_DASH = rf"(?:--++|[{_DASHES}])"
_MARK = rf"[\s()\[\]>»*.{_DASHES}]*"

_DAY = r"\d{1,2}(?:(?:st|nd|rd|th)\b)?"
_YEAR = r"(?:19|20)\d\d"

# Places
_PREPOSITION = r"(?i:on|in|by|at|from|since|until|after|before|for|as)\b"
_PLACE_WORD = rf"(?!(?i:and)\b)[{UPPER}][\w.'’-]{{0,30}}"
_PLACE = rf"(?!{_PREPOSITION}){_PLACE_WORD}(?:\s{_PLACE_WORD}){{0,3}}"
BETWEEN_PLACES = r"(?:\s?[,/&]\s?|\s(?i:and)\s)"
_PLACES = rf"{_PLACE}(?:{BETWEEN_PLACES}{_PLACE}){{0,5}}"
_GAP = rf"(?:\s?(?:,|{_DASH})\s?|\s)"

# Authors
_PARTICLE = r"(?:de|van|von|der|al|el|bin|ibn)"
_NAMED = rf"[{UPPER}](?:[\w'’-]++|(?:\.[{UPPER}])*\.)"
_AUTHOR = rf"{_NAMED}(?:\s(?:{_PARTICLE}\s)*(?!(?i:in|for|and)\b){_NAMED}){{1,3}}"
_AUTHORS = rf"(?P<authors>{_AUTHOR}(?:(?:,\s{_AUTHOR}){{0,3}},?\s(?i:and|&)\s{_AUTHOR})?)"


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})", re.VERBOSE)


def _any_of(words: Iterable[str]) -> str:
    """One of the words: the longest that fits, with any blanks in it."""
    longest = sorted({*words}, key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(re.escape(word) for word in longest)})"


# Nothing but a text is longer.
_LONGEST = 600
_SENTENCE_END = re.compile(r"""[.!?…:;,]["'”’»)\]]*$""")


class Grammar:
    """The grammar with the words of one description; the patterns are those of whole lines."""

    def __init__(self, words: LineWords, months: list[list[str]]) -> None:
        self._months = [_compile(rf"(?i:{_any_of(spellings)})") for spellings in months]
        self._issue_words = tuple(word.casefold() for word in words.issue)
        self._set_dates(words, [word for spellings in months for word in spellings])
        self._set_footers(words)
        self._set_closing(words)
        self._set_authors(words)
        self._alone = (
            (LineType.ENDS, self.ends),
            (LineType.ORNAMENT, furniture.ORNAMENT),
            (LineType.TITLE, furniture.TITLE),
            (LineType.PAGER, furniture.PAGER),
            (LineType.META, furniture.META),
            (LineType.BYLINE, self.byline),
            (LineType.TRIFLE, self.trifle),
        )

    def _set_dates(self, words: LineWords, months: list[str]) -> None:
        self._weekday = _any_of(words.weekdays)
        month = rf"(?i:{_any_of(months)})\s?\.?"
        date = rf"""(?P<date>(?P<month>{month})\s?(?P<day>{_DAY})
            (?:\s?(?:/|{_DASH})\s?(?:(?P<last_month>{month})\s?)?(?P<last_day>{_DAY}))?(?!\d)
            (?:\s?,?\s?(?P<year>{_YEAR})\b)?)"""
        self._full_date = (
            rf"(?P<date>(?P<month>{month})\s?(?P<day>{_DAY})\s?,?\s?(?P<year>{_YEAR})\b)"
        )
        self.dateline = _compile(
            rf"""(?:(?P<before>{_PLACES})(?:{_GAP}|(?<=[A-Z])(?=[A-Z])))?
            {date}(?:{_GAP}(?P<after>{_PLACES}))?
            \s?,?\s?\(\s?(?P<publication>(?!{self._weekday})[{UPPER}\d][^()]{{0,80}})\)\s?{_DASH}"""
        )
        # Capitals, a month and a day, and soon parentheses or a dash: meant as a dateline.
        capitals = _any_of(word.upper() for word in months)
        self.malformed_dateline = _compile(
            rf"""(?:[^a-z()]{{0,60}}[\s,/])?{capitals}\.?\s?\d[^()]{{0,60}}?
            (?P<rest>\([^()]*\)\s?(?:{_DASH})?|\s{_DASH}|[–—])"""
        )
        self.trifle = _compile(
            rf"""(?:{self._weekday},?\s)?(?:{month}\s?{_DAY},?\s{_YEAR}|{_DAY}\s{month},?\s{_YEAR}
            |\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{4}})(?:\W+(?:at\s)?\d{{1,2}}:\d\d(?:\s?[ap]m)?)?
            (?:\s(?:by|[/|·•])\s.{{1,60}})?
            |[\d\s…]++(?i:next)?[→»\s]*|(?i:by)\s[\w-]+
            |Edit|Menu|Search|Home|Archives?|Facebook|Twitter|E-?mail|Print"""
        )

    def _set_footers(self, words: LineWords) -> None:
        # A full stop or a hyphen is the name's, unless what is said of rights begins behind it.
        rights = _any_of(words.rights)
        name_word = rf"[{UPPER}](?:[\w'’&]|[.-](?![.-]?\s?(?i:{rights})))*+"
        self._name = rf"(?:[a-z]+\s){{0,2}}{name_word}(?:\s(?:&|and|of|the|for|{name_word}))*?"
        printed = _any_of(words.printed)
        sort = rf"(?:[\w’'-]+\s){{0,2}}{_any_of(words.sorts)}"
        story = rf"""(?i:(?:This\s{sort}\s(?:was\s)?)?(?:first\s|originally\s)?
            {printed}\sin\s(?:the\s)?)"""
        report = rf"[{UPPER}][\w’'&/,-]*(?:\s[\w’'&/,-]+){{0,5}}?(?i:\sfrom\s(?:the\s)?)"
        number = "|".join(
            rf"{re.escape(word)}\b\s?\.?" if word.isalpha() else re.escape(word)
            for word in words.number
        )
        issue = rf"""(?i:{_any_of(words.issue)})\s?
            (?P<no>(?i:{number}))?\s?(?P<number>\d{{1,5}})\b"""
        issued = rf"""(?:\s?,\s?|\s)(?i:(?:first\s)?{printed}\s)?(?:on\s)?
            (?:{self._weekday},?\s)?{self._full_date}"""
        self.footer = _compile(
            rf"""(?P<mark>{_MARK})(?:(?P<story>{story})|{report}){issue}
            (?:\s(?:of|in)\s{self._name})?(?P<issued>{issued})?{_MARK}"""
        )
        # Marked as footers are, or with what stands before a number; and not read as one.
        of_issue, first = rf"(?i:{_any_of(words.issue)})", re.escape(words.number[0])
        self.malformed_footer = _compile(
            rf"""(?:(?=\W){_MARK}(?:{story}|{report}){of_issue}\b
            |{report}{of_issue}\s(?i:{first})\b).{{0,160}}"""
        )
        label = rf"(?i:{_any_of(words.labels)})"
        self.labelled = _compile(rf"{label}(?:\s?:|\s{_DASH}\s)\s?\S.*")
        self.labelled_footer = _compile(
            rf"""{_MARK}(?i:this\s)?{label}\s(?i:(?:piece|article)\s)?
            (?i:from|was|(?:first|originally)?\s?{printed})\b.*"""
        )

    def _set_closing(self, words: LineWords) -> None:
        years, name = rf"{_YEAR}(?:\s?{_DASH}\s?{_YEAR})?", self._name
        right, rights = _any_of(words.copyright), _any_of(words.rights)
        self.copyright = _compile(
            rf"""(?P<mark>{_MARK})(?:(?P<sign>(?i:{right})?\s?(?:©|\((?i:c)\)))
            |(?i:{right})(?P<of>\s(?i:owned\sby|by|of))?)\s?(?:(?P<year>{years}),?\s)?
            (?P<owner>{name})(?:,?\s(?P<year2>{years}))?
            (?P<rights>\s?(?:{_DASH}|[,.])?\s?(?i:{rights}))?{_MARK}
            |(?P<alone>{_MARK}(?i:{rights}){_MARK})"""
        )
        ends = _any_of(words.ends)
        self.ends = _compile(rf"[\s*{_DASHES}]*(?i:{ends})[\s*.{_DASHES}]*")
        self.last_ends = _compile(
            rf"""(?<=[.!?…”"’)])\s?
            (?:{_DASH}\s?(?i:{ends})\s?{_DASH}|{_DASH}\s?{ends}|{ends})\.?$"""
        )

    def _set_authors(self, words: LineWords) -> None:
        self.byline = _compile(
            rf"""(?i:{_any_of(words.byline)}):?\s{_AUTHORS}(?:,\s?[^.]{{2,100}})?
            (?:\s(?i:in|for)\s{_PLACES})?\.?"""
        )
        self.credit = _compile(
            rf""".*,\s{_any_of(words.credit)}\s{_AUTHORS}(?:\s(?:in|from)\s{_PLACES})?[.”"’]*"""
        )

    def month_number(self, spelling: str) -> int:
        """Of a month as a pattern has found it."""
        plain = spelling.rstrip(". ")
        return next(number for number, each in enumerate(self._months, 1) if each.fullmatch(plain))

    def classify_line(self, text: str) -> LineType:
        """The type of a line or a paragraph."""
        if not text:
            return LineType.BLANK
        if len(text) <= _LONGEST:
            if any(word in text.casefold() for word in self._issue_words):
                if self._is_footer(text):
                    return LineType.FOOTER
                if self.malformed_footer.fullmatch(text):
                    return LineType.MALFORMED_FOOTER
            if self._is_copyright(text):
                return LineType.COPYRIGHT
            for line_type, pattern in self._alone:
                if pattern.fullmatch(text):
                    return line_type
        if self.dateline.match(text):
            return LineType.DATELINE
        is_malformed = self.malformed_dateline.match(text)
        return LineType.MALFORMED_DATELINE if is_malformed else LineType.TEXT

    def may_be_cut(self, footer: str) -> bool:
        """Whether the page may go on where it ends: in a bracket, or in the issue's number."""
        match = self.footer.fullmatch(footer)
        if match is None:
            return False
        end = match.end("number")
        is_open = any(sign in match["mark"] for sign in "([")
        return end == len(footer) or (is_open and not any(sign in footer[end:] for sign in ")]"))

    def without_ends(self, text: str) -> str:
        """The text without the word that closes it."""
        match = self.last_ends.search(text, max(0, len(text) - 24))
        return text[: match.start()] if match else text

    def _is_footer(self, text: str) -> bool:
        """Bare words need `No.` or a date: the headline `Lessons from issue 5` has neither."""
        match = self.footer.fullmatch(text)
        return match is not None and any(match[part] for part in ("mark", "story", "no", "issued"))

    def _is_copyright(self, text: str) -> bool:
        """A headline may begin with the word, too."""
        match = self.copyright.fullmatch(text)
        if match is None:
            return False
        is_marked = any(
            match[part] for part in ("mark", "sign", "of", "year", "year2", "rights", "alone")
        )
        return is_marked or match["owner"].lower().startswith("the ")


def ends_sentence(text: str) -> bool:
    """Whether it ends as sentences do, and headlines do not."""
    return _SENTENCE_END.search(text[-8:]) is not None
