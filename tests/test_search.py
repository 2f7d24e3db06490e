"""Search: on both engines the hits of a naive scan, ranked, with the words that found them."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kb import database
from kb.citations import article_texts
from kb.config import Settings
from kb.derive import recompute
from kb.derive.search_texts import searched_fields
from kb.records.documents import FORMS, OFFICE_WEIGHT, STATUS_WEIGHT
from kb.tokenizer import SearchTerm, search_terms, words
from tests.support.databases import Database, Place, open_database
from tests.support.hostile import HOSTILE
from tests.support.scan import Texts, contains_term, expected_hits, scan_texts
from tests.support.searches import MOST_WORDS, search
from tests.worlds.known_archives import make_archive as made_up
from tests.worlds.known_archives import write_seed_files
from tests.worlds.odd_values import WORDS


@pytest.fixture(scope="module")
def seeds(csto: Database) -> tuple[Database, Texts]:
    return csto, scan_texts(csto)


@pytest.fixture(scope="module")
def ingested(ingested_texts: Database) -> tuple[Database, Texts]:
    return ingested_texts, scan_texts(ingested_texts)


@pytest.fixture(scope="module")
def odd_words(
    place: Place, migrated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, Texts]]:
    """Words with every character that a layer could take for its own, also in paragraphs."""
    random, folder = Random(1), tmp_path_factory.mktemp("odd")
    documents = made_up(random)
    for records in documents.values():
        for fields in records.values():
            fields |= {
                name: " ".join(random.choices(WORDS, k=random.randint(1, 3)))
                for name in ("name", "title", "headline", "summary", "place", "city")
                if name in fields
            }
    for fields in documents["states"].values():
        fields["aliases"] = random.sample(WORDS, 5)
    with open_database(place.create(migrated)) as opened:
        opened.load(write_seed_files(folder, documents))
        articles = opened.rows("select id from article order by key")
        with database.write_transaction(opened.engine) as connection:
            for (number,) in articles:
                paragraphs = [" ".join(random.choices(WORDS, k=12)) for _ in range(3)]
                article_texts.write_texts(connection, {int(str(number)): paragraphs})
            recompute.derive_all(connection)
        yield opened, scan_texts(opened)


QUERIES = [
    *("csto", "CSTO summit", "tajik", "uzbek susp", "bordyuzha", "secretary general", "a", "19"),
    *('"rapid reaction" taj', '"treaty organisation"', '"organisation treaty"', '"the csto"'),
    *("organisation treaty", "kazakh president", "mr nazarb", "armenia's", "of the", "Dushanbe"),
    *("csto OR nato", "csto AND nato", "NOT csto", "NEAR(csto nato)", "csto*", "*csto", "^csto"),
    *(
        "text:csto",
        "{text} : csto",
        "csto -nato",
        "+csto",
        '"csto" * ',
        '"cst" *',
        "(csto",
    ),
    *(
        'the" csto"',
        '"csto the',
        '""',
        "",
        " ",
        "—",
        "csto\0nato",
        "\0",
        "\\",
        "'",
        "';--",
        "%",
        "_",
    ),
    *("x" * 500, "🏳️‍🌈 csto", "‮csto", "cs\u200bto", "c\u0301s\u0301to", "ＣＳＴＯ", "l'Été"),
]


@pytest.mark.parametrize("query", ["-csto", '-"rapid reaction"', "-a -b"])
def test_a_search_that_only_leaves_out_is_refused(csto: Database, query: str) -> None:
    """It would find nothing, as if there were nothing without these words."""
    search = "query ($q: String!) { search(query: $q) { totalCount } }"
    ((message, path, code),) = csto.refused(search, q=query)
    assert (path, code) == (["search"], "BAD_ARGUMENT")
    assert "give a word that is to be found" in message


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_hits_are_those_of_a_scan(
    seeds: tuple[Database, Texts], ingested: tuple[Database, Texts], query: str
) -> None:
    for opened, scan in (seeds, ingested):
        results = search(opened, query)
        wanted = expected_hits(scan, query)
        assert results.total == len(wanted)
        assert sorted(results.ids) == wanted[:100] or len(wanted) > 100
        assert len(set(results.ids)) == len(results.hits)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Of words that are there, whole, cut, in other case or order, and of what is hostile."""
    parts = draw(st.lists(st.sampled_from(WORDS) | HOSTILE, min_size=1, max_size=6))
    text = draw(st.sampled_from([" ", "", '"'])).join(parts)
    text = draw(st.sampled_from([text, text.upper(), text.swapcase(), f'"{text}"', text[:-1]]))
    return text + draw(st.sampled_from(["", " ", '"', "*"]))


