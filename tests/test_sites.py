"""Site descriptions: pages read by their elements, and faults of both with their lines."""

from pathlib import Path
from time import thread_time

import pytest

from kb.archive.articles import ArchiveArticle
from kb.archive.page_reader import page_reader
from kb.errors import SiteError
from kb.imports.site_reader import read_site
from kb.models import ArticleKind
from tests.support.archive_pages import SEEDS, ingest_pages
from tests.support.databases import Database

SITE = """\
publication: The Gazette
elements:
  article: article
  headline: {select: h2}
  date: {select: time, attribute: datetime, forms: [iso8601]}
  number: {select: .issue, after: "No."}
  author: {select: .by, after: By, optional: true}
  address: {select: link, attribute: href, optional: true}
  paragraphs: .text
"""
PAGE = """\
<!DOCTYPE html><html><body>
<article>
<h2>Moon union formed</h2>
<p class=issue>Vol. 3, No. 12</p><time datetime=2011-01-05T10:00>yesterday</time>
<div class=text>The Moon Union met on the Moon.
 Its head is Ada Byron<br>of Marsland.<p>It will meet again.</div>
</article>
</body></html>
"""


def read(folder: Path, site: str, page: str) -> tuple[list[ArchiveArticle], list[str]]:
    """The articles, and the faults without the page's name."""
    (folder / "site.yaml").write_text(site, encoding="utf-8")
    reader = page_reader(read_site(str(folder / "site.yaml"), None))
    articles, faults = reader("p", page.encode())
    return articles, [str(fault).removeprefix("p:") for fault in faults]


def test_an_article_is_read_from_its_elements(tmp_path: Path) -> None:
    (article,), faults = read(tmp_path, SITE, PAGE)
    assert faults == []
    assert (article.headline, article.issue_number) == ("Moon union formed", 12)
    assert (article.line, article.dateline_line) == (3, 4)
    assert article.dateline.edtf(2011) == "2011-01-05"
    assert article.dateline.publication == "The Gazette"
    assert (article.author, article.url) == (None, None)
    assert article.paragraphs == (
        "The Moon Union met on the Moon. Its head is Ada Byron of Marsland.",
        "It will meet again.",
    )


def test_without_an_article_a_page_is_one(tmp_path: Path) -> None:
    page = PAGE.replace("<html>", "<html><link href=https://example.org/7 rel=canonical>")
    page = page.replace(
        "yesterday", "yesterday</time><i class=by>By A. Bo</i><b class=by>By C. Do</b>"
    )
    (article,), faults = read(tmp_path, SITE.replace("  article: article\n", ""), page)
    assert faults == []
    assert (article.author, article.url) == ("A. Bo, C. Do", "https://example.org/7")


def test_a_relative_address_is_of_the_base(tmp_path: Path) -> None:
    site = SITE.replace("attribute: href,", "attribute: href, base: https://example.org/a/b,")
    for given, whole in (
        ("7", "https://example.org/a/7"),
        ("/7?x=1", "https://example.org/7?x=1"),
        ("https://other.example/7", "https://other.example/7"),
    ):
        page = PAGE.replace("<h2>", f"<link href={given}><h2>")
        ((article,), faults) = read(tmp_path, site, page)
        assert (article.url, faults) == (whole, [])


def test_a_time_is_of_a_day_in_the_zone_of_the_site(tmp_path: Path) -> None:
    """As it stands, where the site has no zone, or the time no offset."""
    zoned = SITE.replace("[iso8601]}", "[iso8601, '%d.%m.%Y %H:%M %z'], zone: Asia/Tashkent}")
    for site, told, day in (
        (SITE, "2011-01-05T21:00:00Z", "2011-01-05"),
        (zoned, "2011-01-05T21:00:00Z", "2011-01-06"),
        (zoned, "2011-01-05T23:00:00+05:00", "2011-01-05"),
        (zoned, "'05.01.2011 21:00 +0000'", "2011-01-06"),
        (zoned, "2011-01-05T21:00:00", "2011-01-05"),
        (zoned, "2011-01-05", "2011-01-05"),
    ):
        ((article,), faults) = read(tmp_path, site, PAGE.replace("2011-01-05T10:00", told))
        assert (article.dateline.edtf(2011), faults) == (day, [])


