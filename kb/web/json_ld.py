"""Records in the words of schema.org, as JSON-LD, for machines that read pages.

In: the record of a page, as the schema answered. Out: what goes into the page's head. Pure: no I/O.
"""

from kb.web.presentation import (
    ISO_DATE,
    Json,
    JsonObject,
    conflicting_fields,
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
}
_PROPERTIES = {
    "alternateName": "aliases",
    "location": "city",
    "headline": "headline",
    "abstract": "summary",
    "isPartOf": "publication.name",
}
_DATES = {
    "foundingDate": "founded.edtf",
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

    properties = {name: settled(path) for name, path in _PROPERTIES.items()}
    dates = {name: str(settled(path)) for name, path in _DATES.items()}
    return {
        "@context": "https://schema.org",
        "@type": SCHEMA_ORG_TYPES[record_type],
        "@id": url,
        "url": url,
        "name": record_name(record),
        **{name: value for name, value in properties.items() if value},
        **{name: value for name, value in dates.items() if ISO_DATE.fullmatch(value)},
    }
