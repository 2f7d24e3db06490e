"""Archive pages made up from a seed: articles about nothing, in every style of the archive.

`pages` is a strategy of `BulletinPage` objects: the articles, the blocks they are written in, and
the whole as text, as wrapped text or as HTML. It is written apart from the grammar, on purpose.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from textwrap import wrap

from hypothesis import strategies as st

from kb.archive.articles import ArchiveArticle
from kb.archive.read_line import Dateline
from kb.models import ArticleKind

MONTHS = (
    *(("JAN.", "January"), ("FEB.", "Feb"), ("MARCH", "Mar."), ("APRIL", "Apr"), ("MAY", "May")),
    *(("JUNE", "June"), ("JULY", "July"), ("AUG.", "August"), ("SEPT.", "September")),
    *(("OCT.", "Oct"), ("NOV.", "NOVEMBER"), ("DEC", "December")),
)
DASHES = ("-", "–", "—", "―", "−", "--")
BLANKS = ("", " ", "\u00a0", "  ")
NOUNS = ("bridge", "king", "ferry", "lake", "choir", "goat", "umbrella", "lido", "cheese", "frog")
VERBS = ("crosses", "finds", "sells", "mends", "loses", "greets", "paints", "counts", "praises")
PLACES = ("ZENDA", "HOFBAU", "ALT-TARLEN", "ST. ULRICH", "NEW STRELSAU")
AUTHORS = ("Ann Bell", "Rudolf Rassendyll", "J.K. O’Brien-Sapt")
SORTS = ("News report", "Editorial", "Business news", "Interview")
PUBLICATIONS = ("The Gazette", "The Strelsau Gazette", "Hills & Lakes Courier")


@dataclass(frozen=True)
class Text:
    """One article: what is to be read, and the blocks that say it, each of one line."""

    article: ArchiveArticle
    blocks: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class BulletinPage:
    """A page; `form` is `text`, `wrapped` or `html`."""

    texts: tuple[Text, ...]
    form: str
    width: int

    @property
    def articles(self) -> list[ArchiveArticle]:
        return [text.article for text in self.texts]

    def content(self, *left_out: tuple[int, int]) -> bytes:
        """The bytes, without some blocks, each given by its article's place and its own."""
        blocks = [("title", "Tag Archives: goats")]
        blocks += [
            block
            for number, text in enumerate(self.texts)
            for place, block in enumerate(text.blocks)
            if (number, place) not in left_out
        ]
        if self.form == "html":
            return "\n".join(["<!DOCTYPE html><body>", *map(_element, blocks)]).encode()
        if self.form == "text":
            return "\n\n".join(text for _, text in blocks).encode()
        rows = ("\n".join(wrap(text, self.width)) for _, text in blocks)
        return "\n\n".join(rows).encode()


def _element(block: tuple[str, str]) -> str:
    block_type, text = block
    tag = {"title": "h1", "headline": "h2"}.get(block_type, "p")
    return f"<{tag}>{escape(text)}</{tag}>"


def _sentence(words: list[str]) -> str:
    return f"The {' the '.join(words)}."


