"""Records in the words of schema.org, as JSON-LD, for machines that read pages.

In: the record of a page, as the schema answered. Out: what goes into the page's head. Pure: no I/O.
"""

from kb.web.presentation import (
    ISO_DATE,
    Json,
    JsonObject,
    address,
    conflicting_fields,
    list_rows,
    record_name,
    value_at,
)

SCHEMA_ORG_TYPES = {
    "State": "Country",
    "Organisation": "Organization",
    "Official": "Person",
    "Summit": "Event",
    "Event": "Event",
    "Article": "NewsArticle",
    "Publication": "Periodical",
    "Membership": "OrganizationRole",
    "Term": "OrganizationRole",
    "Scheme": "DefinedTermSet",
    "About": "Dataset",
}
ARTICLE_TYPES = {
    "REPORT": "NewsArticle",
    "OPINION": "OpinionNewsArticle",
    "DATASET": "Dataset",
    "DOCUMENT": "DigitalDocument",
}
"""By the kind of an article."""
_PROPERTIES = {
    "alternateName": "aliases",
    "location": "city",
    "headline": "headline",
    "abstract": "summary",
}
_DATES = {
    "foundingDate": "founded.edtf",
    "dissolutionDate": "dissolved.edtf",
    "startDate": "heldOn.edtf",
    "dateCreated": "datedOn.edtf",
    "datePublished": "issuedOn.edtf",
}


def record_json_ld(record_type: str, record: JsonObject, url: str) -> JsonObject | None:
    """The record as JSON-LD, without dates in doubt and without what is disputed.

    What machines read there they take for a fact, and schema.org has no words for doubt or dispute.
    So a field on which articles exclude each other is left out, and a record that an article denies
    has none at all.
    """
    disputed = conflicting_fields(record)
    if "" in disputed:
        return None

    def settled(path: str) -> Json:
        return None if path.split(".")[0] in disputed else value_at(record, path)

    described: dict[str, Json] = {
        "@context": "https://schema.org",
        "@type": SCHEMA_ORG_TYPES[record_type],
        "@id": url,
        "url": url,
        "name": record_name(record),
        **_given({name: settled(path) for name, path in _PROPERTIES.items()}),
        **_days({name: settled(path) for name, path in _DATES.items()}),
        **_same_as(record),
    }
    match record_type:
        case "Article":
            return described | _article(record, url)
        case "Publication":
            return described | _publisher(record)
        case "Summit":
            return described | _attendees(record)
    return described


def _article(record: JsonObject, page: str) -> dict[str, Json]:
    """What only articles have: it stands at an address of its own, if that is known."""
    author, place = record["author"], record["place"]
    signed = {
        "author": author and {"@type": "Person", "name": author},
        "locationCreated": place and {"@type": "Place", "name": place},
    }
    return {
        "@type": ARTICLE_TYPES[str(record["kind"])],
        "url": record["url"] or page,
        "mainEntityOfPage": page,
        "isPartOf": _issue(record, page),
        "dateline": _dateline(record),
        **_publisher(record["publication"]),
        **_given(signed),
    }


def _dateline(record: JsonObject) -> str:
    """Where it was written, if that is told, and when, in words."""
    parts = record["place"], value_at(record, "datedOn.text")
    return ", ".join(str(part) for part in parts if part)


def _issue(record: JsonObject, page: str) -> JsonObject:
    """The issue of the publication, or the publication itself where that is not known."""
    publication = {
        "@type": SCHEMA_ORG_TYPES["Publication"],
        "@id": page.removesuffix(address(str(record["id"])))
        + address(str(value_at(record, "publication.id"))),
        "name": value_at(record, "publication.name"),
    }
    if not record["issueNumber"]:
        return publication
    return {
        "@type": "PublicationIssue",
        "issueNumber": record["issueNumber"],
        **_days({"datePublished": value_at(record, _DATES["datePublished"])}),
        "isPartOf": publication,
    }


def _publisher(publication: Json) -> dict[str, Json]:
    name = value_at(publication, "publisher")
    return {"publisher": {"@type": "Organization", "name": name}} if name else {}


def _same_as(record: JsonObject) -> dict[str, Json]:
    """Where others have the same thing, which no article could deny."""
    urls: list[Json] = [url for each in list_rows(record, "identifiers") if (url := each["url"])]
    return {"sameAs": urls} if urls else {}


def _days(dates: JsonObject) -> dict[str, Json]:
    """Those that are a day, a month or a year."""
    return {name: value for name, value in dates.items() if ISO_DATE.fullmatch(str(value))}


def _given(properties: JsonObject) -> dict[str, Json]:
    return {name: value for name, value in properties.items() if value}


def _attendees(record: JsonObject) -> dict[str, Json]:
    """The officials who came to a summit; nothing of anybody else."""
    names: list[Json] = [
        {"@type": SCHEMA_ORG_TYPES["Official"], "name": name}
        for each in list_rows(record, "participants")
        if each.get("attendance") == "ATTENDED" and (name := value_at(each, "official.name"))
    ]
    return {"attendee": names} if names else {}
