"""A world of one union, in words with accents, and any text spelled oddly.

In: a text or a document. Out: the same as pages and people spell it. `WORLD` has a record of each
type as seed files have it, plainly spelled, and `TEXT` is what its one article says.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from unicodedata import normalize

from kb.citations.anchors import hash_words
from tests.support.databases import Database

Tree = str | int | bool | list["Tree"] | dict[str, "Tree"] | None
TEXT = "The union of Côte d’Ivoire keeps military bases. Its head is Zoë Åström."
ARTICLE = "cote-gazette-1-union-formed"
NO_TEXT_FIELDS = {
    "datedOn",
    "heldOn",
    "founded",
    "period",
    "occurred",
    "status",
    "kind",
    "stance",
} | {*("attendance", "sha256", "form", "type", "checksum")}
"""Fields of dates, of words that are the schema's own, and of digests: no texts."""


def spell_oddly(text: str) -> str:
    spelled = normalize("NFD", text).replace(" ", " \u00a0\t")
    middle = len(spelled) // 2
    return f"\ufeff {spelled[:middle]}\u00ad\u2060{spelled[middle:]}\u200b\u200e "


def spell_document_oddly(tree: Tree, field: str = "") -> Tree:
    """A document with all of its texts and keys spelled oddly."""
    match tree:
        case dict():
            keyed = field == "citations"
            return {
                spell_oddly(key) if keyed else key: spell_document_oddly(branch, key)
                for key, branch in tree.items()
            }
        case list():
            return [spell_document_oddly(branch) for branch in tree]
        case str() if field not in NO_TEXT_FIELDS:
            return spell_oddly(tree)
        case _:
            return tree


def make_citation(key: str, words: str = "union", **more: Tree) -> dict[str, Tree]:
    start = TEXT.index(words)
    anchor: Tree = {
        "paragraph": 1,
        "start": start,
        "end": start + len(words),
        "sha256": hash_words(words),
    }
    return {key: {"article": ARTICLE, "anchor": anchor, "claim": f"Ça dit « {words} ».", **more}}


WORLD: dict[str, dict[str, Tree]] = {
    "publications": {"cote-gazette": {"name": "Gazette de la Côte"}},
    "articles": {
        ARTICLE: {
            "headline": "Côte d’Ivoire: union formed",
            "publication": "cote-gazette",
            "issueNumber": 1,
            "datedOn": "2011-01-05",
            "place": "San-Pédro",
            "author": "Zoë Åström",
            "summary": "The military of the Côte",
            "url": "https://example.org/1",
        }
    },
    "states": {
        "CI": {
            "name": "Côte d’Ivoire",
            "officialName": "République de Côte d’Ivoire",
            "aliases": ["Ivory Coast", "Elfenbeinküste"],
            "citations": make_citation(
                "ci-named", "Côte d’Ivoire", field="name", value="Côte d’Ivoire"
            ),
        }
    },
    "organisations": {
        "cote-union": {
            "name": "Union de la Côte",
            "acronym": "ÜC",
            "aliases": ["Käte Union"],
            "founded": "2011",
            "citations": make_citation("cote-union-named"),
        }
    },
    "officials": {
        "zoe-astrom": {
            "name": "Zoë Åström",
            "nationality": "CI",
            "citations": make_citation("zoe-astrom-named", "Zoë Åström"),
        }
    },
    "memberships": {
        "cote-union-ci": {
            "organisation": "cote-union",
            "state": "CI",
            "status": "MEMBER",
            "period": "2011/2012",
            "citations": make_citation("cote-union-ci-named", "military"),
        }
    },
    "terms": {
        "zoe-astrom-head": {
            "official": "zoe-astrom",
            "office": "Secrétaire général",
            "organisation": "cote-union",
            "period": "2011/2012",
            "endReason": "Retraite anticipée",
            "citations": make_citation("zoe-astrom-head-named", "head"),
        }
    },
    "summits": {
        "san-pedro-2011": {
            "name": "Sommet de San-Pédro",
            "organisation": "cote-union",
            "heldOn": "2011-05-01",
            "city": "San-Pédro",
            "host": "CI",
            "participants": [
                {
                    "official": "zoe-astrom",
                    "state": "CI",
                    "attendance": "ATTENDED",
                    "note": "Arrivée tôt",
                }
            ],
            "citations": make_citation("san-pedro-2011-named", "keeps"),
        }
    },
    "events": {
        "cote-exercise": {
            "kind": "OTHER",
            "title": "Manœuvres à San-Pédro",
            "occurred": "2011-06",
            "place": "San-Pédro",
            "summit": "san-pedro-2011",
            "organisations": ["cote-union"],
            "states": ["CI"],
            "officials": ["zoe-astrom"],
            "citations": make_citation("cote-exercise-named", "bases"),
        }
    },
}
PARAGRAPHS = {"Article": [TEXT]}


def write_seeds(db: Database, folder: Path, world: Mapping[str, Mapping[str, Tree]]) -> None:
    """JSON is YAML, and can say any character by its number."""
    folder.mkdir()
    for name, records in world.items():
        (folder / f"{name}.yaml").write_text(json.dumps(records), encoding="utf-8")
    db.load(folder)
