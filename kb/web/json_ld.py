"""Records in the words of schema.org, as JSON-LD, for machines that read pages.

In: the record of a page, as the schema answered. Out: what goes into the page's head. Pure: no I/O.
"""

from kb.web.presentation import ISO_DATE, JsonObject, record_name, value_at

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


def record_json_ld(record_type: str, record: JsonObject, url: str) -> JsonObject:
    """The record as JSON-LD, without dates in doubt: schema.org has no words for them."""
    properties = {name: value_at(record, path) for name, path in _PROPERTIES.items()}
    dates = {name: str(value_at(record, path)) for name, path in _DATES.items()}
    return {
        "@context": "https://schema.org",
        "@type": SCHEMA_ORG_TYPES[record_type],
        "@id": url,
        "url": url,
        "name": record_name(record),
        **{name: value for name, value in properties.items() if value},
        **{name: value for name, value in dates.items() if ISO_DATE.fullmatch(value)},
    }
