"""Keys made of words: readable whatever the script, bounded, unique, and the same as ever."""

import re
from pathlib import Path
from unicodedata import combining, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.records.documents import ArticleDocument
from kb.records.field_types import is_key
from kb.records.keys import cut, key_of
from tests.support.archive_pages import ingest_pages
from tests.support.curated import seeds
from tests.support.databases import Database

SCRIPTS = {
    "Новости: итоги дня": "novosti-itogi-dnya",
    "ქართული ენა": "kartuli-ena",
    "上海合作组织": "shang-hai-he-zuo-zu-zhi",
    "ひらがな": "hiragana",
    "서울 회담": "seoul-hoedam",
    "दिल्ली में बैठक": "dilli-mem-baithk",
    "שלום עולם": "slvm-vlm",
    "السلام عليكم": "lslm-lykm",
    "Ελληνικά νέα": "ellinika-nea",
    "Møller & Söhne": "moller-sohne",
    "Łódź": "lodz",
    "٣ dogs": "3-dogs",
    "😀 😀": "grinning-grinning",
}


@pytest.mark.parametrize(("text", "key"), SCRIPTS.items(), ids=SCRIPTS.values())
def test_every_script_is_readable(text: str, key: str) -> None:
    assert key_of(text, "article") == key


@pytest.mark.parametrize("text", ["", "!!!", "—", "★★★", "\u0301", "% & +"])
def test_signs_alone_have_a_key_too(text: str) -> None:
    assert key_of(text, "article") == "article"


@given(st.text())
def test_every_text_has_a_key(text: str) -> None:
    key = key_of(text, "article")
    assert is_key("Article", key)
    assert len(key) <= 100


def test_what_is_too_long_is_cut_at_a_word() -> None:
    assert key_of("word " * 40, "article") == "-".join(["word"] * 20)
    assert key_of("a" * 99 + " b", "article") == "a" * 99
    assert key_of("щ" * 200, "article") == ("shch" * 25)
    assert cut("a" * 100) == "a" * 100
    assert cut("one-two", 3) == cut("one-two", 6) == "one"


def former_key(text: str) -> str:
    """The rule that keys were made by while headlines were of Latin letters alone."""
    plain = "".join(letter for letter in normalize("NFKD", text.lower()) if not combining(letter))
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’]", "", plain))
    return "-".join(words[1:] if words[:1] == ["the"] and len(words) > 1 else words)


@given(st.text(st.sampled_from("abtheTHE çéÅžñ019 '’‘“”-–—….,:;!?&()/$€£%§½№"), min_size=1))
def test_keys_of_latin_letters_are_as_they_were(text: str) -> None:
    if not re.search("[№…]", text) and former_key(text):
        assert key_of(text, "article") == cut(former_key(text))


def test_the_shipped_articles_have_the_keys_that_are_made() -> None:
    for entry in seeds():
        if isinstance(article := entry.document, ArticleDocument):
            made = f"{article.publication}-{article.issue_number}-{former_key(article.headline)}"
            assert made.startswith(entry.key)
            assert key_of(article.headline, "article") == cut(former_key(article.headline))


PAGE = """\
{headline}

JAN. {day} 2011 ({publication}) — They met.

— This story was first published in issue {day} of The Gazette
"""


def test_articles_of_any_script(empty: Database, tmp_path: Path) -> None:
    named = [
        ("Новости дня", "Вести", "vesti-1-novosti-dnya"),
        ("სიახლეები", "ლიბერალი", "liberali-2-siakhleebi"),
        ("أخبار", "الأخبار", "lkhbr-3-khbr"),
        ("新闻", "人民日报", "ren-min-ri-bao-4-xin-wen"),
        ("Prices up", "Gazette", "gazette-5-prices-up"),
        ("Prices: up!", "Gazette", "gazette-5-prices-up-2"),
        (f"{'Long ' * 39}end", "Gazette", f"gazette-5-{'-'.join(['long'] * 20)}"),
        ("Цены", "Вести", "vesti-7-tseny"),
    ]
    pages = []
    for number, (headline, publication, key) in enumerate(named):
        pages.append(tmp_path / f"{number}.txt")
        day = re.search(r"-(\d)-", key)
        assert day
        told = PAGE.format(headline=headline, publication=publication, day=day[1])
        pages[-1].write_text(told, encoding="utf-8")
    summary = ingest_pages(empty, *pages, new=True)
    assert summary.faults == []
    keys = [key for (key,) in empty.rows("select key from article order by id")]
    assert keys == [key for _, _, key in named]
    assert ingest_pages(empty, *pages).added == 0
