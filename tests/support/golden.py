"""The golden queries, which stand in `tests/golden` with their answers and statements.

In: nothing. Out: the folder, and the path of each query.
"""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "golden"
QUERIES = sorted(FOLDER.glob("*.graphql"))
