"""Faults of a database with the shipped seeds: what makes each, and the finding that names it.

In: nothing. Out: parameters of a test. What is made is SQL for tables that no longer guard
themselves.
"""

from datetime import date

import pytest

from kb.citations.anchors import hash_words
from kb.dates import fork
from tests.support.databases import SHIPPED_RECORDS

LOAD = "load its file again"
ANEW = "restore a backup, or load the seeds into a new database"
CITED = "state-af-name-in-rejoin-2017"
# An article that nobody wrote, its text, and a citation of `quick` in it.
INVENTED = f"""
insert into record (id, type, key, revision, disputed)
    values (9001, 'Article', 'invented', 1, false);
insert into article (id, key, headline, publication_id, dated_on, dated_order, dated_earliest,
    dated_latest, dated_fork, year_inferred, known_from)
    select 9001, 'invented', 'It', publication_id, '2018', '2018-01-01', '2018-01-01', '2018-12-31',
    {fork(date(2018, 1, 1), date(2018, 12, 31))}, false, '2018-12-31' from article limit 1;
insert into paragraph values (9001, 1, 'One.'), (9001, 2, 'The quick fox.');
update record set revision = {SHIPPED_RECORDS + 1} where id = 9001;
update head set revision = {SHIPPED_RECORDS + 1};
update citation set article_id = 9001, paragraph = 2, start_at = 4, end_at = 9, verified = true,
    sha256 = '{hash_words("quick")}' where key = '{CITED}';
"""
PLACE = f"Citation {CITED}: `invented`, paragraph 2, 4 to 9"
ANCHOR = 'run `kb cite invented "…"` and correct the anchor, or ingest the page again'
# Days that are none, and a row against a rule of its table.
ONLY_SQLITE = (
    "update partial_date set latest = 'late' where edtf = '2002'",
    "insert into head (id, revision, stream) values (2, 0, '')",
)
FAULTS = [
    pytest.param(
        "update article set dated_order = '2020' where issue_number = 433",
        "Article bulletin-433-new-head-of-csto-appointed: `dated_order` is `2020`, and should"
        f" be `2020-01-03`; {LOAD}",
        id="dated_order",
    ),
    pytest.param(
        "update article set known_from = '2020-01-14' where issue_number = 433",
        "Article bulletin-433-new-head-of-csto-appointed: `known_from` is `2020-01-14`, and"
        f" should be `2020-01-13`; {LOAD}",
        id="known_from",
    ),
    pytest.param(
        "delete from mention where article_id = (select id from article where issue_number = 433)",
        "Article bulletin-433-new-head-of-csto-appointed: its mentions are not what its words say;"
        " ingest its page again",
        id="mentions",
    ),
    pytest.param(
        f"{INVENTED} update paragraph set text = 'One.\u00a0' where number = 1",
        "Article invented: its text is not in the normal form; ingest its page again",
        id="normal form",
    ),
    pytest.param(
        "update article set known_from = 'soon' where issue_number = 433",
        "Article bulletin-433-new-head-of-csto-appointed: `known_from` is `soon`, and should be"
        f" `2020-01-13`; {LOAD}",
        id="no day",
    ),
    pytest.param(
        "update summit set held_order = 'infinity' where key = 'csto-2015-dushanbe'",
        "Summit csto-2015-dushanbe: `held_order` is `infinity`, and should be `2015-09-15`;"
        f" {LOAD}",
        id="held_order",
    ),
    pytest.param(
        "update article set dated_fork = 0 where issue_number = 433",
        "Article bulletin-433-new-head-of-csto-appointed: `dated_fork` is `0`, and should be"
        f" `{fork(date(2020, 1, 3), date(2020, 1, 3))}`; {LOAD}",
        id="dated_fork",
    ),
    pytest.param(
        "update membership set state_name = 'Elsewhere' where key = 'csto-uz-member'",
        f"Membership csto-uz-member: `state_name` is not the name of its state; {LOAD}",
        id="state_name",
    ),
    *(
        pytest.param(script, f"{who}: its {what} is not what its sources give; {LOAD}", id=name)
        for name, script, who, what in (
            (
                "version",
                "update term_version set end_kind = 'UNKNOWN' where key = 'csto-sg-bordyuzha'"
                " and end_kind = 'ONGOING'",
                "Term csto-sg-bordyuzha",
                "history",
            ),
            (
                "mentions by day",
                "update mention set known_from = '2020-01-14' where article_id ="
                " (select id from article where issue_number = 433)",
                "Article bulletin-433-new-head-of-csto-appointed",
                "count of mentions by day",
            ),
            (
                "disagreement",
                "update disagreement set kind = 'REFINEMENT' where field = 'founded'",
                "Organisation csto",
                "history",
            ),
            (
                "asserted",
                "update assertion set value = '1993' where value = '1992'",
                "Organisation csto",
                "history",
            ),
            (
                "shown",
                "update record set known_from = '2001-01-01' where key = 'UZ'",
                "State UZ",
                "history",
            ),
            (
                "shown citation",
                f"update citation set visible_from = '2001-01-01' where key = '{CITED}'",
                f"Citation {CITED}",
                "first day",
            ),
            (
                "passage",
                "update passage set text = 'Other' where text = 'Uzbekistan'",
                "State UZ",
                "search texts",
            ),
        )
    ),
    pytest.param(
        "update record set disputed = true where key = 'UZ'",
        f"State UZ: `disputed` is `True`, and should be `False`; {LOAD}",
        id="disputed",
    ),
    pytest.param(
        f"update record set disputed = true where key = '{CITED}'",
        f"Citation {CITED}: `disputed` is `True`, and should be `False`; {LOAD}",
        id="disputed citation",
    ),
    pytest.param(
        "update record set disputed = false where key = 'csto'",
        f"Organisation csto: `disputed` is `False`, and should be `True`; {LOAD}",
        id="not disputed",
    ),
    pytest.param(
        """update official set aliases = '["Kamilov" ]' where key = 'abdulaziz-kamilov'""",
        'Official abdulaziz-kamilov: `aliases` is `["Kamilov" ]`, and should be `["Kamilov"]`;'
        f" {LOAD}",
        id="aliases",
    ),
    pytest.param(
        "update official set aliases = '[' where key = 'abdulaziz-kamilov'",
        f"Official abdulaziz-kamilov: aliases: `[` is not a list; {LOAD}",
        id="no aliases",
    ),
    pytest.param(
        """update participation set position = 7 where position = 1
        and summit_id = (select id from summit where key = 'csto-2015-dushanbe')""",
        f"Summit csto-2015-dushanbe: `participation[1].position` is `7`, and should be `1`; {LOAD}",
        id="position",
    ),
    pytest.param(
        """delete from event_organisation
        where event_id = (select id from event where key = 'irpt-declared-terrorist')""",
        "Event irpt-declared-terrorist: its event_organisation has 0 rows, and should have 2;"
        f" {LOAD}",
        id="a party that is not concerned",
    ),
    pytest.param(
        "update state set key = 'XX' where key = 'UZ'",
        f"State UZ: `key` is `XX`, and should be `UZ`; {LOAD}",
        id="key",
    ),
    pytest.param(
        "update state set name = '' where key = 'UZ'",
        f"State UZ: name: it is empty; {LOAD}",
        id="form",
    ),
    pytest.param(
        "update citation set field = 'capital' where key = 'state-am-name-in-rejoin-2017'",
        "State AM: state-am-name-in-rejoin-2017: the type State has no field `capital`;"
        " write one of aliases, existence.end, existence.start, name, officialName, predecessors,"
        f" and {LOAD}",
        id="field",
    ),
    pytest.param(
        """update citation set field = 'period.start' where key =
        'csto-am-member-attested-in-crisis-centre-2016'""",
        "Membership csto-am-member: csto-am-member-attested-in-crisis-centre-2016: `..` is not a"
        " supported date; write EDTF, such as `2016-10-14`, or `..` for what still runs, and"
        f" {LOAD}",
        id="value",
    ),
    pytest.param(
        "update partial_date set earliest = '2002-02-02' where edtf = '2002'",
        f"PartialDate 2002: `earliest` is `2002-02-02`, and should be `2002-01-01`; {ANEW}",
        id="partial date",
    ),
    pytest.param(
        "update partial_date set uncertain = true where edtf = '2002'",
        f"PartialDate 2002: `uncertain` is `True`, and should be `False`; {ANEW}",
        id="flag",
    ),
    pytest.param(
        "update partial_date set precision = 'DAY' where edtf = '2002'",
        f"PartialDate 2002: `precision` is `DAY`, and should be `YEAR`; {ANEW}",
        id="precision",
    ),
    pytest.param(
        ONLY_SQLITE[0],
        f"PartialDate 2002: `latest` is `late`, which is no day; {ANEW}",
        id="no latest day",
    ),
    pytest.param(
        "insert into partial_date select 'x', earliest, latest, precision, approximate,"
        " uncertain, text from partial_date where edtf = '2002'",
        "PartialDate x: `x` is not a supported date: it is not a year, a month or a day of"
        f" the calendar; {ANEW}",
        id="no partial date",
    ),
    pytest.param(
        "delete from membership where key = 'csto-by-member'",
        "Membership csto-by-member: its row stands in no table, not in `membership`; load its"
        " file again",
        id="record without row",
    ),
    pytest.param(
        "delete from record where key = 'csto-am-member-status-in-rejoin-2017'",
        "Citation csto-am-member-status-in-rejoin-2017: it has a row, but no record; remove the"
        f" row, or {ANEW}",
        id="row without record",
    ),
    pytest.param(
        "update record set type = 'Organisation' where key = 'AF'",
        f"Organisation AF: its row stands in `state`, not in `organisation`; {ANEW}",
        id="another type",
    ),
    pytest.param(
        "update record set type = 'Planet' where key = 'AF'",
        f"Planet AF: its row stands in `state`, not in `planet`; {ANEW}",
        id="no type",
    ),
    pytest.param(
        f"update citation set stance = 'DISPUTES' where key = '{CITED}'",
        f"State AF: no citation supports it; cite a passage that does, and {LOAD}",
        id="only disputed",
    ),
    pytest.param(
        f"delete from citation where key = '{CITED}'; delete from record where key = '{CITED}';"
        "delete from passage where source_id not in (select id from record)",
        f"State AF: no citation supports it; cite a passage that does, and {LOAD}",
        id="no source",
    ),
    pytest.param(
        """delete from citation where value = '..' and
        subject_id = (select id from membership where key = 'csto-am-member');
        delete from record where key like 'csto-am-member-attested-%';
        delete from passage where source_id not in (select id from record)""",
        "Membership csto-am-member: it is ongoing, but no article says so; cite one with the"
        f" field `period.end` (events: `occurred.end`), value `..`, and {LOAD}",
        id="not attested",
    ),
    pytest.param(
        f"update citation set article_id = -1 where key = '{CITED}'",
        f"Citation {CITED}: `article_id` of its citation is `-1`: no article has that; add"
        f" that, or {LOAD}",
        id="no article",
    ),
    pytest.param(
        "update membership set state_id = 9999 where key = 'csto-by-member'",
        "Membership csto-by-member: `state_id` of its membership is `9999`: no state has that;"
        f" add that, or {LOAD}",
        id="no state",
    ),
    pytest.param(
        """update event_state set state_id = 9999 where position = 1 and
        event_id = (select id from event where key = 'armenian-deminers-in-syria')""",
        "Event armenian-deminers-in-syria: `state_id` of its event_state is `9999`: no state"
        f" has that; add that, or {LOAD}",
        id="no part",
    ),
    pytest.param(
        "insert into event_state (event_id, state_id, position)"
        " select 9999, id, 0 from state where key = 'AF'",
        "Event 9999: `event_id` of its event_state is `9999`: no event has that; remove the row",
        id="part of nothing",
    ),
    pytest.param(
        "update term set planned_end = '1066' where key = 'csto-sg-bordyuzha'",
        "Term csto-sg-bordyuzha: `planned_end` of its term is `1066`: no partial_date has"
        f" that; add that, or {LOAD}",
        id="no date",
    ),
    pytest.param(
        "update citation set subject_id = (select id from article where issue_number = 433)"
        " where key = 'state-am-name-in-rejoin-2017'",
        "Citation state-am-name-in-rejoin-2017: it speaks of the article"
        " `bulletin-433-new-head-of-csto-appointed`, which takes no citations; remove it",
        id="about an article",
    ),
    pytest.param(
        "update record set revision = 1 where key = 'UZ'",
        f"State UZ: its revision 1 is also that of Scheme cow; {ANEW}",
        id="revision twice",
    ),
    pytest.param(
        "update record set revision = 9999 where key = 'UZ'",
        f"State UZ: its revision 9999 is not one of 1 to {SHIPPED_RECORDS}; {ANEW}",
        id="revision above the newest",
    ),
    pytest.param(
        "update record set revision = 0 where key = 'UZ'",
        f"State UZ: its revision 0 is not one of 1 to {SHIPPED_RECORDS}; {ANEW}",
        id="revision zero",
    ),
    pytest.param(
        "delete from head",
        f"Head: the row that counts revisions is missing; {ANEW}",
        id="no head",
    ),
    pytest.param(
        ONLY_SQLITE[1],
        f"Database: CHECK constraint failed in head; {ANEW}",
        id="check constraint",
    ),
    pytest.param(
        "update membership set state_id = (select id from state where key = 'AM')"
        " where key = 'csto-by-member'",
        "Membership csto-by-member: certain on the same day as `csto-am-member`; end the one"
        f" by the day on which the other begins, and {LOAD}",
        id="overlap",
    ),
    pytest.param(
        f"update citation set verified = true where key = '{CITED}'",
        f"Citation {CITED}: `bulletin-336-uzbekistan-has-no-plans-to-rejoin-the-csto`,"
        " paragraph 6, 293 to 327: there is no text to hold it against, yet it counts as"
        f" verified; {ANEW}",
        id="verified without text",
    ),
    pytest.param(
        f"{INVENTED} update paragraph set text = 'The quack fox.' where number = 2",
        f"{PLACE}: the words are other ones, yet it counts as verified; {ANCHOR}",
        id="one letter",
    ),
    pytest.param(
        f"{INVENTED} update paragraph set text = 'The quick' where number = 2;"
        f"update citation set end_at = 10, verified = false where key = '{CITED}'",
        f"{PLACE.replace('9', '10')}: the words are other ones; {ANCHOR}",
        id="beyond the end",
    ),
    pytest.param(
        f"{INVENTED} delete from paragraph where number = 2",
        f"{PLACE}: the text has no such paragraph, yet it counts as verified; {ANCHOR}",
        id="no paragraph",
    ),
    pytest.param(
        f"{INVENTED} update citation set verified = false where key = '{CITED}'",
        f"{PLACE}: the words are there, yet it counts as unverified; ingest its page again",
        id="unverified",
    ),
    pytest.param(
        f"{INVENTED} update paragraph set number = 3 where number = 1",
        "Article invented: its paragraphs are not numbered from 1 on without gaps; ingest its"
        " page again",
        id="gap",
    ),
]