@given(queries() | st.text(max_size=30))
@settings(max_examples=120)
@example('"alma alma" Ωm')
@example("İ ß e\u0301")
def test_odd_words_are_found_as_a_scan_finds_them(
    odd_words: tuple[Database, Texts], query: str
) -> None:
    opened, scan = odd_words
    terms = search_terms(query)
    # Those are refused, as they only leave words out.
    assume(len(terms) <= MOST_WORDS and not (terms and all(term.unwanted for term in terms)))
    results = search(opened, query)
    assert sorted(results.ids) == expected_hits(scan, query)
    assert results.total == len(results.hits)


@given(st.data())
@settings(max_examples=60)
def test_any_words_of_a_text_find_its_record(
    ingested: tuple[Database, Texts], data: st.DataObject
) -> None:
    opened, scan = ingested
    identity = data.draw(st.sampled_from(sorted(scan.texts)))
    text = data.draw(st.sampled_from([text for text in scan[identity] if text]))
    start = data.draw(st.integers(0, len(text) - 1))
    phrase = text[start : start + data.draw(st.integers(1, 5))]
    cut = data.draw(st.integers(1, len(phrase[-1])))
    loose = " ".join([*phrase[:-1], phrase[-1][:cut]])
    for query in (f'"{" ".join(phrase)}"', loose):
        results = search(opened, query)
        wanted = expected_hits(scan, query)
        assert identity in wanted
        assert results.total == len(wanted)
        assert set(results.ids) <= set(wanted)
        assert len(results.hits) == min(100, len(wanted))


@pytest.mark.parametrize(
    ("query", "identity"),
    [
        # Claims about a membership, a term, an event; a name, an alias, a headline.
        ("left in 1999; the CSTO, read as what took", "State:TJ"),
        ("Three years from a start", "Official:yuri-khachaturov"),
        (
            "Calls him its head, without naming the office",
            "Official:nikolai-bordyuzha",
        ),
        ("zas is the one appointed", "Event:zas-appointment"),
        ("Collective Security Treaty Organization", "Organisation:csto"),
        ("CSTO meeting of June 2017", "Summit:csto-2017-june"),
        ("New head of CSTO appointed", "Article:bulletin-433-new-head-of-csto-appointed"),
    ],
)
def test_what_each_text_hits(csto: Database, query: str, identity: str) -> None:
    assert identity in search(csto, f'"{query}"').ids


def test_eight_types_are_hits(csto: Database) -> None:
    found = search(csto, "t").ids + search(csto, "member").ids + search(csto, "secretary").ids
    kinds = {record_id.partition(":")[0] for record_id in found}
    assert kinds == {
        *("Organisation", "State", "Official", "Membership", "Term", "Summit", "Event", "Article")
    }
    wanted = [record_type.upper() for record_type in kinds]
    assert search(csto, "t", types=[]).total == 0
    everything = search(csto, "t").ids
    assert search(csto, "t", types=wanted).ids == search(csto, "t", types=None).ids == everything
    for record_type in kinds:
        only = search(csto, "t", types=[record_type.upper()])
        assert only.ids == [
            record_id for record_id in everything if record_id.startswith(f"{record_type}:")
        ]
        assert only.total == len(only.ids)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("suspended", "Membership:csto-uz-suspended"),
        ("uzbekistan suspended", "Membership:csto-uz-suspended"),
        ("Secretary-General Khachaturov", "Term:csto-sg-khachaturov"),
        ("Хачатуров", "Official:yuri-khachaturov"),
        ("ODKB", "Organisation:csto"),
        ("ОДКБ", "Organisation:csto"),
    ],
)
def test_what_is_found_first(csto: Database, query: str, first: str) -> None:
    assert search(csto, query).ids[0] == first


