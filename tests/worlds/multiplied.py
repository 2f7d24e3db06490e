"""A large snapshot, made of a small one: the same records again and again, under other keys.

In: the path of a snapshot, how many copies there are to be, and where they go. Out: a snapshot that
`kb load` takes, and how many records it has. There are only so many codes of states: after some
copies, the same states come again.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from string import ascii_uppercase

from kb.records.record_tables import TYPE_NAMES
from kb.records.types import RECORD_TYPES

Fields = dict[str, object]
_POINTING = ("key", "organisation", "official", "summit", "article", "predecessor")
_ONCE = ("Scheme", "Publication")
"""Types of which there are no copies; what is about all of them is left out."""
_MENTIONED_TYPES = tuple(each.name for each in RECORD_TYPES if each.mentioned)
_CODED = ("state", "nationality", "host")
_CODES = [f"{first}{second}" for first in ascii_uppercase for second in ascii_uppercase]


def multiply(snapshot: Path, copies: int, target: Path) -> int:
    first, *lines, _ = snapshot.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    states = sorted(record["key"] for record in records if type_of_record(record) == "State")
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    with target.open("w", encoding="utf-8") as file:
        file.write(f"{first}\n")
        for record in _copies_by_type(records, copies, states):
            line = _line(record)
            file.write(f"{line}\n")
            total = sums[type_of_record(record)]
            total[0] += 1
            total[1] += int(sha256(line.encode()).hexdigest(), 16)
        counts = [
            {"type": record_type.upper(), "count": count, "checksum": f"{added % 2**256:064x}"}
            for record_type, (count, added) in sorted(sums.items())
        ]
        file.write(_line({"end": True, "counts": counts}) + "\n")
    return sum(count for count, _ in sums.values())


def type_of_record(record: Fields) -> str:
    return str(record["id"]).partition(":")[0]


def _line(fields: Fields) -> str:
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _copies_by_type(records: list[Fields], copies: int, states: list[str]) -> Iterator[Fields]:
    """By type, each copy after those before it."""
    rounds = len(_CODES) // len(states)
    for record_type in TYPE_NAMES:
        for number in range(copies):
            codes = {
                code: _CODES[place * rounds + number % rounds] for place, code in enumerate(states)
            }
            repeated = number >= rounds
            for record in records:
                subject_type = str(record.get("subject", record["id"])).partition(":")[0]
                once = subject_type in _ONCE or (subject_type == "State" and repeated)
                if record_type == "About" or type_of_record(record) != record_type:
                    continue
                if not (once and number):
                    yield _copy(record, number, codes)


def _copy(record: Fields, number: int, codes: dict[str, str]) -> Fields:
    record_type, copy = type_of_record(record), {**record}
    for name in _POINTING:
        if copy.get(name) and record_type not in ("State", *_ONCE):
            copy[name] = f"{copy[name]}-{number}"
    for name in ("organisations", "officials"):
        if name in copy:
            copy[name] = [f"{key}-{number}" for key in _list(copy[name])]
    for name in _CODED:
        if copy.get(name):
            copy[name] = codes[str(copy[name])]
    if "states" in copy:
        copy["states"] = [codes[str(code)] for code in _list(copy["states"])]
    if number:
        # An identifier is of one record alone.
        copy |= {"identifiers": []} if "identifiers" in copy else {}
    if copy.get("acronym"):
        copy["acronym"] = f"{copy['acronym']}{number}"
    if record_type in _MENTIONED_TYPES:
        copy["name"] = f"{copy['name']} {number}"
        copy["aliases"] = [f"{alias} {number}" for alias in _list(copy["aliases"])]
    if record_type == "State":
        copy |= {"key": codes[str(copy["key"])], "officialName": None}
    if "participants" in copy:
        copy["participants"] = [
            _participant(participant, number, codes) for participant in _list(copy["participants"])
        ]
    if "parties" in copy:
        copy["parties"] = [_party(party, number, codes) for party in _list(copy["parties"])]
    if "subject" in copy:
        subject_type, _, key = str(copy["subject"]).partition(":")
        key = codes[key] if subject_type == "State" else f"{key}-{number}"
        copy["subject"] = f"{subject_type}:{key}"
    return {**copy, "id": f"{record_type}:{copy['key']}"}


def _participant(participant: object, number: int, codes: dict[str, str]) -> Fields:
    assert isinstance(participant, dict)
    official, state = participant["official"], participant["state"]
    return {
        **participant,
        "official": f"{official}-{number}" if official else None,
        "state": codes[state] if state else None,
    }


def _party(party: object, number: int, codes: dict[str, str]) -> Fields:
    assert isinstance(party, dict)
    named = {name: party[name] for name in ("organisation", "official")}
    return {
        **party,
        **{name: f"{key}-{number}" if key else None for name, key in named.items()},
        "state": codes[party["state"]] if party["state"] else None,
    }


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value
