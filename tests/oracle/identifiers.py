"""Identifiers, and what the knowledge base is about, the naive way.

In: a world, and the object that has the field. Out: its value. Schemes are no part of any view, and
hold in all of them; a view has nothing that curators tell in words of their own but the title.
"""

import json
from datetime import date

from kb.models import About, Article, Example, Identifier, Scheme
from kb.normalisation import normalise
from tests.oracle.data import Node, World, type_of
from tests.oracle.filters import fold_id
from tests.oracle.lists import Arguments


class UnknownScheme:
    """What `identified` gives for a scheme that there is not."""


def of_record(world: World, row: Node, _: Arguments) -> list[Identifier]:
    rows = [each for each in world.all(Identifier) if each.record_id == row.id]
    return sorted(rows, key=lambda each: each.position)


def scheme_of(world: World, row: Identifier, _: Arguments) -> str:
    return _scheme(world, row).key


def scheme_name(world: World, row: Identifier, _: Arguments) -> str:
    return _scheme(world, row).name


def url(world: World, row: Identifier, _: Arguments) -> str | None:
    template = _scheme(world, row).template
    address = template.replace("{value}", row.value) if template else ""
    return address if address.lower().startswith(("http://", "https://")) else None


def _scheme(world: World, row: Identifier) -> Scheme:
    scheme = world.shared.on(None).row_of(Scheme, row.scheme_id)
    assert scheme
    return scheme


def identified(world: World, _: object, arguments: Arguments) -> Node | UnknownScheme | None:
    scheme = world.shared.on(None).identified.get(fold_id(f"Scheme:{arguments['scheme']}"))
    if scheme is None:
        return UnknownScheme()
    wanted = scheme.id, normalise(arguments["value"])
    records = [
        world.nodes[row.record_id]
        for row in world.all(Identifier)
        if (row.scheme_id, row.value) == wanted
    ]
    return min(records, key=lambda node: (type_of(node), node.key), default=None)


def about(world: World, _: object, __: Arguments) -> About:
    told = world.shared.on(None).all(About)
    if not told:
        return About(
            id=0,
            key="about",
            title="Knowledge base",
            description=None,
            licence=None,
            contact=None,
            organisation_id=None,
            offices="[]",
        )
    if world.day is None:
        return told[0]
    return About.model_validate(told[0].model_dump() | {"description": None, "offices": "[]"})


def offices(_: World, row: About, __: Arguments) -> list[str]:
    names: list[str] = json.loads(row.offices)
    return names


def examples(world: World, _: About, __: Arguments) -> list[Example]:
    return sorted(world.all(Example), key=lambda each: each.position)


def known_to(world: World, _: About, __: Arguments) -> date | None:
    return max((world.shared.article_days[row.id] for row in world.all(Article)), default=None)