_words = st.tuples(st.sampled_from(NOUNS), st.sampled_from(VERBS), st.sampled_from(NOUNS))
_sentences = st.lists(_words.map(" ".join), min_size=1, max_size=4).map(_sentence)
_paragraphs = st.lists(
    st.lists(_sentences, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=4
)


@st.composite
def _datelines(draw: st.DrawFn, day: date) -> tuple[Dateline, str]:
    """A dateline up to its dash, and what it says."""
    last = day + timedelta(draw(st.sampled_from((0, 0, 1, 3))))
    dated = f"{draw(st.sampled_from(MONTHS[day.month - 1]))} {day.day}"
    if last != day:
        month = (
            f"{draw(st.sampled_from(MONTHS[last.month - 1]))} " if last.month != day.month else ""
        )
        dated += f"{draw(st.sampled_from(('/', '-', ' – ')))}{month}{last.day}"
    year = last.year if draw(st.booleans()) else None
    dated += f"{draw(st.sampled_from((' ', ', ')))}{year}" if year else ""
    places = draw(st.lists(st.sampled_from(PLACES), max_size=2, unique=True))
    if places:
        place = draw(st.sampled_from(("/", ", ", " and "))).join(places)
        before = draw(st.booleans())
        dated = f"{place}, {dated}" if before else f"{dated}, {place}"
    publication = draw(st.sampled_from(PUBLICATIONS))
    named = ", ".join("-".join(map(str.capitalize, place.split("-"))) for place in places)
    named = named.replace("St. ulrich", "St. Ulrich").replace("New strelsau", "New Strelsau")
    ends = (day.month, day.day), (last.month, last.day)
    return Dateline(*ends, year, named or None, publication), f"{dated} ({publication})"


@st.composite
def _endings(draw: st.DrawFn, number: int, issued: date | None) -> list[tuple[str, str]]:
    """`ENDS`, a copyright line and the issue's footer, as some editor put them."""
    day = issued and f"{MONTHS[issued.month - 1][1]} {issued.day} {issued.year}"
    article_type = draw(st.sampled_from(SORTS))
    issue = draw(st.sampled_from((f"{number}", f"{number:03}")))
    footer = draw(
        st.sampled_from(
            (
                f"({article_type} from Issue No. {issue}{f', published on {day}' if day else ''})",
                f"— This story was first published in issue {issue} of the weekly Gazette"
                + (f" on {day}" if day else "."),
                f">>This story was published in issue {issue}" + (f", on {day}" if day else "."),
            )
        )
    )
    lines = [("footer", footer)]
    owner = draw(
        st.sampled_from(("", "Copyright ©The Gazette — all rights reserved", "© Gazette 2019"))
    )
    lines = [("footer", owner)] * bool(owner) + lines if draw(st.booleans()) else lines
    ends = draw(st.sampled_from(("", "ENDS", "-ENDS-", "END")))
    return [("ends", ends)] * bool(ends) + lines


@st.composite
def _texts(draw: st.DrawFn, number: int, form: str) -> Text:
    day = date(2010, 1, 1) + timedelta(draw(st.integers(0, 4000)))
    dateline, dated = draw(_datelines(day))
    issued = draw(st.none() | st.integers(4, 90).map(lambda days: day + timedelta(days)))
    label = draw(st.sampled_from(("", "", "", "Comment: ", "OPINION — ")))
    headline = f"{label}{' '.join(draw(_words)).capitalize()} number {number}"
    endings = draw(_endings(number, issued))
    is_opinion = label or any(text.startswith("(Editorial ") for _, text in endings)
    kind = ArticleKind.OPINION if is_opinion else None
    author = draw(st.none() | st.sampled_from(AUTHORS))
    kicker = draw(st.sampled_from((None, "A kicker about goats")))
    standfirst = draw(st.sampled_from((None, "It had to be so.", "It rains, writes Ann Bell.")))
    dash = "".join(draw(st.sampled_from(choices)) for choices in (BLANKS, DASHES, BLANKS))
    first, *rest = draw(_paragraphs)
    leads = [lead for lead in (kicker, standfirst) if lead]
    byline = [("byline", f"By {author}")] * bool(author)
    above = draw(st.booleans())
    blank = draw(st.sampled_from((" ", "\u00a0", " \t")))
    blocks = [
        ("headline", headline.replace(" ", blank)),
        *(byline if above else ()),
        *(("lead", lead) for lead in leads),
        ("dateline", f"{dated}{dash}{first}"),
        *(("text", text.replace(" ", blank)) for text in rest),
        *(() if above else byline),
        *endings,
    ]
    if form == "wrapped":
        blocks = [(block_type, " ".join(text.split())) for block_type, text in blocks]
    credited = "Ann Bell" if standfirst and "writes" in standfirst else None
    start = " ".join(f"{dated}{dash}{first}".split())
    article = ArchiveArticle(
        *(0, 0, headline, kind, author or credited, dateline, number, issued),
        (*leads, start, *rest),
    )
    return Text(article, tuple(blocks))


@st.composite
def pages(draw: st.DrawFn, least: int = 1) -> BulletinPage:
    form = draw(st.sampled_from(("text", "wrapped", "html")))
    numbers = draw(st.lists(st.integers(1, 600), min_size=least, max_size=4, unique=True))
    texts = tuple(draw(_texts(number, form)) for number in numbers)
    return BulletinPage(texts, form, draw(st.integers(48, 100)))
