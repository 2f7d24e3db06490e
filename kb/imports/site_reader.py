"""Site descriptions read from YAML: that of a path, or one of the seeds' folder `sites/`.

In: a path, a name, or nothing, and a folder of seed files. Out: a `SiteDescription`, or `SiteError`
with every fault, each with its line and column. Without a name it is the folder's only one.
"""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kb.archive.day_forms import is_form
from kb.archive.picks import selectors_of
from kb.archive.selectors import SelectorProblem, read_selector
from kb.archive.site import PageElements, SiteDescription
from kb.errors import Fault, SiteError
from kb.imports.form_reader import DescriptionFault, DescriptionType
from kb.records.form_errors import quote_shortened

SITES = "sites"
_NAME_ONE = "name one by `--site FILE`"


def read_site(name: str | None, seeds: Path | None) -> SiteDescription:
    """Raises SiteError."""
    return DescriptionType(SiteDescription, _check_site, SiteError).read_file(
        str(_find_site(name, seeds))
    )


def _find_site(name: str | None, seeds: Path | None) -> Path:
    there = sorted((seeds / SITES).glob("*.yaml")) if seeds else []
    if name is not None:
        named = [path for path in there if path.stem == name]
        return named[0] if named and not Path(name).exists() else Path(name)
    match there:
        case [path]:
            return path
        case []:
            what, remedy = "no description tells how pages are read", _NAME_ONE
        case _:
            what = f"there are {len(there)} descriptions of sites"
            remedy = f"name one by `--site`: {', '.join(path.stem for path in there)}"
    raise SiteError([Fault(str(seeds / SITES if seeds else SITES), 1, what, remedy)])


def _check_site(site: SiteDescription) -> Iterator[DescriptionFault]:
    """What the form does not tell."""
    if (site.lines is None) == (site.elements is None):
        what = "it has to say how pages are read"
        yield DescriptionFault((), what, "write `lines`, or `elements`, and not both")
    if site.lines and site.months is None:
        what = "it lacks the `months` of its datelines"
        yield DescriptionFault(("lines",), what, "add the twelve, each with its spellings")
    if site.lines and site.publication:
        yield DescriptionFault(("publication",), "datelines name it", "leave it out")
    if site.lines and site.kind:
        yield DescriptionFault(("kind",), "footers tell it", "leave it out")
    if site.elements and site.publication is None:
        yield DescriptionFault(
            ("elements",), "nothing names their publication", "add `publication`"
        )
    yield from _check_months(site)
    if site.elements:
        yield from _check_elements(site.elements)


def _check_months(site: SiteDescription) -> Iterator[DescriptionFault]:
    months: dict[str, int] = {}
    for number, spellings in enumerate(site.months or ()):
        for place, spelling in enumerate(spellings):
            if months.setdefault(spelling.casefold(), number) != number:
                what = f"{quote_shortened(spelling)} is another month, too"
                yield DescriptionFault(
                    ("months", number, place), what, "leave it out of one of the two"
                )


def _check_elements(elements: PageElements) -> Iterator[DescriptionFault]:
    picks = {"headline": elements.headline, "date": elements.date}
    for name, text in selectors_of(elements).items():
        is_pick = not isinstance(getattr(elements, name), str)
        place = ("elements", name, "select") if is_pick else ("elements", name)
        try:
            read_selector(text)
        except SelectorProblem as problem:
            yield DescriptionFault(
                place, f"{quote_shortened(text)}: {problem.what}", problem.remedy
            )
    for name, pick in picks.items():
        if pick.optional:
            what = f"no article is without its {name}"
            yield DescriptionFault(("elements", name, "optional"), what, "leave it out")
    if (zone := elements.date.zone) and not _is_zone(zone):
        what = f"{quote_shortened(zone)} is no zone that this system knows"
        yield DescriptionFault(
            ("elements", "date", "zone"), what, "write one such as `Europe/Berlin`, or `UTC`"
        )
    for number, form in enumerate(elements.date.forms):
        if not is_form(form):
            what = f"{quote_shortened(form)} is no form of days"
            remedy = "write `iso8601`, `edtf`, `rfc822`, or one with `%Y`, such as `%d.%m.%Y`"
            yield DescriptionFault(("elements", "date", "forms", number), what, remedy)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
