"""Words that nobody is told: those of Python, of libraries and of our own code.

In: a message. Out: whether it has one.
"""

import re

FOREIGN = re.compile(
    r"\b(None|True|False|NoneType|dict|dictionary|tuple|str|int|bool|float|instance|\w*Document"
    r"|validation|valid|Input should|required|permitted|pydantic|attributes?|class|after|decimal"
    r"|characters? at)\b|'"
)
