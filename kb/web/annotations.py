"""Citations as Web Annotations of the W3C: a claim about a passage, and where that stands.

In: a citation, as its page's query answers it, and the addresses of pages. Out: an annotation as
JSON-LD, and links that lead browsers to the words. Words of texts are in it only if they are in the
answer. Pure: no I/O.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, urldefrag

from kb.citations.anchors import hash_words
from kb.web.passages import passage
from kb.web.presentation import (
    Json,
    JsonObject,
    address,
    citation_address,
    list_rows,
    value_at,
)
from kb.web.references import PageAddress

ANNOTATION_TYPE: Final = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'
MOST_BESIDE: Final = 32
"""Letters on either side of a quote, by which it is told from the same words elsewhere."""
_MOST_WHOLE, _WORDS_OF_ENDS = 200, 5
"""A link to a longer passage has its first and its last words."""
_WITHIN_WORD = re.compile(r"\w\w")
_CONTEXT: Json = [
    "http://www.w3.org/ns/anno.jsonld",
    {
        "schema": "https://schema.org/",
        "sha256": "schema:sha256",
        "field": "schema:propertyID",
        "fieldValue": "schema:value",
        "observedOn": "schema:temporalCoverage",
        "cito": "http://purl.org/spar/cito/",
        "stance": {"@id": "cito:hasCitationCharacterization", "@type": "@id"},
    },
]
_STANCES = {"SUPPORTS": "cito:supports", "DISPUTES": "cito:disputes"}
_FRAGMENTS = "http://tools.ietf.org/rfc/rfc3236"
_TEXT_FRAGMENTS = "https://wicg.github.io/scroll-to-text-fragment/"


def annotation(citation: JsonObject, page_of: PageAddress) -> JsonObject:
    """The claim describes the passage, and links it to the record that it bears on."""
    return {
        "@context": _CONTEXT,
        "id": page_of(citation_address(str(citation["key"]))),
        "type": "Annotation",
        "motivation": ["describing", "linking"],
        "stance": _STANCES[str(citation["stance"])],
        "body": [_claim(citation), _record(citation, page_of)],
        "target": [*_targets(citation, page_of)],
    }


def _claim(citation: JsonObject) -> JsonObject:
    return {
        "type": "TextualBody",
        "purpose": "describing",
        "format": "text/plain",
        "value": citation["claim"],
    }


def _record(citation: JsonObject, page_of: PageAddress) -> JsonObject:
    """The record, with the field and the value that the passage speaks of."""
    told = {"field": citation["field"], "fieldValue": citation["value"]}
    return {
        "type": "SpecificResource",
        "purpose": "linking",
        "source": page_of(address(str(value_at(citation, "subject.id")))),
        **_given(told),
    }


def _targets(citation: JsonObject, page_of: PageAddress) -> Iterator[JsonObject]:
    """The article on its page here, and where it stands itself, if that is known."""
    quoted, observed = quote_selector(citation), {"observedOn": citation["observedOn"]}
    here = [*_place_selectors(citation), *([quoted] if quoted else [])]
    yield {
        "type": "SpecificResource",
        "source": page_of(address(str(value_at(citation, "article.id")))),
        **({"selector": here} if here else {}),
        **_given(observed),
    }
    if url := value_at(citation, "article.url"):
        there = [*([quoted] if quoted else []), *_text_fragment_selectors(citation)]
        there += _locator_selectors(citation)
        yield {
            "type": "SpecificResource",
            "source": url,
            **({"selector": there} if there else {}),
            **_given(observed),
        }


def _place_selectors(citation: JsonObject) -> list[JsonObject]:
    """The paragraph on the article's page, and the letters in it; or the locator of the source."""
    if citation["paragraph"] is None:
        return _locator_selectors(citation)
    number, texts = citation["paragraph"], list_rows(_article(citation), "paragraphs")
    hashes = [hash_words(str(each["text"])) for each in texts if each["number"] == number]
    offsets: JsonObject = {
        "type": "TextPositionSelector",
        "start": citation["start"],
        "end": citation["end"],
        "sha256": citation["sha256"],
    }
    paragraph: dict[str, Json] = {
        "type": "FragmentSelector",
        "conformsTo": _FRAGMENTS,
        "value": f"paragraph-{number}",
        **({"sha256": hashes[0]} if hashes else {}),
        "refinedBy": offsets,
    }
    return [paragraph]


def _locator_selectors(citation: JsonObject) -> list[JsonObject]:
    if not citation["locator"]:
        return []
    return [{"type": "FragmentSelector", "value": citation["locator"]}]


def quote_selector(citation: JsonObject) -> JsonObject | None:
    """The words with some of what stands around them; nothing where texts are not shown."""
    parts = passage(citation, _article(citation))
    if parts is None:
        return None
    before, exact, after = parts
    beside = {"prefix": before[-MOST_BESIDE:], "suffix": after[:MOST_BESIDE]}
    return {"type": "TextQuoteSelector", "exact": exact, **_given(beside)}


def _text_fragment_selectors(citation: JsonObject) -> list[JsonObject]:
    value = _fragment_of(citation)
    if not value:
        return []
    return [{"type": "FragmentSelector", "conformsTo": _TEXT_FRAGMENTS, "value": value}]


def _fragment_of(citation: JsonObject) -> str:
    """Empty where no browser would find the words: it looks for whole words alone."""
    article = _article(citation)
    parts = passage(citation, article)
    if parts is None:
        return ""
    before, exact, after = parts
    if _WITHIN_WORD.search(before[-1:] + exact[:1]) or _WITHIN_WORD.search(exact[-1:] + after[:1]):
        return ""
    told = [str(article.get("headline") or "")]
    told += [str(each["text"]) for each in list_rows(article, "paragraphs")]
    return text_fragment(before, exact, after, "\n".join(told))


def text_fragment(before: str, words: str, after: str, text: str) -> str:
    """What leads a browser to the words, behind the `#` of an address.

    It marks the first place that it finds: words that the text has several times get some of what
    stands around them.
    """
    parts = _ends(words)
    if any(text.casefold().count(part.casefold()) > 1 for part in parts):
        prefix, suffix = before.split()[-_WORDS_OF_ENDS:], after.split()[:_WORDS_OF_ENDS]
    else:
        prefix, suffix = [], []
    given = [
        *([f"{_in_fragment(' '.join(prefix))}-"] if prefix else []),
        *map(_in_fragment, parts),
        *([f"-{_in_fragment(' '.join(suffix))}"] if suffix else []),
    ]
    return ":~:text=" + ",".join(given)


def _ends(words: str) -> list[str]:
    """The words, or the first and the last of many."""
    if len(words) > _MOST_WHOLE and len(split := words.split()) > 2 * _WORDS_OF_ENDS:
        return [" ".join(split[:_WORDS_OF_ENDS]), " ".join(split[-_WORDS_OF_ENDS:])]
    return [words]


def _in_fragment(text: str) -> str:
    """A comma and a hyphen have a meaning there."""
    return quote(text, safe="").replace("-", "%2D")


def link_to_words(citation: JsonObject) -> str:
    """To the words where the article stands on the web; empty where that cannot be told."""
    url, words = value_at(citation, "article.url"), _fragment_of(citation)
    if not url or not words:
        return ""
    base, fragment = urldefrag(str(url))
    return f"{base}#{fragment}{words}"


def _article(citation: JsonObject) -> JsonObject:
    article = citation["article"]
    assert isinstance(article, dict)
    return article


def _given(properties: JsonObject) -> dict[str, Json]:
    return {name: value for name, value in properties.items() if value}
