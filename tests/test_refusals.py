"""Mutations that are refused: every fault with its place in the input, and nothing written."""

import pytest

from tests.support.curated import (
    ADA,
    ANCHOR,
    ARTICLE,
    CITATION,
    Answer,
    curator,
    problems,
    written_rows,
)
from tests.support.databases import Database

pytestmark = pytest.mark.sweep

REFUSED: dict[str, tuple[str, Answer, list[str]]] = {
    "no key": ("recordOfficial", {"name": "X"}, ["input.slug: neither `id` nor `slug` is given;"]),
    "a key that is none": (
        "recordOfficial",
        ADA | {"slug": "A d"},
        ["input.slug: `a d` is no key; write lower-case words"],
    ),
    "an id of nobody": (
        "recordOfficial",
        {"id": "Official:nobody"},
        ["input.id: there is no official of this id; give the id of one"],
    ),
    "an id of another type": (
        "recordOfficial",
        {"id": "State:RU"},
        ["input.id: there is no official of this id;"],
    ),
    "another key": (
        "recordState",
        {"id": "State:RU", "code": "KZ"},
        ["input.code: its code is `RU` and permanent; leave it out"],
    ),
    "no support": (
        "recordOfficial",
        ADA | {"citations": []},
        ["input.citations: ada.citations: it has no citation; cite at least one passage"],
    ),
    "only disputed": (
        "recordOfficial",
        ADA | {"citations": [{**CITATION, "stance": "DISPUTES"}]},
        ["input.citations: ada: no citation supports it; cite a passage that does"],
    ),
    "nothing that is needed": (
        "recordMembership",
        {"key": "m", "citations": [CITATION]},
        [
            f"input.{name}: m.{name}: it is missing; add it"
            for name in ("organisation", "period", "state", "status")
        ],
    ),
    "empty texts": (
        "recordOfficial",
        ADA | {"name": " ", "aliases": ["", "A"]},
        ["input.aliases.0: ada.aliases.0: it is empty", "input.name: ada.name: it is empty"],
    ),
    "a character that no text holds": (
        "recordOfficial",
        ADA | {"name": "A\0"},
        ["input.name: ada.name: it has the character U+0000; leave the character out"],
    ),
    "dates": (
        "recordTerm",
        {
            **{
                "key": "t",
                "official": "ada",
                "office": "x",
                "state": "RU",
                "citations": [CITATION],
            },
            **{"period": "2016~/2017", "plannedEnd": "soon"},
        },
        [
            "input.official: t: there is no official `ada`",
            "input.period: t.period: ",
            "input.plannedEnd: t.plannedEnd: `soon`",
        ],
    ),
    "ongoing but for nobody": (
        "recordMembership",
        {
            **{"key": "m", "organisation": "csto", "state": "UZ", "status": "MEMBER"},
            **{"period": "2020/..", "citations": [CITATION]},
        },
        ["input.citations: m: it is ongoing, but no article says so;"],
    ),
    "certain twice": (
        "recordMembership",
        {
            **{"key": "m", "organisation": "csto", "state": "UZ", "status": "OBSERVER"},
            **{"period": "2007/2008", "citations": [CITATION]},
        },
        ["input.period: m: certain on the same day as `csto-uz-member`;"],
    ),
    "of nothing": (
        "recordTerm",
        {
            **{"key": "t", "official": "stanislav-zas", "office": "x", "period": "2016"},
            **{"citations": [CITATION]},
        },
        ["input.organisation: t: a term is of an organisation or of a state;"],
    ),
    "references": (
        "recordEvent",
        {
            **{"slug": "e", "kind": "OTHER", "title": "E", "occurred": "2016", "summit": "none"},
            **{"officials": ["stanislav-zas", "nobody"], "citations": [CITATION]},
        },
        [
            "input.officials.1: e: there is no official `nobody`; add it, or correct the key",
            "input.summit: e: there is no summit `none`;",
        ],
    ),
    "a participant without a name": (
        "recordSummit",
        {
            **{"slug": "s", "name": "S", "organisation": "csto", "heldOn": "2016"},
            **{"participants": [{"attendance": "ABSENT"}], "citations": [CITATION]},
        },
        ["input.participants.0: s: a participant without a name; give a state or official"],
    ),
    "a citation of what is true or not": (
        "recordSummit",
        {
            **{"slug": "csto-2017-june", "participantsComplete": True},
            "citations": [CITATION | {"field": "participantsComplete", "value": "yes"}],
        },
        [
            "input.citations.0.value: ada-named: `yes` is neither true nor false; write `true` or"
            " `false`"
        ],
    ),
    "parties": (
        "recordEvent",
        {
            **{"slug": "e", "kind": "OTHER", "title": "E", "occurred": "2016"},
            "parties": [
                {"role": "ACTOR"},
                {"role": "ACTOR", "state": "UZ", "organisation": "csto"},
                {"role": "DENIED", "state": "KG"},
                {"role": "AFFECTED", "state": "kg"},
                {"role": "DENIED", "state": "KG"},
                {"role": "ACTOR", "official": "nobody"},
            ],
            **{"states": ["KZ", "KG"]},
            "citations": [
                CITATION | {"field": "parties", "value": "csto BYSTANDER, kg"},
                CITATION | {"key": "other", "field": "parties", "value": "csto bystander,KG"},
            ],
        },
        [
            "input.parties.0: e: a party is one organisation, one state or one official;"
            " give exactly one of organisation, state, official",
            "input.parties.1: e: a party is one organisation, one state or one official;",
            "input.states.1: e: `KG` is among its parties too;"
            " name it once: leave it out of `states`",
            "input.parties.4: e: `KG` is there twice; leave one out",
            "input.parties.5: e: there is no official `nobody`; add it, or correct the key",
            "input.citations.1.value: other: `csto bystander,KG` does not name parties; write keys,"
            " with roles where the words tell them, such as `a-league BYSTANDER,XB`",
        ],
    ),
    "citations": (
        "recordOfficial",
        ADA
        | {
            "citations": [
                CITATION,
                {**CITATION, "key": "ada-two", "article": "none"},
            ]
        },
        ["input.citations.1.article: ada: there is no article `none`;"],
    ),
    "a citation's field": (
        "recordOfficial",
        ADA | {"citations": [{**CITATION, "field": "height"}]},
        ["input.citations.0.field: ada-named: the type Official has no field `height`;"],
    ),
    "a citation's value": (
        "recordOrganisation",
        ADA | {"citations": [{**CITATION, "field": "founded", "value": "then"}]},
        ["input.citations.0.value: ada-named: `then` is not a supported date; write EDTF"],
    ),
    "a citation's anchor": (
        "recordOfficial",
        ADA | {"citations": [{**CITATION, "anchor": {**ANCHOR, "paragraph": 0, "sha256": "no"}}]},
        ["input.citations.0.anchor.paragraph: ", "input.citations.0.anchor.sha256: "],
    ),
    "an anchor that ends before it begins": (
        "recordOfficial",
        ADA | {"citations": [{**CITATION, "anchor": {**ANCHOR, "start": 9}}]},
        ["input.citations.0.anchor.end: ada-named: the anchor ends before it begins;"],
    ),
    "a citation's key": (
        "recordOfficial",
        ADA | {"citations": [{**CITATION, "key": "A B"}]},
        ["input.citations.0.key: ada.citations.a b: `a b` is no key;"],
    ),
    "a citation twice": (
        "recordOfficial",
        ADA | {"citations": [CITATION, CITATION]},
        ["input.citations.1.key: `ada-named` is there twice;"],
    ),
    "both words and anchor": (
        "recordOfficial",
        ADA | {"citations": [{**CITATION, "quote": "words"}]},
        ["input.citations.0.quote: a citation has either the words quoted or their anchor;"],
    ),
    "both anchor and locator": (
        "recordOfficial",
        ADA | {"citations": [{**CITATION, "locator": "row 17"}]},
        [
            "input.citations.0.locator: ada-named: the passage is given twice, by its words and by"
            " a locator; keep one of the two"
        ],
    ),
    "words of an article without text": (
        "addCitation",
        {**CITATION, "anchor": None, "quote": "words", "subject": "State:UZ"},
        [f"input.quote: `{ARTICLE}` has no text yet; ingest a page that has it first"],
    ),
    "a citation of nothing": (
        "addCitation",
        {**CITATION, "subject": "State:XX"},
        ["input.subject: there is no sourced record of this id; give the id of one"],
    ),
    "a citation of an article": (
        "addCitation",
        {**CITATION, "subject": f"Article:{ARTICLE}"},
        ["input.subject: there is no sourced record of this id;"],
    ),
    "a citation's key, alone": (
        "addCitation",
        {**CITATION, "key": "B C", "subject": "State:UZ"},
        ["input.key: "],
    ),
    "needed by others": (
        "retractOrganisation",
        {"slug": "cst"},
        ["input: cst: others need it, such as event `"],
    ),
    "nothing to retract": (
        "retractOfficial",
        {"slug": "nobody"},
        ["input.slug: there is no official `nobody`; give one that is there"],
    ),
    "no citation to remove": (
        "removeCitation",
        {"key": "none"},
        ["input.key: there is no citation `none`;"],
    ),
    "an article without a last day": (
        "recordArticle",
        {"slug": ARTICLE, "issuedOn": None, "datedOn": "2016/.."},
        ["input.datedOn: "],
    ),
    "no article's publication": (
        "recordArticle",
        {"slug": ARTICLE, "publication": "none"},
        ["input.publication: "],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(csto: Database, case: str) -> None:
    field, input_, wanted = REFUSED[case]
    by_hand, before = curator(csto), written_rows(csto)
    payload = "revision"
    told = problems(by_hand.ask(field, payload, **input_))
    faults = [f"{place}: {message}" for place, message in told]
    assert len(faults) == len(wanted), faults
    for fault, beginning in zip(sorted(faults), sorted(wanted), strict=True):
        assert fault.startswith(beginning), fault
    assert written_rows(csto) == before