def test_a_label_or_the_site_tells_the_kind(tmp_path: Path) -> None:
    label = "  label: {select: .label, values: {Comment: OPINION}, optional: true}\n"
    opinions = SITE.replace("elements:", "kind: OPINION\nelements:")
    for site, told, kind in (
        (SITE, "", None),
        (opinions, "", ArticleKind.OPINION),
        (SITE + label, "", None),
        (SITE + label, "<b class=label>COMMENT</b>", ArticleKind.OPINION),
        (SITE + label, "<b class=label>Sports</b>", None),
        (
            opinions + label.replace("OPINION", "REPORT"),
            "<b class=label>Comment</b>",
            ArticleKind.REPORT,
        ),
    ):
        ((article,), faults) = read(tmp_path, site, PAGE.replace("<h2>", f"{told}<h2>"))
        assert (article.kind, faults) == (kind, [])


def test_what_is_skipped_or_not_seen_is_no_text(tmp_path: Path) -> None:
    hidden = "<i class=ad>Buy</i><i hidden>Lo</i><figure>Fig.</figure><script>x</script>"
    page = PAGE.replace("It will", f"{hidden}It will")
    (article,), _ = read(tmp_path, f"{SITE}  skip: .ad\n", page)
    assert article.paragraphs[1] == "It will meet again."
    headline = f"Moon<br>union <b>formed</b>{hidden}<b style='display:none'>No</b>"
    (article,), _ = read(
        tmp_path, f"{SITE}  skip: .ad\n", PAGE.replace("Moon union formed", headline)
    )
    assert article.headline == "Moon union formed"


def test_an_article_within_another_is_a_part_of_it(tmp_path: Path) -> None:
    inner = "<article><h3>x</h3></article></div>"
    (article,), faults = read(tmp_path, SITE, PAGE.replace("</div>", inner))
    assert (article.paragraphs[-1], faults) == ("x", [])


AROUND = (
    "<body><h2>Latest</h2><time datetime=2020-02-02></time><link href=https://example.org/>"
    "<p class=issue>No. 7</p><p class=by>By Ada</p>"
)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ("<h2>Moon union formed</h2>", "2: `headline`: `h2` finds nothing"),
        ("<time datetime=2011-01-05T10:00>yesterday</time>", "2: `date`: `time` finds nothing"),
        ("<p class=issue>Vol. 3, No. 12</p>", ""),
    ],
)
def test_what_stands_around_articles_is_theirs_only_where_a_page_says_it_once(
    tmp_path: Path, own: str, told: str
) -> None:
    articles, faults = read(tmp_path, SITE, PAGE.replace("<body>", AROUND).replace(own, ""))
    if told:
        assert (articles, len(faults), faults[0].startswith(told)) == ([], 1, True)
    else:
        (article,) = articles
        assert (article.issue_number, article.author, article.url) == (7, "Ada", None)


MONTHS = "[janv, janvier], [février], [mars], [avril], [mai], [juin], [juillet], [août], [sept],"
MONTHS += " [oct], [nov], [déc]"


@pytest.mark.parametrize(
    ("day", "form", "expected"),
    [
        ("3 Août 2020", "%d %B %Y", "2020-08-03"),
        ("3 janv 2020", "%d %B %Y", "2020-01-03"),
        ("2020-08-03T23:30:00-05:00", "iso8601", "2020-08-03"),
        ("Mon, 03 Aug 2020 23:30:00 -0500", "rfc822", "2020-08-03"),
        ("August 2020", "%B %Y", None),
        ("2020-W10", "iso8601", None),
        ("31 avril 2020", "%d %B %Y", None),
        ("2020~", "edtf", None),
    ],
)
def test_days_are_whole_and_in_any_language(
    tmp_path: Path, day: str, form: str, expected: str | None
) -> None:
    site = f"months: [{MONTHS}]\n{SITE}".replace("iso8601", f'"{form}"')
    articles, faults = read(tmp_path, site, PAGE.replace("2011-01-05T10:00", f'"{day}"'))
    if expected is None:
        assert faults == [
            f"4: `date`: `{day}` is no day of the form `{form}`,"
            " correct it, or add its form to `forms`"
        ]
    else:
        assert articles[0].dateline.edtf(articles[0].dateline.year or 0) == expected