@pytest.mark.parametrize(
    ("weight", "field"), [(STATUS_WEIGHT, "Membership.status"), (OFFICE_WEIGHT, "Term.office")]
)
def test_what_tells_spans_is_the_weight_of_nothing_else(weight: int, field: str) -> None:
    fields = {
        f"{name}.{each.name}": counts
        for name, form in FORMS.items()
        for each, counts in searched_fields(form).items()
    }
    assert [name for name, counts in fields.items() if counts == weight] == [field]


def test_the_last_word_alone_may_be_a_beginning(csto: Database) -> None:
    ids = search(csto, "tajikist").ids
    assert "State:TJ" in ids
    assert search(csto, "tajikist ").ids == ids
    assert set(search(csto, "csto tajikist").ids) & set(ids)
    assert not search(csto, "tajikist csto").ids
    assert not search(csto, '"tajikist"').ids


def test_snippets_are_the_words_of_the_record_with_the_match_marked(
    ingested: tuple[Database, Texts],
) -> None:
    opened, scan = ingested
    for query in ("csto", '"rapid reaction"', "tajik", "secretary general", "kazakh"):
        results = search(opened, query)
        assert results.hits
        for hit in results.hits:
            plain = words(hit.snippet.replace("«", "").replace("»", ""))
            assert any(contains_term(text, SearchTerm(tuple(plain))) for text in scan[hit.id]), hit
            marked = [part.partition("»") for part in hit.snippet.split("«")[1:]]
            assert marked, hit
            for inside, closed, _ in marked:
                assert closed
                assert any(
                    contains_term(words(inside), term) or set(words(inside)) <= set(term.words)
                    for term in search_terms(query)
                ), hit


SCRIPTS = {
    "cote": "«Côte» d’Ivoire",
    "kot": "«Кот»-д’Ивуар",
    "хачатуров": "…{} «Хачатуров»’s.",
    "khachaturov": "…{} «Хачатуров»’s.",
    "erdogan": "“«Erdoğans» Palast” {}…",
}
"""What is found, and how it stands in the text around it."""


@pytest.mark.parametrize("query", SCRIPTS)
def test_what_is_found_in_other_letters_is_marked_where_it_stands(
    empty: Database, tmp_path: Path, query: str
) -> None:
    documents = made_up(Random(3))
    documents["states"]["AA"] |= {"name": "Côte d’Ivoire", "aliases": ["Кот-д’Ивуар"]}
    article = next(iter(documents["articles"].values()))
    article["summary"] = f"“Erdoğans Palast” {'foo bar ' * 40}Хачатуров’s."
    empty.load(write_seed_files(tmp_path, documents))
    begins, _, ends = SCRIPTS[query].partition("{}")
    (hit,) = search(empty, query).hits
    assert hit.snippet.startswith(begins)
    assert hit.snippet.endswith(ends)
    assert len(words(hit.snippet)) <= 24


def test_a_name_goes_before_a_claim_and_a_paragraph(ingested: tuple[Database, Texts]) -> None:
    opened, _ = ingested
    for query, first in (
        ("csto", "Organisation:csto"),
        ("tajikistan", "State:TJ"),
        ("khachaturov", "Official:yuri-khachaturov"),
        ("nato", "Organisation:nato"),
        ("kazakhstan", "State:KZ"),
    ):
        results = search(opened, query)
        assert results.ids[0] == first
        assert len(results.ids) > 1
        ranks = [hit.rank for hit in results.hits]
        assert ranks == sorted(ranks, reverse=True)
        assert ranks[-1] > 0


def test_what_is_removed_or_renamed_is_not_found(empty: Database, tmp_path: Path) -> None:
    documents = made_up(Random(3))
    documents["states"]["AA"] |= {"name": "Xanadu", "aliases": ["Shangri-La"]}
    empty.load(write_seed_files(tmp_path / "first", documents))
    assert "State:AA" in search(empty, '"shangri la" xanadu').ids
    documents["states"]["AA"] |= {"name": "Utopia", "aliases": []}
    documents["events"] = {}
    empty.load(write_seed_files(tmp_path / "second", documents), prune=True)
    assert not search(empty, "xanadu").ids
    assert not search(empty, "shangri").ids
    assert search(empty, '"utopia"').ids == ["State:AA"]
    scan = scan_texts(empty)
    for word in {word for texts in scan.values() for text in texts for word in text}:
        assert sorted(search(empty, f'"{word}"').ids) == expected_hits(scan, f'"{word}"')
