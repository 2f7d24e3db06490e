"""Files of Popolo's JSON are taken as they are, and written."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kb import database
from kb.tables.manifest import export_popolo
from tests.support.databases import Database
from tests.support.foreign_archives import PEOPLE
from tests.support.imports import take_files


def test_persons_organisations_posts_and_memberships(empty: Database, tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    path.write_text(json.dumps(PEOPLE), encoding="utf-8")
    first, again = (take_files(empty, "popolo", [path]) for _ in range(2))
    assert (len(first.added), again.left) == (16, 16)
    asked = """{ organisations { nodes { name aliases } }
      terms { nodes { official { name aliases } office organisation { name }
        period { start { edtf } end { edtf } } } } }"""
    ada = {"name": "Ada", "aliases": ["A.", "Adele"]}
    bo: dict[str, object] = {"name": "Bo", "aliases": []}

    def term(
        official: dict[str, object], office: str, organisation: str, start: str, end: str | None
    ) -> dict[str, object]:
        period = {"start": {"edtf": start}, "end": end and {"edtf": end}}
        named = {"name": organisation}
        return {"official": official, "office": office, "organisation": named, "period": period}

    answer = empty.ask(asked)
    assert answer["organisations"] == {
        "nodes": [
            {"name": "Assembly", "aliases": []},
            {"name": "Greens", "aliases": ["The Green List"]},
        ]
    }
    assert answer["terms"] == {
        "nodes": [
            term({**ada}, "Speaker", "Assembly", "2001-02", "2003-04-05"),
            term(bo, "Member", "Assembly", "2001", "2005"),
            term(bo, "Whip", "Greens", "2002", None),
        ]
    }


ROOT = "https://kb.example.org"
SCHEMAS = Path(__file__).parent / "support" / "popolo_schemas.json"
CLASSES = {
    "persons": "person",
    "organizations": "organization",
    "posts": "post",
    "memberships": "membership",
}
Written = Mapping[str, Sequence[Mapping[str, object]]]


def write(written: Database, folder: Path) -> Written:
    with database.read_transaction(written.engine) as connection:
        export_popolo(connection, folder, ROOT)
    read: Written = json.loads((folder / "kb.json").read_text(encoding="utf-8"))
    return read


def one(members: Sequence[Mapping[str, object]], identity: str) -> Mapping[str, object]:
    (found,) = (each for each in members if each["id"] == identity)
    return found


def test_what_is_written(csto: Database, tmp_path: Path) -> None:
    file = write(csto, tmp_path)
    assert {*file} == {*CLASSES}
    csto_written = one(file["organizations"], "organisation-csto")
    assert csto_written["other_names"] == [
        {"name": name} for name in ("CSTO", "Collective Security Treaty Organization", "ODKB")
    ]
    assert csto_written["identifiers"] == [{"scheme": "wikidata", "identifier": "Q318693"}]
    assert csto_written["founding_date"] == "2002"
    suspended = one(file["memberships"], "membership-csto-uz-suspended")
    assert suspended["member"] == {"@type": "Organization", "id": "state-UZ"}
    assert (suspended["role"], suspended["start_date"], suspended["end_date"]) == (
        "suspended",
        "1999",
        "2006",
    )
    assert isinstance(suspended["sources"], list)
    assert {each["url"].partition("articles/")[0] for each in suspended["sources"]} == {f"{ROOT}/"}
    assert not {"start_date", "end_date"} & {*one(file["memberships"], "term-csto-sg-bordyuzha")}
    ids = [each["id"] for members in file.values() for each in members]
    assert len(ids) == len({*ids})
    posts = {each["id"] for each in file["posts"]}
    assert {each["post_id"] for each in file["memberships"] if "post_id" in each} == posts


def test_it_holds_to_the_schemas(csto: Database, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    referencing = pytest.importorskip("referencing.jsonschema")
    schemas = {
        each["id"].rpartition("/")[2].removesuffix(".json#"): each
        for each in json.loads(SCHEMAS.read_text(encoding="utf-8"))["schemas"]
    }
    registry = referencing.SchemaRegistry().with_resources(
        (each["id"], referencing.DRAFT3.create_resource(each)) for each in schemas.values()
    )
    file = write(csto, tmp_path)
    for name, members in file.items():
        validator = jsonschema.Draft3Validator(schemas[CLASSES[name]], registry=registry)
        assert [*validator.iter_errors({**members[0], "sources": [{}]})]
        assert [each for member in members for each in validator.iter_errors(member)] == []


def test_it_comes_in_again(csto: Database, empty: Database, tmp_path: Path) -> None:
    """States come as organisations, and spans as far as they are days, months and years."""
    write(csto, tmp_path)
    first, again = (take_files(empty, "popolo", [tmp_path / "kb.json"]) for _ in range(2))
    assert len(first.added) == again.left
    asked = """{ officials { nodes { name aliases } } organisations { nodes { name } }
      states { nodes { name } }
      terms { nodes { official { name } office organisation { name } state { name } } } }"""
    before, after = csto.ask(asked), empty.ask(asked)
    assert sorted_nodes(after, "officials") == sorted_nodes(before, "officials")
    both = sorted(sorted_nodes(before, "organisations") + sorted_nodes(before, "states"))
    assert sorted_nodes(after, "organisations") == both
    terms = [bodies_alike(each) for each in nodes(before, "terms")]
    assert sorted(terms) == sorted(bodies_alike(each) for each in nodes(after, "terms"))


def nodes(answer: Mapping[str, object], name: str) -> list[dict[str, object]]:
    connection = answer[name]
    assert isinstance(connection, dict)
    return [*connection["nodes"]]


def sorted_nodes(answer: Mapping[str, object], name: str) -> list[str]:
    return sorted(json.dumps(each) for each in nodes(answer, name))


def bodies_alike(term: Mapping[str, object]) -> str:
    body = term["organisation"] or term["state"]
    return json.dumps([term["official"], term["office"], body])
