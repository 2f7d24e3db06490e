"""What mutations refuse: all that is wrong at once, each with its path, in GraphQL's words."""

import re
from random import Random

import pytest

from kb.citations.anchors import hash_words
from kb.records.documents import MOST_KEY, MOST_NAME, MOST_OFFICE, MOST_PROSE
from tests.support.curated import (
    ADA,
    ANCHOR,
    ARTICLE,
    CITATION,
    Answer,
    Curator,
    curator,
    expect_payload,
    problems,
)
from tests.support.databases import Database
from tests.support.foreign_words import FOREIGN

EVENT: Answer = {"slug": "e", "kind": "DECISION", "title": "E", "occurred": "2017"}


@pytest.fixture
def by_hand(filled: Database) -> Curator:
    return curator(filled)


def cited(key: str, **changed: object) -> Answer:
    return CITATION | {"key": key} | changed


def told(answer: Answer) -> dict[str, str]:
    found = dict(problems(answer))
    for message in found.values():
        assert not FOREIGN.search(message), message
    return found


def test_all_faults_are_told_at_once(by_hand: Curator) -> None:
    """Of form, of references and of words, beside one another."""
    found = told(
        by_hand.record(
            "Event",
            **EVENT | {"title": "x" * 501, "occurred": "2017-13", "place": "a\0b"},
            summit="nowhere",
            organisations=["csto", "Nobody", "nobody"],
            idempotencyKey="x" * 501,
            citations=[
                cited("ok"),
                cited("Bad Key"),
                cited("hash", anchor=ANCHOR | {"sha256": "abc", "start": 9, "end": 5}),
                cited("range", anchor=ANCHOR | {"start": 9, "end": 5}),
                cited("article", article="no-such"),
                cited("field", field="capital"),
                cited("both", quote="words"),
                cited("quoted", anchor=None, quote="words"),
                cited("quoted-nowhere", anchor=None, quote="words", article="no-such"),
                cited("ok", anchor=ANCHOR | {"sha256": "abc", "start": 9}),
                cited("value", field="occurred.start", value="soon"),
                cited("long", claim="x" * (MOST_PROSE + 1)),
            ],
        )
    )
    assert [*found] == [
        *(f"input.citations.{place}" for place in CITATIONS),
        "input.idempotencyKey",
        "input.occurred",
        "input.organisations.1",
        "input.organisations.2",
        "input.place",
        "input.summit",
        "input.title",
    ]
    assert found["input.citations.2.anchor.sha256"].endswith("`kb cite` prints for the words")
    assert found["input.summit"] == "e: there is no summit `nowhere`; add it, or correct the key"


CITATIONS = (
    *(
        "1.key",
        "2.anchor.end",
        "2.anchor.sha256",
        "3.anchor.end",
        "4.article",
        "5.field",
        "6.quote",
        "7.quote",
    ),
    *("8.article", "9.anchor.sha256", "9.key", "10.value", "11.claim"),
)


def test_what_a_list_refers_to_stands_in_it_once(by_hand: Curator) -> None:
    lists = {"states": "UZ", "organisations": "csto", "officials": "stanislav-zas"}
    doubled: Answer = {name: [one, one.swapcase(), one] for name, one in lists.items()}
    found = told(by_hand.record("Event", **EVENT | doubled, citations=[cited("ok")]))
    assert [*found] == [f"input.{name}.{place}" for name in sorted(lists) for place in (1, 2)]
    twice: list[Answer] = [
        {"official": "stanislav-zas", "attendance": one} for one in ("ATTENDED", "ABSENT")
    ]
    summit: Answer = {"slug": "csto-2016-yerevan", "participants": twice}
    assert told(by_hand.record("Summit", **summit)) == {
        "input.participants.1": ("csto-2016-yerevan: `stanislav-zas` is there twice; leave one out")
    }


@pytest.mark.parametrize(
    ("anchor", "holds"),
    [
        ({"start": 4, "end": 9, "sha256": hash_words("words")}, True),
        ({"start": 4, "end": 9, "sha256": "0" * 64}, False),
        ({"start": 5, "end": 10, "sha256": hash_words("words")}, False),
        ({"paragraph": 2, "sha256": hash_words("words")}, False),
        ({"start": 40, "end": 45, "sha256": hash_words("words")}, False),
    ],
)
def test_an_anchor_of_other_words_than_the_text_has(
    by_hand: Curator, anchor: Answer, holds: bool
) -> None:
    """It would be stored, and `kb check` would find it."""
    expect_payload(by_hand.record("Article", id=f"Article:{ARTICLE}", paragraphs=["Few words."]))
    answer = by_hand.cite(subject="State:UZ", **cited("x", anchor=ANCHOR | anchor))
    if holds:
        expect_payload(answer)
    else:
        ((place, message),) = problems(answer)
        assert (place, message[:12]) == ("input.anchor", "the text tha")


