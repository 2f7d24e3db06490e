"""Files of Popolo's JSON are taken as they are."""

import json
from pathlib import Path

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
