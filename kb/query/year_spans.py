"""The years of a span in SQL, by which spans are counted together and spread over their years.

In: rows `r` of the first and last day on which each can have begun, `a0` and `a1`, and ended, `z0`
and `z1`; rows `s` with these years, and each year `y` of such a row. Out: expressions. Pure: no
connection.
"""


def _year(day: str) -> str:
    return f"substr(r.{day},1,4)"


_NEVER = "case when r.a0 > r.z1 then 'none'"
YEARS = {
    "possibly_from": f"{_NEVER} else {_year('a0')} end",
    "possibly_to": f"{_NEVER} else {_year('z1')} end",
    "surely_from": f"{_NEVER} when r.a1 < r.z1 then {_year('a1')} else {_year('z1')} end",
    "surely_to": f"{_NEVER} when r.z0 < r.a0 then {_year('a0')} else {_year('z0')} end",
}
"""In which years a span of days can have held, and in which it must have: it begins and ends in
order, so it has begun by the last day of its end, and has not ended before the first of its start.
Sentinels are cut to four letters, too, and still stand before and after all years.
"""
OF_SPAN = f"{','.join(f's.{name}' for name in YEARS)},s.possible,s.certain"


def _extreme(sign: str, outer: str, inner: str) -> str:
    """The first or last year that any bound of a span names: `outer` is further than all others."""

    def named(year: str) -> str:
        return f"s.{year} between '0001' and '9999'"

    late, early = "surely_from", "surely_to"
    return (
        f"case when {named(outer)} then s.{outer}"
        f" when {named(late)} and {named(early)} and s.{late} {sign} s.{early} then s.{late}"
        f" when {named(early)} then s.{early} when {named(late)} then s.{late}"
        f" when {named(inner)} then s.{inner} end"
    )


LOWEST = _extreme("<", "possibly_from", "possibly_to")
HIGHEST = _extreme(">", "possibly_to", "possibly_from")
FIRST_YEAR = (
    "case when s.since is null or s.possibly_from = 'none' then null"
    " when s.possibly_from < s.since then cast(s.since as integer)"
    " else cast(s.possibly_from as integer) end"
)
LAST_YEAR = (
    "case when s.year is null then null when s.possibly_to > s.until then cast(s.until as integer)"
    " else cast(s.possibly_to as integer) end"
)
YEAR_NAME = "substr(cast(y.year + 10000 as text),2,4)"
