"""Prove a history: python verify.py http://127.0.0.1:8000 KEY head.txt"""
# All changes since the head in the file, or since the first one, must lead to the head that is now
# signed with the key; only then does the file get that. Needs `pip install cryptography`.

import json
import sys
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from urllib.request import urlopen

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def read_head(note: str, key: str) -> list[str]:
    """The origin, revision and hash of a note that the key signed."""
    text, _, lines = note.rpartition("\n\n")
    name, key_id, public = key.split("+", 2)
    signatures = [b64decode(line.split()[-1]) for line in lines.splitlines() if name in line]
    (signature,) = (each[4:] for each in signatures if each[:4].hex() == key_id)
    public_key = Ed25519PublicKey.from_public_bytes(b64decode(public)[1:])
    public_key.verify(signature, f"{text}\n".encode())
    return text.splitlines()


def line_of(change: dict[str, str]) -> str:
    """What the hash of a commit has of a change: of an article, without its text."""
    document, hashed = change["document"], change["documentHash"] or ""
    if document and '"paragraphs":[' in document:
        textless = json.loads(document) | {"paragraphs": None}
        document = json.dumps(textless, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{change['recordId']} {sha256(document.encode()).hexdigest() if document else hashed}\n"


server, key, file = sys.argv[1], sys.argv[2], Path(sys.argv[3])
note = urlopen(f"{server}/feed/head").read().decode()
origin, head, signed = read_head(note, key)
known = read_head(file.read_text(), key) if file.exists() else [origin, "0", ""]
revision, chain, commit = int(known[1]), b64decode(known[2]).hex(), ""
while revision < int(head) and known[0] == origin:
    *page, _ = urlopen(f"{server}/changes.ndjson?since={revision}")
    for change in map(json.loads, page):
        revision, commit = revision + 1, commit + line_of(change)
        if change["commitEnd"]:
            commit = f"{chain} {origin.rpartition('/')[2]}\n{commit}"
            chain, commit = sha256(commit.encode()).hexdigest(), ""
        if revision == int(head):
            break
    assert page, "the feed ends before its head"
if [origin, str(revision), b64decode(signed).hex()] != [known[0], head, chain]:
    sys.exit("These changes are not those that were signed for: it is another history.")
file.write_text(note)
print(f"{revision - int(known[1])} changes lead to revision {head}, as signed.")
