"""Records in the words of schema.org, as JSON-LD, for machines that read pages.

In: the record of a page, as the schema answered. Out: what goes into the page's head. Pure: no I/O.
"""

from kb.web.presentation import DAY, Node, at, name_of

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


def linked(kind: str, record: Node, url: str) -> Node:
    """Dates in doubt are left out: schema.org has no words for them."""
    found = {name: at(record, path) for name, path in _PROPERTIES.items()}
    dates = {name: str(at(record, path)) for name, path in _DATES.items()}
    return {
        "@context": "https://schema.org",
        "@type": SCHEMA_ORG_TYPES[kind],
        "@id": url,
        "url": url,
        "name": name_of(record),
        **{name: value for name, value in found.items() if value},
        **{name: value for name, value in dates.items() if DAY.fullmatch(value)},
    }
