"""Words found in the text of an article, exactly or not at all: what may be quoted."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest

from kb.citations.anchors import hash_words
from kb.config import Settings
from kb.normalisation import normalise
from schema.anchors import MOST_PLACES
from tests.support.curated import ADA, curator, expect_payload
from tests.support.databases import Database, Place, open_database

TOLD, MADE_UP, SILENT = (
    "conway-bulletin-301-csto-agree-on-crises-centre",
    "bulletin-430-csto-leaders-meet-in-bishkek-for-summit",
    "bulletin-336-uzbekistan-has-no-plans-to-rejoin-the-csto",
)
TEXT = [
    "The Moon Union met; the Moon Union agreed on 12 points.",
    "Ζωή 𝄞 naïve “quoted” \\ 100% of {them}.",
    "aaaa",
    "a" * 30,
]
FIND = """query Find($slug: String!, $words: String!) {
  article(slug: $slug) { find(words: $words) { paragraph start end sha256 } } }"""
NOUNS = ("bridge", "king", "ferry", "lake", "choir", "goat", "umbrella", "lido", "cheese", "frog")
VERBS = ("crosses", "finds", "sells", "mends", "loses", "greets", "paints", "counts", "praises")
QUOTES, MORE_QUOTES, AT_ONCE = 300, 10_000, 50


@pytest.fixture(scope="module")
def moon(place: Place, loaded: Settings) -> Iterator[Database]:
    with open_database(place.create(loaded)) as database:
        for slug, paragraphs in ((TOLD, TEXT), (MADE_UP, made_up(Random(1)))):
            expect_payload(curator(database).record("Article", slug=slug, paragraphs=paragraphs))
        yield database


def found(db: Database, words: str, slug: str = TOLD) -> list[tuple[int, int, int]] | None:
    """The places, each of which has the words' hash."""
    match db.ask(FIND, slug=slug, words=words)["article"]:
        case {"find": list(anchors)}:
            assert {each["sha256"] for each in anchors} <= {hash_words(normalise(words))}
            return [(each["paragraph"], each["start"], each["end"]) for each in anchors]
        case other:
            assert other == {"find": None}
            return None


def test_once_several_times_or_not_at_all(moon: Database) -> None:
    assert found(moon, "agreed on 12 points") == [(1, 35, 54)]
    assert found(moon, "Moon Union") == [(1, 4, 14), (1, 24, 34)]
    assert found(moon, "agreed on 13 points") == []
    assert found(moon, "Agreed on 12 points") == []
    assert found(moon, TEXT[0]) == [(1, 0, len(TEXT[0]))]
    assert found(moon, f"{TEXT[0]} {TEXT[1]}") == []
    assert found(moon, "the Moon Union", SILENT) is None


def test_offsets_count_code_points_and_words_are_brought_to_their_one_form(moon: Database) -> None:
    assert found(moon, "“quoted” \\ 100% of {them}") == [(2, 12, 37)]
    assert found(moon, "  nai\u0308ve \t “quoted”\n") == [(2, 6, 20)]
    assert found(moon, "𝄞") == [(2, 4, 5)]
    assert found(moon, "naive") == []
    assert found(moon, "%") == [(2, 26, 27)]
    for wrong in ("\0", "_", "100%%", "'", "{}"):
        assert found(moon, wrong) == []


def test_places_may_overlap_and_are_told_up_to_a_number(moon: Database) -> None:
    three = [(3, start, start + 2) for start in range(3)]
    assert found(moon, "aa") == [*three, *((4, at, at + 2) for at in range(MOST_PLACES - 3))]


def test_what_is_found_is_what_a_citation_is_given(moon: Database) -> None:
    match moon.ask(FIND, slug=TOLD, words="agreed on 12 points")["article"]:
        case {"find": [anchor]}:
            pass
        case other:
            pytest.fail(f"{other}")
    cited = {"key": "ada-found", "article": TOLD, "anchor": anchor, "claim": "It names her."}
    expect_payload(curator(moon).record("Official", **ADA | {"citations": [cited]}))
    query = '{ node(id: "Citation:ada-found") { ... on Citation { quote verification } } }'
    answer = {"quote": "agreed on 12 points", "verification": "VERIFIED"}
    assert moon.ask(query) == {"node": answer}


