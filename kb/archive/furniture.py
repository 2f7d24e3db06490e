"""Lines that blogs put around articles: titles of lists, pagers, what is said of a post.

In: nothing. Out: patterns of whole lines, as WordPress and its common themes write them in English.
Pure: no I/O.
"""

import re

_TITLE = r"""(?:Tag|Category|Author|Day|Month|Year|Daily|Monthly|Yearly)\sArchives?\s?:.*
    |(?:Tag|Category|Author|Day|Month|Year)\s?:\s[^.!?]{1,60}|Archives?\s(?:for|of)\s[^.!?]{1,60}
    |(?:Posts|Articles)\s(?:tagged|by)\s[^.!?]{1,60}"""
_TURN = r"(?i:older|newer|previous|next)\s(?i:posts?|entries|articles?|page)"
_PAGER = rf"""[←«<‹\s]*{_TURN}(?:\W*{_TURN})?[→»>›\s]*
    |(?i:posts?\snavigation|page\s\d+(?:\sof\s\d+)?)|Proudly\spowered\sby\s.*"""
_META = r"""(?:Posted\s(?:in|on|by)\s|Filed\sunder\b|Tagged(?::|\swith\s|\s[^a-z]|\s[^,]*,)
    |(?i:leave\sa\s(?:comment|reply)\b)|\d+\sthoughts?\son\s).{0,250}(?<![.!?])
    |This\sentry\swas\sposted\s.*|Bookmark\sthe\spermalink.*|Comments\sare\sclosed\.?
    |Comments\s\(\d+\)|Comments\s(?i:off)\b.{0,120}|(?i:\d+|one|no)\s(?i:comments?|repl(?:y|ies)|responses?)(?:\syet)?\.?
    |(?i:share\sthis|like\sthis|related(?:\s(?:posts|articles))?):?|Share\son\s\w+|Loading\W*
    |(?i:continue\sreading|read\smore)(?:\b.{0,120}[→»…])?|(?i:skip\sto\scontent)"""

ORNAMENT = re.compile(r"[\W_]+")
TITLE, PAGER, META = (
    re.compile(rf"(?:{pattern})", re.VERBOSE) for pattern in (_TITLE, _PAGER, _META)
)
