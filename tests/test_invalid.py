"""What mutations refuse: all that is wrong at once, each with its path, in GraphQL's words."""

import re
from random import Random

import pytest

from kb.citations.anchors import hash_words
from kb.records.field_types import MOST_KEY, MOST_NAME, MOST_OFFICE, MOST_PROSE
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

pytestmark = pytest.mark.sweep

EVENT: Answer = {"slug": "e", "kind": "DECISION", "title": "E", "occurred": "2017"}


@pytest.fixture
def editor(filled: Database) -> Curator:
    return curator(filled)


def citation(key: str, **changed: object) -> Answer:
    return CITATION | {"key": key} | changed


def faults_of(answer: Answer) -> dict[str, str]:
    faults = dict(problems(answer))
    for message in faults.values():
        assert not FOREIGN.search(message), message
    return faults


def test_all_faults_are_told_at_once(editor: Curator) -> None:
    """Of form, of references and of words, beside one another."""
    faults = faults_of(
        editor.record(
            "Event",
            **EVENT | {"title": "x" * 501, "occurred": "2017-13", "place": "a\0b"},
            summit="nowhere",
            organisations=["csto", "Nobody", "nobody"],
            idempotencyKey="x" * 501,
            citations=[
                citation("ok"),
                citation("Bad Key"),
                citation("hash", anchor=ANCHOR | {"sha256": "abc", "start": 9, "end": 5}),
                citation("range", anchor=ANCHOR | {"start": 9, "end": 5}),
                citation("article", article="no-such"),
                citation("field", field="capital"),
                citation("both", quote="words"),
                citation("quoted", anchor=None, quote="words"),
                citation("quoted-nowhere", anchor=None, quote="words", article="no-such"),
                citation("ok", anchor=ANCHOR | {"sha256": "abc", "start": 9}),
                citation("value", field="occurred.start", value="soon"),
                citation("long", claim="x" * (MOST_PROSE + 1)),
            ],
        )
    )
    assert [*faults] == [
        *(f"input.citations.{place}" for place in CITATIONS),
        "input.idempotencyKey",
        "input.occurred",
        "input.organisations.1",
        "input.organisations.2",
        "input.place",
        "input.summit",
        "input.title",
    ]
    assert faults["input.citations.2.anchor.sha256"].endswith("`kb cite` prints for the words")
    assert faults["input.summit"] == "e: there is no summit `nowhere`; add it, or correct the key"


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


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({}, ["input.office", "input.organisations"]),
        ({"organisations": ["csto"]}, ["input.office"]),
        ({"office": "Secretary-General"}, ["input.organisations"]),
        ({"office": "Secretary-General", "officials": ["stanislav-zas"]}, ["input.organisations"]),
        ({"office": "\u200b", "states": ["UZ"]}, ["input.office"]),
        ({"office": "x" * (MOST_OFFICE + 1), "states": ["UZ"]}, ["input.office"]),
    ],
)
def test_a_vacancy_is_of_an_office_of_somebody(
    editor: Curator, given: Answer, paths: list[str]
) -> None:
    vacancy: Answer = EVENT | {"kind": "VACANCY"} | given
    assert [*faults_of(editor.record("Event", **vacancy, citations=[citation("ok")]))] == paths


def test_what_a_list_refers_to_stands_in_it_once(editor: Curator) -> None:
    lists = {"states": "UZ", "organisations": "csto", "officials": "stanislav-zas"}
    doubled: Answer = {name: [key, key.swapcase(), key] for name, key in lists.items()}
    faults = faults_of(editor.record("Event", **EVENT | doubled, citations=[citation("ok")]))
    assert [*faults] == [f"input.{name}.{place}" for name in sorted(lists) for place in (1, 2)]
    twice: list[Answer] = [
        {"official": "stanislav-zas", "attendance": attendance}
        for attendance in ("ATTENDED", "ABSENT")
    ]
    summit: Answer = {"slug": "csto-2016-yerevan", "participants": twice}
    assert faults_of(editor.record("Summit", **summit)) == {
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
    editor: Curator, anchor: Answer, holds: bool
) -> None:
    """It would be stored, and `kb check` would find it."""
    expect_payload(editor.record("Article", id=f"Article:{ARTICLE}", paragraphs=["Few words."]))
    answer = editor.cite(subject="State:UZ", **citation("x", anchor=ANCHOR | anchor))
    if holds:
        expect_payload(answer)
    else:
        ((place, message),) = problems(answer)
        assert (place, message[:12]) == ("input.anchor", "the text of ")


