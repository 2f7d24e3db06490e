"""Twenty questions, each answered by what a reader who has never seen the pages would click.

From the home page, in three clicks at most, without a script: a link by its words, or a form that
is filled in. The words of each way stand here, so that a page that loses one fails.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

import lxml.html
import pytest
from starlette.testclient import TestClient

from tests.support.pages import PAGE, Element, text_of

pytestmark = pytest.mark.sweep

MOST_CLICKS = 3


@dataclass(frozen=True)
class Form:
    """A form that is filled in, by the words of its fields, and sent by its button."""

    button: str
    values: Mapping[str, str] = field(default_factory=dict)


Way = Sequence[str | Form]
CSTO = "Collective Security Treaty Organisation"
LAST_SUMMIT = "CSTO summit in Bishkek, November 2019"
TASKS: dict[str, tuple[Way, str]] = {
    "Who belonged to it on 14 October 2016?": (
        [Form("Show", {"Members on": "2016-10-14"})],
        f"certain {CSTO} (founded 2002: disputed): Armenia, Belarus, Kazakhstan, Kyrgyzstan",
    ),
    "Who led it in 2016?": (
        [Form("Show", {"Members on": "2016-06-01"})],
        "Nikolai Bordyuzha may have held it",
    ),
    "Was its post empty in June 2019?": (
        [Form("Show", {"Members on": "2019-06-15"})],
        f"Secretary-General, {CSTO} (founded 2002: disputed): vacant",
    ),
    "What do sources dispute about Uzbekistan?": (
        ["Disagreements", f"Uzbekistan in {CSTO}"],
        "Sources disagree",
    ),
    "On how much do sources disagree?": (["Disagreements"], "5 in all"),
    "Give me all summits as a table.": (["Summits", "CSV"], "Summit:csto-2019-bishkek"),
    "From when to when was Uzbekistan in it again?": (["Uzbekistan"], "2006 to 2012"),
    "What came before it?": ([CSTO], "PredecessorsCIS military grouping"),
    "In which city was the summit of November 2019?": (["Summits", LAST_SUMMIT], "CityBishkek"),
    "Who stayed away from the meeting of October 2016?": (
        ["Summits", "CSTO meeting in Yerevan, by October 2016"],
        "Stayed away, apparently ill with a cold.",
    ),
    "What does “certain” mean?": (
        ["How to read this"],
        "Whichever days the dates stand for, it held on that day.",
    ),
    "From which articles is it all taken?": (["Articles"], "10 in all"),
    "What does the comment on it say?": (
        ["Comment: The CSTO has always lacked relevance"],
        "An opinion piece holds that the alliance never found a purpose",
    ),
    "What could be known at the beginning of 2018?": (
        [Form("Show", {"As a reader could know it on": "2018-01-01"})],
        "As known on 1 January 2018",
    ),
    "Give me the states as data.": (["States", "JSON"], '"State:KZ"'),
    "Who was president of Kazakhstan, as far as is known?": (
        ["States", "Kazakhstan"],
        "President: held, certain — Nursultan Nazarbayev held it",
    ),
    "Which passage tells that Zas was chosen?": (
        ["Stanislav Zas", f"Stanislav Zas, Secretary-General of {CSTO}"],
        "New head of CSTO appointed, 3 January 2020, paragraph 1",
    ),
    "What is said of its rapid reaction force?": (
        [Form("", {"Search": "rapid reaction"}), "A rapid reaction force of the CSTO is set up"],
        "each with where it stands",
    ),
    "Draw me the years from 1992 to 1999, to print.": (
        [Form("Zoom", {"Drawn from": "1992", "to": "1999"}), "SVG"],
        "1 January 1992 to 31 December 1999",
    ),
    "Give me the memberships of Armenia alone.": (
        ["Memberships", Form("Show", {"State": "AM"}), "CSV"],
        "Membership:csto-am-member",
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_the_answer_is_a_few_clicks_away(client: TestClient, task: str) -> None:
    way, answer = TASKS[task]
    assert len(way) <= MOST_CLICKS
    address = "/"
    for step in way:
        page = lxml.html.document_fromstring(fetch(client, address))
        address = urljoin(address, follow(page, step))
    assert answer in visible(fetch(client, address))
    # Else there would be no way to go.
    assert answer not in visible(fetch(client, "/"))


def test_there_are_twenty() -> None:
    assert len(TASKS) == 20


def fetch(client: TestClient, address: str) -> str:
    response = client.get(urlsplit(address)._replace(fragment="").geturl(), headers=PAGE)
    assert response.status_code == 200, address
    return response.text


def visible(shown: str) -> str:
    """The text of a page without what its pictures say to who points at them; or of a file."""
    if "<html" not in shown:
        return shown
    (main,) = lxml.html.document_fromstring(shown).xpath("//main")
    for title in main.xpath(".//*[name()='title']"):
        title.text = ""
    return text_of(main)


def follow(page: Element, step: str | Form) -> str:
    """The address that a link with these words, or a form as filled in, leads to."""
    if isinstance(step, str):
        links = [
            str(link.get("href")) for link in page.xpath("//a[@href]") if text_of(link) == step
        ]
        assert links, (step, [text_of(link) for link in page.xpath("//main//a")])
        return links[0]
    (form,) = [form for form in page.xpath("//form") if fits(form, step)]
    values = {
        **dict(form.form_values()),
        **{names(form)[label]: step.values[label] for label in step.values},
    }
    return f"{form.get('action') or ''}".partition("#")[0] + "?" + urlencode(values)


def fits(form: Element, step: Form) -> bool:
    buttons = [text_of(button) for button in form.xpath(".//button")]
    return {*step.values} <= {*names(form)} and step.button in (*buttons, *[""] * (not buttons))


def names(form: Element) -> dict[str, str]:
    """By the words of its labels the fields of a form."""
    fields = {}
    for label in form.xpath(".//label"):
        inputs = label.xpath(".//input | .//select") or form.xpath(
            f".//input[@id='{label.get('for')}']"
        )
        fields[text_of(label)] = str(inputs[0].get("name"))
    return fields
