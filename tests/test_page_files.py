"""Archive pages as files: which are read, how far, and what text or HTML gives as lines."""

import io
import sys
import tracemalloc
from pathlib import Path

import pytest

from kb.archive.html_lines import Line
from kb.archive.pages import MAX_BYTES, page_name, page_paths, read_content, read_lines
from kb.errors import Fault

FOLDER = Path(__file__).parent / "archive"
ENDLESS = Path("/dev/zero")


def filled_lines(content: bytes) -> list[Line]:
    """The lines that are not blank: number, text, and level of heading."""
    page = read_lines("page", content)
    assert not isinstance(page, Fault)
    return [line for line in page.lines if line.text]


def texts(body: str) -> list[str]:
    return [text for _, text, _ in filled_lines(f"<html><body>{body}</body></html>".encode())]


def test_a_folder_gives_its_pages_in_order(tmp_path: Path) -> None:
    names = ("b.txt", "a.html", "deep/er/c.HTM", "deep/d.txt", "notes.md", "e.txt.bak")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.txt").mkdir()
    paths = [path for path in page_paths([tmp_path]) if isinstance(path, Path)]
    shown = [str(path.relative_to(tmp_path)) for path in paths]
    assert shown == ["a.html", "b.txt", "deep/d.txt", "deep/er/c.HTM"]


def test_files_and_standard_input_are_taken_as_they_come() -> None:
    named = [FOLDER / "tag.txt", Path("-"), Path(__file__)]
    assert list(page_paths(named)) == named
    assert [page_name(path) for path in named[:2]] == [str(FOLDER / "tag.txt"), "<stdin>"]


def test_what_is_not_there_is_a_fault(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", Path("x" * 5000), Path("x\0y")):
        [fault] = page_paths([path])
        assert isinstance(fault, Fault)
        assert fault.what == "there is no such file or folder"
    [fault] = page_paths([tmp_path])
    assert str(fault) == (f"{tmp_path}:1: the folder has no .txt, .html or .htm page, name another")


def test_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_content(FOLDER / "tag.txt") == (FOLDER / "tag.txt").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"from a pipe")))
    assert read_content(Path("-")) == b"from a pipe"
    refused = read_content(tmp_path)
    assert str(refused) == f"{tmp_path}:1: the page cannot be read: is a directory, name another"


def test_a_large_page_is_not_read_whole(tmp_path: Path) -> None:
    page = tmp_path / "large.txt"
    with page.open("wb") as file:
        file.truncate(50_000_000)
    tracemalloc.start()
    fault = read_content(page)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(fault, Fault)
    assert fault.what == "the page has more than 16 MB"
    assert peak < 2 * MAX_BYTES


@pytest.mark.skipif(not ENDLESS.exists(), reason="needs an endless file")
def test_an_endless_page_is_refused() -> None:
    fault = read_content(ENDLESS)
    assert isinstance(fault, Fault)
    assert fault.what == "the page has more than 16 MB"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_of_a_text(ending: str) -> None:
    text = f"\ufeffone{ending} \u00a0 {ending}two\u2009 \x0c\u2028three{ending}fo\u00adur\u200b"
    expected = [(1, "one", 0), (3, "two three", 0), (4, "four", 0)]
    assert filled_lines(text.encode()) == expected


def test_lines_of_html_have_those_of_the_source() -> None:
    page = b"""<!DOCTYPE html>
<html><head><title>No</title></head><body>
<h2
  class="x">
  Goats
  win</h2><!-- a
comment --><p>One &amp;
two&nbsp;<b>thr</b>ee<br>four
<br/><br/>

five</p>six
</body></html>"""
    expected = [(5, "Goats win", 2), (7, "One & two three", 0), (8, "four", 0)]
    assert filled_lines(page) == [*expected, (11, "five", 0), (11, "six", 0)]


def test_lines_far_down_a_page_have_their_numbers() -> None:
    page = b"<html><body>" + b"\n" * 70_000 + b"<p>far</p>\n\n<p>farther</p>"
    assert filled_lines(page) == [(70_001, "far", 0), (70_003, "farther", 0)]


def test_blocks_are_parted_by_blank_lines() -> None:
    page = read_lines("page", b"<p>one<br>two<br><br>three</p>four<ul><li>five<li>six</ul>")
    assert not isinstance(page, Fault)
    shown = [line.text for line in page.lines]
    parted = " ".join(text or "|" for text in shown).replace("| |", "|").replace("| |", "|")
    assert parted.strip("| ") == "one two | three | four | five | six"
    assert not page.wrapped


def test_preformatted_text_keeps_its_lines() -> None:
    assert filled_lines(b"<pre>one\n\ntwo\nthree</pre>") == [
        (1, "one", 0),
        (3, "two", 0),
        (4, "three", 0),
    ]


