"""Answers with permanent links: kept by `POST /answers`, and given again to the byte or not at all.

What is recorded is changed after each, by which today's answer is another one.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kb.commit.feed import Origin
from kb.config import Audience, Keepers, Settings
from kb.files.load import load
from tests.operations.generated import make_operation
from tests.operations.stock import Stock
from tests.oracle.data import World
from tests.oracle.evaluator import naive_schema
from tests.support.curated import ARTICLE, curator, expect_payload, token
from tests.support.databases import SHIPPED_SET, Place
from tests.support.kept_answers import ADA_NOW, WORDS, Service, code_of, service
from tests.support.seed_texts import write_seed_texts
from tests.support.soundness import list_findings
from tests.worlds import odd

pytestmark = pytest.mark.sweep

MANY, OF_EACH, CHANGES, SEED = 1_000, 100, 10_000, 1
UNTOLD = frozenset({"at", "search", "diff", "changes", "history"})
"""What is not made up: `at` is what a link adds, two are refused; `FEED` asks for the rest."""
FEED = """{ feed { stream head headCursor earliest counts { type count checksum } }
  changes(first: 1000) { totalCount nodes { revision cursor op record { id } document at } }
  memberships(first: 30) { nodes { history(first: 5) { nodes {
    comparedWith fields { field before after } } } } } }"""

TEXTS = (
    '{ official(slug: "ada") { name }'
    f' article(slug: "{ARTICLE}") {{ paragraphs {{ text }} }} textShown }}'
)


@pytest.fixture
def kept(place: Place, with_ada: Settings) -> Iterator[Service]:
    with service(place.create(with_ada)) as answers:
        yield answers


def test_an_answer_is_given_again_whatever_was_written_since(kept: Service) -> None:
    first = kept.ask(ADA_NOW)
    told = kept.post(ADA_NOW)
    assert told["sha256"] == sha256(first).hexdigest()
    assert told["revision"] == json.loads(first)["data"]["revision"]
    kept.rename("Ada the Second")
    assert kept.ask(ADA_NOW) != first
    assert kept.again(told) == first
    assert kept.post(ADA_NOW, 200, revision=told["revision"]) == told
    assert kept.post(ADA_NOW)["id"] != told["id"]


NAME = "query Q($slug: String!) { official(slug: $slug) { name } }"
ADA_ASKED = {"variables": {"slug": "ada"}, "operationName": "Q"}
SPELT_OTHERWISE = (
    "query O { revision }\n# Who?\n query Q($slug: String!) {official(slug:$slug),{name}}"
)


def test_the_same_question_with_the_same_answer_has_one_link(kept: Service) -> None:
    first = kept.post(NAME, **ADA_ASKED)
    assert kept.post(NAME, 200, **ADA_ASKED) == first
    assert kept.post(SPELT_OTHERWISE, 200, **ADA_ASKED) == first
    assert kept.post(NAME, 200, variables={"unused": 1, "slug": "ada"}) == first
    assert kept.post(NAME, variables={"slug": "nobody"})["id"] != first["id"]
    kept.rename("Ada the Second")
    second = kept.post(NAME, **ADA_ASKED)
    kept.rename("Ada")
    assert kept.post(NAME, 200, **ADA_ASKED) == first
    assert second["id"] != first["id"]


def test_one_of_a_later_revision_is_no_link_of_an_earlier(kept: Service) -> None:
    """A footnote names the revision that was asked for, or one before it."""
    earlier = str(kept.post("{ feed { head } }")["revision"])
    kept.rename("Ada the Second")
    kept.rename("Ada")
    later = kept.post(NAME, **ADA_ASKED)
    then = kept.post(NAME, revision=earlier, **ADA_ASKED)
    assert kept.post(NAME, 200, revision=int(earlier), **ADA_ASKED) == then
    assert (then["revision"], then["id"] != later["id"]) == (earlier, True)
    assert kept.post(NAME, 200, **ADA_ASKED) == then


def test_a_misspelt_member_is_refused(kept: Service) -> None:
    told = kept.post(NAME, 400, revison="5", **ADA_ASKED)
    assert "revison" in str(told)


REFUSED = [
    ("{ nothing }", 400, "GRAPHQL_VALIDATION_FAILED"),
    ("{", 400, "GRAPHQL_PARSE_FAILED"),
    ('mutation { retractOfficial(input: {slug: "ada"}) { __typename } }', 422, "NOT_KEPT"),
    ("subscription { changes { revision } }", 422, "NOT_KEPT"),
    ('{ search(query: "Ada") { totalCount } }', 400, "BAD_ARGUMENT"),
    (
        '{ diff(from: {revision: "1"}, to: {revision: "2"}) { totalCount } }',
        400,
        "BAD_ARGUMENT",
    ),
    ("{ states(first: 1000) { totalCount } }", 400, "BAD_ARGUMENT"),
    ("{ " + "a" * 20_000 + ": revision }", 413, "NOT_KEPT"),
]


def test_what_is_not_kept_is_refused(kept: Service) -> None:
    for query, status, code in REFUSED:
        assert code_of(kept.post(query, status)) == code, query
    assert kept.db.rows("select id from kept_answer") == []
    assert kept.db.ask('{ official(slug: "ada") { name } }')["official"]
    assert kept.post("{ revision } #" + "a" * 20_000)


def test_revisions_that_are_none_or_to_come_are_refused(kept: Service) -> None:
    head = int(str(kept.db.ask("{ revision }")["revision"]))
    for revision in (str(head + 1), "9" * 18):
        assert code_of(kept.post(ADA_NOW, 400, revision=revision)) == "REVISION_UNKNOWN"
    for wrong in (-1, 1.5, True, 10**18, "-1", "x", "", "9" * 19, ["1"]):
        assert code_of(kept.post(ADA_NOW, 400, revision=wrong)) == "BAD_REQUEST"


def test_who_may_keep_is_said_by_a_setting(place: Place, with_ada: Settings) -> None:
    copied = place.create(with_ada)
    with service(copied, answers=Keepers.NONE) as closed:
        assert code_of(closed.post(ADA_NOW, 403)) == "NOT_KEPT"
    with service(copied, answers=Keepers.TOKEN) as for_bearers:
        assert code_of(for_bearers.post(ADA_NOW, 401)) == "UNAUTHENTICATED"
        for_bearers.client.headers["authorization"] = f"Bearer {token(for_bearers.db)}"
        told = for_bearers.post(ADA_NOW)
    # A link is permanent, whatever the setting is later.
    with service(copied, answers=Keepers.NONE) as closed:
        assert closed.again(told)


def test_no_more_are_kept_than_a_setting_allows(place: Place, with_ada: Settings) -> None:
    with service(place.create(with_ada), most_answers=1) as bounded:
        told = bounded.post(ADA_NOW)
        assert code_of(bounded.post("{ revision }", 507)) == "NOT_KEPT"
        assert bounded.post(ADA_NOW, 200) == told


def test_an_id_of_none(kept: Service) -> None:
    assert kept.code({"url": "/answers/none"}, 404) == "UNKNOWN_ANSWER"
    assert kept.client.get(f"{kept.post(ADA_NOW)['url']}.json?revision=1").status_code == 400


def test_what_all_are_shown_is_for_all_whoever_keeps_it(place: Place, with_ada: Settings) -> None:
    """And what is shown to bearers alone is for them: not even its hash is told to others."""
    with service(place.create(with_ada), text=Audience.TOKEN) as guarded:
        bearer = token(guarded.db)
        textless = guarded.post(TEXTS)
        assert WORDS not in guarded.again(textless).decode()
        guarded.client.headers["authorization"] = f"Bearer {bearer}"
        assert guarded.post(ADA_NOW)["id"]
        told, ada = guarded.post(TEXTS), guarded.post(ADA_NOW, 200)
        del guarded.client.headers["authorization"]
        assert guarded.again(ada)
        assert guarded.code(told, 403) == "ANSWER_WITHHELD"
        assert WORDS in guarded.again(told, bearer=bearer).decode()
        # Bearers read what others were told, as it was told to these.
        assert WORDS not in guarded.again(textless, bearer=bearer).decode()
    with service(guarded.db.settings, text=Audience.PUBLIC) as shown:
        assert WORDS not in shown.again(textless).decode()


def test_a_link_without_texts_stays_for_all_when_texts_are_withheld(
    place: Place, with_ada: Settings
) -> None:
    with service(place.create(with_ada), text=Audience.PUBLIC) as shown:
        ada, texts = shown.post(ADA_NOW), shown.post(TEXTS)
    with service(shown.db.settings, text=Audience.TOKEN) as guarded:
        assert guarded.again(ada)
        assert guarded.post(ADA_NOW, 200) == ada
        assert guarded.code(texts, 403) == "ANSWER_WITHHELD"


def test_what_is_no_longer_kept_is_told(kept: Service, tmp_path: Path) -> None:
    told = kept.post(ADA_NOW)
    kept.rename("Ada the Second")
    seeds = [write_seed_texts(tmp_path)]
    load(kept.db.engine, seeds, terms=SHIPPED_SET, origin=Origin("test", kept=1))
    assert kept.code(told, 410) == "ANSWER_GONE"
    assert code_of(kept.post(ADA_NOW, 400, revision=told["revision"])) == "REVISION_EXPIRED"


def test_an_answer_with_a_text_that_was_taken_down_says_so(kept: Service) -> None:
    query = f'{{ article(slug: "{ARTICLE}") {{ paragraphs {{ text }} }} }}'
    told = kept.post(query)
    assert WORDS.encode() in kept.again(told)
    done = curator(kept.db).ask("eraseText", "revision", slug=ARTICLE)
    assert done["__typename"] == "EraseTextPayload"
    response = kept.again(told, 410)
    assert b"was taken down since" in response
    assert WORDS.encode() not in response


def test_an_answer_with_a_record_that_was_taken_down_says_so(kept: Service) -> None:
    made = curator(kept.db)
    ((publication,),) = kept.db.rows("select key from publication order by key limit 1")
    article = {"slug": "withdrawn", "publication": publication, "datedOn": "2016-10-21"}
    expect_payload(made.record("Article", headline="Withdrawn", **article))
    cited = [{"key": "eve", "article": "withdrawn", "claim": "It names her."}]
    expect_payload(made.record("Official", slug="eve", name="Evelyn", citations=cited))
    named, counted = '{ official(slug: "eve") { name } }', "{ officials { totalCount } }"
    links = {query: kept.post(query) for query in (named, counted)}
    expect_payload(made.ask("retractArticle", "revision", slug="withdrawn"))
    for query, status in ((named, 410), (counted, 409)):
        response = kept.again(links[query], status)
        assert b"was taken down since" in response
        assert b"Evelyn" not in response


def test_an_answer_of_another_schema_is_refused_or_the_same(kept: Service) -> None:
    first, told = kept.ask(ADA_NOW), kept.post(ADA_NOW)
    kept.db.run("update kept_answer set schema_sha256 = 'of another'")
    assert kept.again(told) == first
    kept.db.run("update kept_answer set sha256 = 'of another'")
    assert b"the schema has changed since" in kept.again(told, 409)
    kept.db.run("update kept_answer set document = '{ nothing }'")
    assert b"Cannot query field 'nothing'" in kept.again(told, 410)


def test_an_answer_that_comes_out_otherwise_is_not_given(kept: Service) -> None:
    told = kept.post(NAME, **ADA_ASKED)
    kept.rename("Ada the Second")
    kept.db.run("update recorded_official set name = 'Eve' where recorded_to < 9223372036854775807")
    assert kept.code(told, 409) == "ANSWER_CHANGED"


def test_an_answer_with_a_text_that_was_taken_down_is_not_given(kept: Service) -> None:
    told, ada = kept.post(TEXTS), kept.post(ADA_NOW)
    kept.rename("Ada the Second")
    kept.db.run("delete from recorded_paragraph")
    response = kept.again(told, 409)
    assert b"was taken down" in response
    assert WORDS.encode() not in response
    assert kept.again(ada)


def test_another_history_is_told(kept: Service) -> None:
    """As of a backup that was put in its place, and written to."""
    told = kept.post(NAME, **ADA_ASKED)
    kept.db.run("update kept_answer set chain = 'of another'")
    assert b"was put back" in kept.again(told, 410)
    kept.db.run("update kept_answer set revision = 999999")
    assert b"no such revision" in kept.again(told, 410)


def test_what_does_not_come_out_the_same_at_once_is_not_kept(kept: Service) -> None:
    kept.db.run("update recorded_official set name = 'Eve'")
    assert code_of(kept.post(NAME, 409, **ADA_ASKED)) == "NOT_KEPT"


def test_answers_are_no_records(kept: Service) -> None:
    before = kept.client.get("/export").content, list_findings(kept.db)
    kept.post(ADA_NOW)
    assert (kept.client.get("/export").content, list_findings(kept.db)) == before


@pytest.mark.long
def test_a_thousand_are_the_same_ten_thousand_changes_later(
    place: Place, migrated: Settings
) -> None:
    """Of made-up questions, each kept at another state of a base in which nearly all changes."""
    answers: list[tuple[dict[str, str], bytes]] = []
    times = count()
    with service(place.create(migrated), most_requests=0) as odd_one:
        while len(answers) < MANY:
            odd.load_again(odd_one.db.engine, SEED, next(times))
            answers += islice(keep_made_up(odd_one, Random(next(times))), OF_EACH)
        last = int(answers[-1][0]["revision"])
        while int(str(odd_one.db.ask("{ revision }")["revision"])) < last + CHANGES:
            odd.load_again(odd_one.db.engine, SEED, next(times))
        assert len({told["revision"] for told, _ in answers}) >= MANY // OF_EACH
        for told, answer in answers:
            assert odd_one.again(told) == answer, told


def keep_made_up(of: Service, random: Random) -> Iterator[tuple[dict[str, str], bytes]]:
    """Answers with their links, but for questions that are refused, or have one already."""
    stock = Stock(World(of.db.engine), of.db.ask)
    yield of.post(FEED), of.ask(FEED)
    while True:
        operation = make_operation(naive_schema(), stock, random, UNTOLD)
        for variables in operation.runs:
            request: dict[str, Any] = {"query": operation.text, "variables": variables}
            response = of.client.post("/answers", json=request)
            if response.status_code == 201:
                yield response.json(), of.ask(**request)
            else:
                assert response.status_code in (200, 400, 413), response.text