FAULTS = {
    ("<h2>Moon union formed</h2>", ""): (
        "2: `headline`: `h2` finds nothing, correct the selector in the site's description"
    ),
    ("<h2>", "<h2>Else</h2><h2>"): "3: `headline`: `h2` finds `Else` and `Moon union formed`",
    ("datetime", "title"): "`date`: `time` finds nothing with an attribute `datetime`",
    ("2011-01-05", "2011-02-30"): "4: `date`: `2011-02-30T10:00` is no day of the form `iso8601`",
    ("No. 12", "Nr. 12"): "`number`: `.issue` finds nothing with `No.` in it",
    ("No. 12", "No. 12/13"): "4: `number`: `12/13` has not one number",
    ("No. 12", "No. 0"): "4: `number`: `0` has not one number",
    ("class=text", "class=txt"): "2: `paragraphs`: `.text` finds no text",
    ("article>", "section>"): "1: no article is found: `article`: `article` finds nothing",
    (
        "</body>",
        "{again}</body>",
    ): "is in line 3 with another text, leave out the one",
}


@pytest.mark.parametrize("change", FAULTS)
def test_what_is_not_found_is_told(tmp_path: Path, change: tuple[str, str]) -> None:
    again = PAGE[PAGE.index("<article") : PAGE.index("</article>")].replace("again", "never")
    page = PAGE.replace(*change).replace("{again}", f"{again}</article>")
    _, (fault,) = read(tmp_path, SITE, page)
    assert FAULTS[change] in fault


def test_the_same_article_twice_is_one(tmp_path: Path) -> None:
    again = PAGE[PAGE.index("<article") : PAGE.index("</body>")]
    articles, faults = read(tmp_path, SITE, PAGE.replace("</body>", again))
    assert (len(articles), faults) == (1, [])


def test_a_page_that_is_no_html_is_told(tmp_path: Path) -> None:
    assert read(tmp_path, SITE, "Moon union")[1] == ["1: it is no HTML, save the page as HTML"]


WRONG = {
    "": ["1: it has to say how pages are read, write `lines`, or `elements`, and not both"],
    "elements: {headline: {select: h1}, date: {select: t, forms: []}, paragraphs: p, x: y}\n": [
        "1:54: elements.date.forms: it has 0 items, fewer than 1, add what is missing",
        "1:81: elements.x: there is no such field, remove it, or correct its name",
    ],
    SITE.replace("h2", "h2 ~ p, optional: true").replace("iso8601", "iso"): [
        "4:14: elements.headline.select: `h2 ~ p`: `~` looks at siblings, take names",
        "4:30: elements.headline.optional: no article is without its headline, leave it out",
        "5:53: elements.date.forms.0: `iso` is no form of days, write `iso8601`",
    ],
    SITE.replace("publication: The Gazette\n", f"months: [{MONTHS}]\n").replace("mars", "Avril"): [
        "1:48: months.3.0: `avril` is another month, too",
        "2:1: elements: nothing names their publication, add `publication`",
    ],
    SITE.replace("[iso8601]", "[iso8601], zone: Atlantis"): [
        "5:63: elements.date.zone: `Atlantis` is no zone that this system knows, write one such",
    ],
    SITE.replace("attribute: href,", "attribute: href, base: /a,"): [
        "8:44: elements.address.base: `/a` is no address on the web",
    ],
    f"{SITE}  label: {{select: b, values: {{Comment: REMARK}}}}\n": [
        "10:31: elements.label.values.Comment: `REMARK` is none of its values",
    ],
}


@pytest.mark.parametrize("site", WRONG)
def test_faults_of_a_description_are_told_at_once(tmp_path: Path, site: str) -> None:
    with pytest.raises(SiteError) as raised:
        read(tmp_path, site, PAGE)
    told = [str(fault).removeprefix(f"{tmp_path}/site.yaml:") for fault in raised.value.faults]
    assert len(told) == len(WRONG[site]), told
    assert all(fault.startswith(start) for fault, start in zip(told, WRONG[site], strict=True)), (
        told
    )


def test_the_folder_of_the_seeds_has_the_default(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="no description tells how pages are read"):
        read_site(None, tmp_path)
    with pytest.raises(SiteError, match="no description tells how pages are read"):
        read_site(None, None)
    (tmp_path / "sites").mkdir()
    for name in "a", "b":
        (tmp_path / "sites" / f"{name}.yaml").write_text(SITE.replace("Gazette", name))
    with pytest.raises(SiteError, match="there are 2 descriptions of sites, name one by `--site`"):
        read_site(None, tmp_path)
    assert read_site("b", tmp_path).publication == "The b"
    (tmp_path / "sites" / "b.yaml").unlink()
    assert read_site(None, tmp_path).publication == "The a"
    with pytest.raises(SiteError, match="c:1: there is no such file"):
        read_site("c", tmp_path)


