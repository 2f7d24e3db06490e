"""A database that curators write to by mutations.

In: a database. Out: a `CuratedDatabase`, with an article to cite and a token; `count_accepted`
counts how often each of their inputs is in the feed.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from kb import database, tokens
from kb.config import Settings
from kb.roles import Role
from tests.chaos.commands import at_free_port
from tests.support.databases import Database, prepare
from tests.support.feeds import follow
from tests.support.seed_texts import write_seed_texts


@dataclass(frozen=True)
class CuratedDatabase:
    settings: Settings
    token: str


def prepare_curated(settings: Settings, folder: Path) -> CuratedDatabase:
    seeds = write_seed_texts(folder, organisations="", states="", memberships="")
    settings = at_free_port(prepare(settings, seeds))
    engine = database.open_engine(settings)
    with database.write_transaction(engine) as connection:
        token = tokens.issue_token(connection, "curator", Role.CURATOR)
    engine.dispose()
    return CuratedDatabase(settings, token)


def count_accepted(db: Database) -> Counter[str]:
    """How often each name of an official entered the feed."""
    changes = follow(db, first=1000, types=["OFFICIAL"])
    return Counter(json.loads(str(change["document"]))["name"] for change in changes)
