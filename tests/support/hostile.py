"""Texts that a search may be sent, with the signs that engines and parsers obey.

Out: Hypothesis strategies, of pieces and of whole texts.
"""

from hypothesis import strategies as st

HOSTILE = st.sampled_from(
    (
        *(
            '"',
            "'",
            '""',
            "(",
            ")",
            " AND ",
            " OR ",
            " NOT ",
            "NEAR(",
            "*",
            "^",
            ":",
            "-",
            "{",
            "}",
        ),
        *(
            "\0",
            "\\",
            "\n",
            "\u0301",
            "\u202e",
            "🏳️‍🌈",
            "a",
            "Ab",
            "é",
            "ß",
            "İ",
            "½",
            "日本",
            "_",
            ";",
        ),
    )
)
TEXTS = st.text() | st.lists(HOSTILE | st.text(max_size=3), max_size=12).map("".join)
