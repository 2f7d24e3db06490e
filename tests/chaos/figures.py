"""How hard chaos tries, and what came of it, as rows of a Markdown table."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.config import Settings


@dataclass
class Chaos:
    """The short form runs in `make test-long`, the long one by `make chaos`."""

    long: bool
    rows: list[tuple[str, str, str]] = field(default_factory=list)

    def of(self, short: int, long: int) -> int:
        return long if self.long else short

    def tell(self, what: str, settings: Settings, result: str) -> None:
        engine = settings.database_url.partition(":")[0]
        self.rows.append((what, engine, result))

    def table(self) -> Iterator[str]:
        for row in (("chaos", "engine", "figures"), ("---",) * 3, *self.rows):
            yield f"| {' | '.join(row)} |"