def test_what_is_told_of_one_that_is_not_known(by_hand: Curator) -> None:
    """Nobody can tell what it lacks."""
    found = told(by_hand.record("Official", slug="A B", nationality="xx", citations=[cited("a")]))
    assert [*found] == ["input.nationality", "input.slug"]
    assert [*told(by_hand.record("Official", id="Official:no\0ne", name=""))] == [
        "input.id",
        "input.name",
    ]
    assert [*told(by_hand.record("State", code="AM", id="State:UZ", name=""))] == [
        "input.code",
        "input.name",
    ]
    both = told(by_hand.cite(**cited("A B", claim=""), subject="Planet:mars"))
    assert [*both] == ["input.claim", "input.subject"]
    assert [*told(by_hand.uncite(key="x" * 501))] == ["input.key"]
    assert [*told(by_hand.retract("State", code="", idempotencyKey="\0"))] == [
        "input.code",
        "input.idempotencyKey",
    ]


def test_what_stands_in_is_told_of_by_nobody(by_hand: Curator) -> None:
    """Faults that would only follow from others."""
    new = {"slug": "b", "name": "B"}
    assert [*told(by_hand.record("Official", **new, citations=[cited("x", claim="")]))] == [
        "input.citations.0.claim"
    ]
    of_nobody = {"key": "t", "official": "A B", "office": "", "period": "x", "citations": []}
    assert [*told(by_hand.record("Term", **of_nobody))] == [
        "input.citations",
        "input.office",
        "input.official",
        "input.organisation",
        "input.period",
    ]


def test_an_articles_text_is_bounded(by_hand: Curator) -> None:
    long = told(by_hand.record("Article", slug=ARTICLE, paragraphs=["x", "y" * 100_001, "\0"]))
    assert [*long] == ["input.paragraphs.1", "input.paragraphs.2"]


LETTERS = Random(1)


def longest(name: int = MOST_NAME) -> str:
    """As many letters as there may be, of four bytes each, and none like another."""
    return "".join(chr(0x20000 + LETTERS.randrange(40_000)) for _ in range(name))


def key() -> str:
    return "".join(LETTERS.choice("abcdefghij0123456789") for _ in range(MOST_KEY))


def test_the_longest_names_are_stored(by_hand: Curator) -> None:
    """In every index that has them, on either engine; a letter more is refused."""
    one, publication, article = key(), key(), key()
    records: list[tuple[str, Answer]] = [
        ("Publication", {"slug": publication, "name": longest()}),
        ("Article", ARTICLE_FIELDS | {"slug": article, "publication": publication}),
        ("Organisation", {"slug": one, "name": longest(), "acronym": longest()}),
        ("State", {"code": "ZZ", "name": longest(), "officialName": longest()}),
        ("Official", {"slug": one, "name": longest(), "aliases": [longest()]}),
        ("Membership", {"key": one, "organisation": one, "state": "ZZ", **MEMBER}),
        ("Term", {"key": one, "official": one, "office": "ΐ" * MOST_OFFICE, "state": "ZZ", **SPAN}),
        ("Summit", {"slug": one, "organisation": one, "name": longest(), **HELD}),
        ("Event", EVENT | {"slug": one, "title": longest(), "place": longest(), "summit": one}),
    ]
    for number, (kind, fields) in enumerate(records):
        sourced = kind not in ("Publication", "Article")
        own = {"citations": [cited(f"{key()[:-3]}-{number}", article=article)]} if sourced else {}
        expect_payload(by_hand.record(kind, **fields, **own, idempotencyKey=longest()))
    for kind, fields in records:
        for name, value in fields.items():
            if isinstance(value, str) and value.isascii() is False:
                found = told(by_hand.record(kind, **fields | {name: f"{value}a"}))
                _, message = found.popitem()
                assert re.search("it has [45]01 characters, more than [45]00; shorten it", message)


ARTICLE_FIELDS: Answer = {"headline": longest(), "datedOn": "2001", "place": longest()}
MEMBER: Answer = {"status": "MEMBER", "period": "2001/2002"}
SPAN: Answer = {"period": "2001/2002"}
HELD: Answer = {"heldOn": "2001", "city": longest()}


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (None, "not to be null"),
        ({"slug": "None", "name": True}, "String cannot represent a non string value: true"),
        ({"citations": [None]}, "not to be null"),
        ({"aliases": [None, False]}, "not to be null|value: false"),
    ],
)
def test_variables_are_told_of_in_graphqls_words(
    by_hand: Curator, variables: object, words: str
) -> None:
    query = "mutation ($i: RecordOfficialInput!) { recordOfficial(input: $i) { __typename } }"
    if not isinstance(variables, dict):
        found = by_hand.database.refused(query, i=variables)
    else:
        found = by_hand.database.refused(query, i=ADA | variables)
    for message, _, code in found:
        assert code == "BAD_VARIABLES"
        assert re.search(words, message)
        assert not re.search(r"\b(None|True|False)\b", message.replace("'None'", ""))
    literal = by_hand.database.refused("{ state(code: null) { name } }")
    assert literal[0][0].endswith("not to be null.")