def test_what_is_told_of_one_that_is_not_known(editor: Curator) -> None:
    """Nobody can tell what it lacks."""
    faults = faults_of(
        editor.record("Official", slug="A B", nationality="xx", citations=[citation("a")])
    )
    assert [*faults] == ["input.nationality", "input.slug"]
    assert [*faults_of(editor.record("Official", id="Official:no\0ne", name=""))] == [
        "input.id",
        "input.name",
    ]
    assert [*faults_of(editor.record("State", code="AM", id="State:UZ", name=""))] == [
        "input.code",
        "input.name",
    ]
    both = faults_of(editor.cite(**citation("A B", claim=""), subject="Planet:mars"))
    assert [*both] == ["input.claim", "input.subject"]
    assert [*faults_of(editor.uncite(key="x" * 501))] == ["input.key"]
    assert [*faults_of(editor.retract("State", code="", idempotencyKey="\0"))] == [
        "input.code",
        "input.idempotencyKey",
    ]


def test_what_stands_in_is_told_of_by_nobody(editor: Curator) -> None:
    """Faults that would only follow from others."""
    new = {"slug": "b", "name": "B"}
    assert [*faults_of(editor.record("Official", **new, citations=[citation("x", claim="")]))] == [
        "input.citations.0.claim"
    ]
    of_nobody = {"key": "t", "official": "A B", "office": "", "period": "x", "citations": []}
    assert [*faults_of(editor.record("Term", **of_nobody))] == [
        "input.citations",
        "input.office",
        "input.official",
        "input.organisation",
        "input.period",
    ]


def test_an_articles_text_is_bounded(editor: Curator) -> None:
    long = faults_of(editor.record("Article", slug=ARTICLE, paragraphs=["x", "y" * 100_001, "\0"]))
    assert [*long] == ["input.paragraphs.1", "input.paragraphs.2"]


LETTERS = Random(1)


def longest_name(name: int = MOST_NAME) -> str:
    """As many letters as there may be, of four bytes each, and none like another."""
    return "".join(chr(0x20000 + LETTERS.randrange(40_000)) for _ in range(name))


def longest_key() -> str:
    return "".join(LETTERS.choice("abcdefghij0123456789") for _ in range(MOST_KEY))


def test_the_longest_names_are_stored(editor: Curator) -> None:
    """In every index that has them, on either engine; a letter more is refused."""
    slug, publication, article = longest_key(), longest_key(), longest_key()
    records: list[tuple[str, Answer]] = [
        ("Publication", {"slug": publication, "name": longest_name()}),
        ("Article", ARTICLE_FIELDS | {"slug": article, "publication": publication}),
        ("Organisation", {"slug": slug, "name": longest_name(), "acronym": longest_name()}),
        ("State", {"code": "ZZ", "name": longest_name(), "officialName": longest_name()}),
        ("Official", {"slug": slug, "name": longest_name(), "aliases": [longest_name()]}),
        ("Membership", {"key": slug, "organisation": slug, "state": "ZZ", **MEMBER}),
        (
            "Term",
            {"key": slug, "official": slug, "office": "ΐ" * MOST_OFFICE, "state": "ZZ", **SPAN},
        ),
        ("Summit", {"slug": slug, "organisation": slug, "name": longest_name(), **HELD}),
        (
            "Event",
            EVENT
            | {"slug": slug, "title": longest_name(), "place": longest_name(), "summit": slug},
        ),
    ]
    for number, (record_type, fields) in enumerate(records):
        sourced = record_type not in ("Publication", "Article")
        citations = (
            {"citations": [citation(f"{longest_key()[:-3]}-{number}", article=article)]}
            if sourced
            else {}
        )
        expect_payload(
            editor.record(record_type, **fields, **citations, idempotencyKey=longest_name())
        )
    for record_type, fields in records:
        for name, value in fields.items():
            if isinstance(value, str) and value.isascii() is False:
                faults = faults_of(editor.record(record_type, **fields | {name: f"{value}a"}))
                _, message = faults.popitem()
                assert re.search("it has [45]01 characters, more than [45]00; shorten it", message)


ARTICLE_FIELDS: Answer = {"headline": longest_name(), "datedOn": "2001", "place": longest_name()}
MEMBER: Answer = {"status": "MEMBER", "period": "2001/2002"}
SPAN: Answer = {"period": "2001/2002"}
HELD: Answer = {"heldOn": "2001", "city": longest_name()}


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
    editor: Curator, variables: object, words: str
) -> None:
    query = "mutation ($i: RecordOfficialInput!) { recordOfficial(input: $i) { __typename } }"
    if not isinstance(variables, dict):
        errors = editor.database.refused(query, i=variables)
    else:
        errors = editor.database.refused(query, i=ADA | variables)
    for message, _, code in errors:
        assert code == "BAD_VARIABLES"
        assert re.search(words, message)
        assert not re.search(r"\b(None|True|False)\b", message.replace("'None'", ""))
    literal = editor.database.refused("{ state(code: null) { name } }")
    assert literal[0][0].endswith("not to be null.")
