"""Count and checksum the records of a snapshot by type: python proof.py < kb.ndjson"""

import json
import signal
import sys
from hashlib import sha256

if hasattr(signal, "SIGPIPE"):  # Ends without a word where nobody reads on, as before `head`.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
found = {}
for line in sys.stdin.buffer:
    kind = json.loads(line).get("id", "").partition(":")[0]
    found.setdefault(kind, []).append(int(sha256(line.strip()).hexdigest(), 16))
for kind in sorted(found.keys() - {""}):  # The first line and the last are no records.
    print(kind.upper(), len(found[kind]), f"{sum(found[kind]) % 2**256:064x}")
