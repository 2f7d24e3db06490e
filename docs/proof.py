"""Counts and checksums of a snapshot, as `feed { counts { type count checksum } }` gives them."""

import hashlib
import json
import sys
from pathlib import Path

totals: dict[str, list[int]] = {}
for line in Path(sys.argv[1]).read_text(encoding="utf-8").split("\n"):
    if line and "id" in (record := json.loads(line)):
        digest = hashlib.sha256(line.encode()).hexdigest()
        totals.setdefault(record["id"].partition(":")[0].upper(), []).append(int(digest, 16))
for kind, digests in sorted(totals.items()):
    print(kind, len(digests), f"{sum(digests) % 2**256:064x}")