@pytest.fixture
def moon(empty: Database, tmp_path: Path) -> Database:
    """With an article of an issue, and a citation of its words."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    for name, document in SEEDS.items():
        text = document.replace("start: 85, end: 93", "start: 57, end: 65")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    empty.load(folder)
    return empty


def test_a_page_makes_nothing_worse(moon: Database, tmp_path: Path) -> None:
    """A text that loses a citation, and what is likely a copy, are faults at this door as well."""
    (tmp_path / "site.yaml").write_text(SITE)
    reader = page_reader(read_site(str(tmp_path / "site.yaml"), None))

    def take(page: str) -> tuple[int, int, int, list[str]]:
        (tmp_path / "p.html").write_text(page)
        done = ingest_pages(moon, tmp_path / "p.html", reader=reader)
        return done.added, done.texts, done.left, [fault.what for fault in done.faults]

    assert take(PAGE) == (0, 1, 0, [])
    verified = '{ node(id: "Citation:ma-named") { ... on Citation { verified } } }'
    assert moon.ask(verified) == {"node": {"verified": True}}
    assert take(PAGE) == (0, 0, 1, [])
    *changed, (fault,) = take(PAGE.replace("Byron", "Lovelace"))
    assert (changed, "ma-named" in fault) == ([0, 0, 0], True)
    *copied, (fault,) = take(PAGE.replace("union formed", "unions formed"))
    assert (copied, "is likely a copy of `gazette-12-moon-union-formed`" in fault) == (
        [0] * 3,
        True,
    )
    *redated, (fault,) = take(PAGE.replace("01-05", "01-06"))
    assert (redated, "the record is dated 2011-01-05" in fault) == ([0, 0, 0], True)


def test_articles_without_numbers_are_told_by_their_days(empty: Database, tmp_path: Path) -> None:
    site = "".join(line for line in SITE.splitlines(True) if "number" not in line)
    (tmp_path / "site.yaml").write_text(site)
    reader = page_reader(read_site(str(tmp_path / "site.yaml"), None))
    done = []
    for page in PAGE, PAGE.replace("01-05", "01-06").replace("It will", "They will"), PAGE:
        (tmp_path / "p.html").write_text(page)
        summary = ingest_pages(empty, tmp_path / "p.html", reader=reader)
        done.append((summary.added, summary.texts, summary.left, summary.faults))
    assert done == [(1, 1, 0, []), (1, 1, 0, []), (0, 0, 1, [])]
    asked = (
        "{ articles(orderBy: {field: DATED_ON}) { nodes { slug issueNumber datedOn { edtf } } } }"
    )
    assert empty.ask(asked) == {
        "articles": {
            "nodes": [
                {"slug": slug, "issueNumber": None, "datedOn": {"edtf": day}}
                for slug, day in (
                    ("gazette-moon-union-formed", "2011-01-05"),
                    ("gazette-moon-union-formed-2", "2011-01-06"),
                )
            ]
        }
    }


PIECES = {
    "articles": PAGE[PAGE.index("<article") : PAGE.index("</body>")],
    "open articles": "<article><h2>x</h2>",
    "paragraphs": "<div class=text>x</div>",
    "headlines": "<h2>x",
    "classes": f"<p class='{'x ' * 20}'>",
    "skipped": "<i class=ad>x</i>",
}


@pytest.mark.parametrize("piece", PIECES)
def test_pages_take_time_in_proportion(tmp_path: Path, piece: str) -> None:
    (tmp_path / "site.yaml").write_text(f"{SITE}  skip: article .ad, div > .ad\n")
    reader = page_reader(read_site(str(tmp_path / "site.yaml"), None))

    def seconds(length: int) -> float:
        page = f"<html><body>{PIECES[piece] * (length // len(PIECES[piece]))}".encode()
        begun = thread_time()
        reader("p", page)
        return thread_time() - begun

    once, more = min(seconds(5_000) for _ in range(3)), seconds(40_000)
    assert more < max(8 * 4 * once, 0.2), (once, more)