@pytest.mark.parametrize(
    "element",
    ["nav", "aside", "form", "script", "style", "noscript", "template", "figure", "svg", "iframe"],
)
def test_elements_that_are_left_out(element: str) -> None:
    assert texts(f"<p>one</p><{element}><p>no</p></{element}>two") == ["one", "two"]


@pytest.mark.parametrize("role", ["navigation", "banner", "complementary", "contentinfo", "search"])
def test_roles_that_are_left_out(role: str) -> None:
    assert texts(f"<div role='{role}'>no</div><div role='main'>yes</div>") == ["yes"]


def test_headers_and_footers_of_the_site_are_left_out() -> None:
    assert texts("<header><h1>Site</h1></header><p>one</p><footer>no</footer>") == ["one"]
    assert texts("<div><header><h2>Goats win</h2></header>one</div>") == ["Goats win", "one"]
    article = "<article><header><h1>Goats win</h1></header>one<footer>two</footer></article>"
    assert texts(f"<header>no</header>{article}") == ["Goats win", "one", "two"]


def test_only_articles_are_read_where_there_are_any() -> None:
    article = "<article><h2>Goats</h2><p>one</p><article>two</article></article>"
    assert texts(f"<h1>no</h1><p>no</p>{article}<p>no</p>{article}") == ["Goats", "one", "two"] * 2
    assert texts("<h1>Goats</h1><p>no</p><article>one</article>") == ["Goats", "one"]
    assert texts("<aside><article>no</article></aside><p>one</p>") == ["one"]


@pytest.mark.parametrize(
    "start",
    [
        "<!doctype HTML>",
        '<?xml version="1.0" encoding="latin-1"?><html>',
        "<!-- saved --><p>",
        "\n<BODY >",
    ],
)
def test_html_is_known_by_its_tags(start: str) -> None:
    assert [text for _, text, _ in filled_lines(f"{start}<b>Élodie</b> &lt;3".encode())] == [
        "Élodie <3"
    ]


def test_text_may_hold_signs_of_html() -> None:
    assert filled_lines(b"1 < 2 and 3 > 2 &amp; <b>so</b> on") == [
        (1, "1 < 2 and 3 > 2 &amp; <b>so</b> on", 0)
    ]


@pytest.mark.parametrize(
    "attribute",
    [
        *("hidden", "hidden='until-found'", "aria-hidden='true'", "style='display:none'"),
        *("style='color: red; DISPLAY : none !important'", "style='visibility:hidden'"),
        *("class='screen-reader-text'", "class='x sr-only'", "class='wp-caption alignleft'"),
        *("class='wp-caption-text'", "class='sharedaddy sd-sharing-enabled'", "class='a2a_kit'"),
    ],
)
def test_what_no_reader_sees_captions_and_bars_are_left_out(attribute: str) -> None:
    assert texts(f"<p>one</p><div {attribute}><p>no</p></div>two") == ["one", "two"]
    assert texts(f"<p>one <span {attribute}>no</span>two</p>") == ["one two"]
    assert texts(f"<article><p>one</p><div {attribute}>no</div>two</article>") == ["one", "two"]


@pytest.mark.parametrize(
    "attribute",
    [
        *("aria-hidden='false'", "style='display:block'", "style='x-display:none-such'"),
        *("class='tag-sharing category-caption'", "class='hidden-lake'", "class='wp-captions'"),
    ],
)
def test_what_readers_see_is_read(attribute: str) -> None:
    assert texts(f"<p>one</p><div {attribute}><p>yes</p></div>two") == ["one", "yes", "two"]


def test_a_caption_that_is_never_closed_hides_no_article() -> None:
    open_one = "<p>one</p><div class='wp-caption'>two"
    assert texts(f"{open_one}<h2>Goats win</h2><p>three</p>") == [
        "one",
        "two",
        "Goats win",
        "three",
    ]
    assert len(texts(open_one + "<p>three</p>" * 300)) == 302


def test_a_page_that_a_script_shows_is_read() -> None:
    assert filled_lines(b"<html><body style='visibility:hidden'><p>one</p>") == [(1, "one", 0)]


def test_articles_within_what_is_hidden_are_none() -> None:
    article = "<article><h2>Goats</h2><p>one</p></article>"
    assert texts(f"<div hidden>{article}</div>{article}") == ["Goats", "one"]
    assert texts(f"<article hidden>no</article>{article}") == ["Goats", "one"]


def test_tags_of_very_many_attributes_are_refused_at_once() -> None:
    tag = " ".join(f"a{number}" for number in range(100_000))
    fault = read_lines("page", f"<html><body><p {tag}>x".encode())
    assert isinstance(fault, Fault)
    assert fault.what == "HTML that is nested too deep, or has too long a text or tag, to be read"
