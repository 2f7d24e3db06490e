"""Records as entities of FollowTheMoney: every link leads somewhere, and its library agrees."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kb import database
from kb.tables.manifest import export_followthemoney
from tests.support.databases import Database
from tests.support.tools import tool

ROOT = "https://kb.example.org"
LINKS = {
    "proof",
    "holder",
    "post",
    "organization",
    "member",
    "organizer",
    "involved",
    "predecessor",
    "successor",
}
PROGRAM = """
import json, sys
from followthemoney import model

for line in open(sys.argv[1], encoding="utf-8"):
    entity = json.loads(line)
    proxy = model.get_proxy(entity, cleaned=False)
    proxy.schema.validate(entity)
    print(json.dumps(proxy.properties))
"""
"""Prints the properties of each entity as the library reads them, and fails at the first fault."""
Properties = Mapping[str, Sequence[str]]


def write(written: Database, folder: Path) -> list[str]:
    with database.read_transaction(written.engine) as connection:
        export_followthemoney(connection, folder, ROOT)
    return (folder / "kb.ftm.json").read_text(encoding="utf-8").splitlines()


def test_what_is_written(csto: Database, tmp_path: Path) -> None:
    entities = [json.loads(line) for line in write(csto, tmp_path)]
    properties: dict[str, Properties] = {each["id"]: each["properties"] for each in entities}
    assert len(properties) == len(entities)
    schemas = {each["id"]: each["schema"] for each in entities}
    for each in properties.values():
        linked = [one for name, values in each.items() if name in LINKS for one in values]
        assert {*linked} <= {*properties}
        assert {schemas[one] for one in each.get("proof", ())} <= {"Article"}
    suspended = properties["membership-csto-uz-suspended"]
    assert (suspended["startDate"], suspended["endDate"]) == (["1999"], ["2006"])
    assert (suspended["member"], suspended["role"]) == (["state-UZ"], ["suspended"])
    bordyuzha = properties["term-csto-sg-bordyuzha"]
    assert not {"startDate", "endDate"} & {*bordyuzha}
    assert bordyuzha["description"][0].startswith("began")
    (post,) = bordyuzha["post"]
    assert properties[post]["name"] == ["Secretary-General"]
    assert properties["state-UZ"]["country"] == ["uz"]
    absent = properties["summit-csto-2016-yerevan"]
    assert "involved" not in absent
    deminers = properties["event-armenian-deminers-in-syria"]["involved"]
    assert "state-AM" in deminers
    assert "organisation-csto" not in deminers


@pytest.mark.long
def test_its_library_finds_no_fault(csto: Database, tmp_path: Path) -> None:
    """As it is written, nothing is left out or written otherwise."""
    entities = [json.loads(line)["properties"] for line in write(csto, tmp_path)]
    command = [tool("python"), "-c", PROGRAM, "kb.ftm.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert [{name: {*values} for name, values in each.items()} for each in read] == [
        {name: {*values} for name, values in each.items()} for each in entities
    ]