@pytest.mark.parametrize("words", ["", " \t\n", "\u200b"])
def test_no_words_are_refused(moon: Database, words: str) -> None:
    told = "there are no words to look for; quote some of the article"
    refused = moon.refused(FIND, slug=TOLD, words=words)
    assert refused == [(told, ["article", "find"], "BAD_ARGUMENT")]


def test_words_are_bounded(moon: Database) -> None:
    assert found(moon, "a" * 2_000) == []
    told = "a text of 2,001 characters, more than the 2,000 allowed; give a shorter one"
    refused = moon.refused(FIND, slug=TOLD, words="a" * 2_001)
    assert refused == [(told, ["article", "find"], "TOO_LARGE")]


def test_before_its_day_the_article_is_not_there(moon: Database) -> None:
    query = """query View($day: Date!) { view(knownAt: $day) {
      article(slug: "%s") { find(words: "Moon Union") { start } } } }"""
    places = {"find": [{"start": 4}, {"start": 24}]}
    for day, article in (("2016-10-20", None), ("2016-10-21", places)):
        assert moon.ask(query % TOLD, day=day) == {"view": {"article": article}}


@pytest.mark.parametrize("count", [QUOTES, pytest.param(MORE_QUOTES, marks=pytest.mark.long)])
def test_no_altered_quote_is_found(moon: Database, count: int) -> None:
    """A negation, a digit, the order of two words, a letter: none of it passes."""
    random, paragraphs = Random(count), made_up(Random(1))
    quotes = [piece(random, paragraphs) for _ in range(count)]
    assert all(places_of(moon, quotes))
    changed = [alter(random, quote) for quote in quotes]
    altered = [words for words in changed if not any(words in text for text in paragraphs)]
    assert len(altered) > 0.9 * count
    assert not any(places_of(moon, altered))


def places_of(db: Database, quotes: Sequence[str]) -> list[object]:
    """What is found of each, many at once."""
    found: list[object] = []
    for start in range(0, len(quotes), AT_ONCE):
        some = quotes[start : start + AT_ONCE]
        declared = ", ".join(f"$w{number}: String!" for number in range(len(some)))
        asked = " ".join(f"w{n}: find(words: $w{n}) {{ start }}" for n in range(len(some)))
        query = f'query Many({declared}) {{ article(slug: "{MADE_UP}") {{ {asked} }} }}'
        answer = db.ask(query, **{f"w{n}": words for n, words in enumerate(some)})["article"]
        assert isinstance(answer, dict)
        found += answer.values()
    return found


def made_up(random: Random) -> list[str]:
    return [" ".join(sentence(random) for _ in range(5)) for _ in range(12)]


def sentence(random: Random) -> str:
    count, negation = random.randrange(100), random.choice(("", " not"))
    first, second = random.sample(NOUNS, 2)
    return f"The {first} does{negation} say that it {random.choice(VERBS)} {count} {second}s."


def piece(random: Random, paragraphs: Sequence[str]) -> str:
    """Some words on end, of which one can be altered in every way."""
    words = random.choice(paragraphs).split()
    start = random.randrange(len(words) - 10)
    return " ".join(words[start : start + random.randint(11, 30)])


def alter(random: Random, quote: str) -> str:
    words = quote.split()
    match random.randrange(4):
        case 0:
            at = words.index("does") if "does" in words else 0
            negated = words[at + 1 : at + 2] == ["not"]
            words[at + 1 : at + 2] = [] if negated else ["not", *words[at + 1 : at + 2]]
        case 1:
            at = next(at for at, word in enumerate(words) if word.isdecimal())
            words[at] = f"{int(words[at]) + random.randint(1, 9)}"
        case 2:
            at = random.randrange(len(words) - 1)
            words[at : at + 2] = reversed(words[at : at + 2])
        case _:
            at = random.randrange(len(words))
            place = random.randrange(len(words[at]))
            words[at] = words[at][:place] + random.choice("qxj") + words[at][place + 1 :]
    return " ".join(words)
