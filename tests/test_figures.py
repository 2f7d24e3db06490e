"""The page of figures: what it draws is what the schema counts, and what its links lead to."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import lxml.etree
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kb.app import create_app
from kb.web.length_figure import length_figure
from kb.web.year_figures import nice_step, year_figure
from tests.support.databases import SqlitePlace, prepare
from tests.support.pages import PAGE, ask, text_of, tree
from tests.worlds import leagues

pytestmark = pytest.mark.sweep

NAMES = ("summits", "events", "memberships", "terms")
COUNTED = "groups(by: [YEAR], first: 1000) { year count { certain possible } }"


def rows_of(client: TestClient, address: str) -> list[list[str]]:
    response = client.get(address)
    assert response.status_code == 200, response.text
    return [*csv.reader(StringIO(response.text))]


def test_years_are_those_of_the_schema(client: TestClient) -> None:
    """Of the organisation that comes first, unless another is chosen."""
    for of, slug in (("", "csto"), ("?organisation=cst", "cst")):
        for name in NAMES[:3]:
            status = ", status: [MEMBER]" if name == "memberships" else ""
            wanted = f'{{organisation: {{eq: "{slug}"}}{status}}}'
            groups = ask(client, f"{{ a: {name}(filter: {wanted}) {{ {COUNTED} }} }}", {})["a"][
                "groups"
            ]
            told = sorted(
                [str(each["year"]), *(str(each["count"][part]) for part in ("certain", "possible"))]
                for each in groups
            )
            assert rows_of(client, f"/figures/{name}.csv{of}") == [
                ["year", "certain", "possible"],
                *told,
            ]


def check_figures(client: TestClient, address: str) -> int:
    """Each bar is as high as it says, and leads to so many rows."""
    page = tree(client, address)
    drawn = 0
    for section in page.xpath("//section[@class='figure']"):
        bars = section.xpath(".//a[@class='bar' or @class='bar disputed']")
        rows = section.xpath(".//tbody/tr")
        assert len(bars) == len(rows)
        drawn += len(bars)
        for bar, row in zip(bars[:3], rows[:3], strict=True):
            cells = [text_of(cell) for cell in row]
            assert bar.get("aria-label").startswith(f"{cells[0]}: ")
            assert bar.xpath("title")[0].text == bar.get("aria-label")
            if section.xpath("h2/@id") != ["terms"]:
                assert f"{cells[2]} found" in text_of(tree(client, bar.get("href")))
    return drawn


def test_a_column_leads_to_what_it_counts(client: TestClient) -> None:
    assert check_figures(client, "/figures") > 30


def test_of_odd_records_and_all_organisations_too(odd_client: TestClient) -> None:
    assert check_figures(odd_client, "/figures") > 10


def test_each_is_a_picture_and_data_too(client: TestClient) -> None:
    page = tree(client, "/figures")
    for name in NAMES:
        (section,) = page.xpath(f"//section[@aria-labelledby='{name}']")
        links = section.xpath(".//a[text()='SVG' or text()='CSV' or text()='JSON']/@href")
        assert links == [f"/figures/{name}.{form}" for form in ("svg", "csv", "json")]
        response = client.get(links[0])
        assert response.headers["content-type"] == "image/svg+xml"
        assert response.headers["content-security-policy"] == "default-src 'none'"
        picture = lxml.etree.fromstring(response.content)
        told = "".join(picture.itertext())
        title = text_of(section.xpath("h2")[0])
        assert f"{title}, Collective Security Treaty Organisation" in told
        assert "Source: /figures" in told
        words = [bar.get("aria-label") for bar in section.xpath(".//a[@class='bar']")]
        titles = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}title")]
        assert titles[1:] == words
        headings, *rows = rows_of(client, links[1])
        records = client.get(links[2]).json()
        assert [[each[head] or "" for head in headings] for each in records] == rows
        assert len(rows) == len(words)


def test_the_query_that_made_it_is_linked(client: TestClient) -> None:
    page = tree(client, "/figures?organisation=cst")
    (explored,) = page.xpath("//a[@class='ask']/@href")
    assert "query+Figures" in explored
    assert "%22organisation%22%3A+%22cst%22" in explored


def test_one_organisation_or_all(client: TestClient) -> None:
    choice = "//select[@name='organisation']/option"
    assert text_of(tree(client, "/figures").xpath("//h1")[0]).endswith(
        "Collective Security Treaty Organisation"
    )
    every = tree(client, "/figures", organisation="*")
    assert text_of(every.xpath("//h1")[0]) == "In figures: all organisations"
    assert [option.get("value") for option in every.xpath(choice)][:1] == ["*"]
    whole = {row[0]: row[2] for row in rows_of(client, "/figures/memberships.csv?organisation=*")}
    part = {row[0]: row[2] for row in rows_of(client, "/figures/memberships.csv?organisation=cst")}
    assert all(int(whole[year]) >= int(most) for year, most in part.items() if year != "year")
    assert client.get("/figures?organisation=nobody").status_code == 404
    for address in ("/figures/none.csv", "/figures/terms.png"):
        assert client.get(address).status_code == 404


def test_it_says_how_many_are_disputed(client: TestClient) -> None:
    """And leads to those, whatever is chosen; a file that is a picture says it, too."""
    disputed = ask(client, "{ memberships(filter: {disputed: true}) { nodes { key } } }", {})
    assert "csto-uz-first-member" in str(disputed)
    for of in ("csto", "*"):
        page = tree(client, "/figures", organisation=of)
        links = page.xpath("//section[@class='figure']/p[@class='as']/a[contains(., 'disputed')]")
        assert "/memberships" in {str(link.get("href")).partition("?")[0] for link in links}
        for link in links:
            listed = tree(client, link.get("href")).xpath("//main//tbody/tr")
            words = f"{len(listed)} of these {'is' if len(listed) == 1 else 'are'} disputed"
            assert text_of(link) == words
            name = link.get("href").partition("?")[0]
            assert words in client.get(f"/figures{name}.svg?organisation={of}").text
    assert "of these" not in text_of(tree(client, "/figures", organisation="cst"))


def test_what_was_not_known_is_in_no_figure(client: TestClient) -> None:
    early = tree(client, "/figures?known=2018-01-01")
    assert "Zas" not in text_of(early)
    assert "Zas" in text_of(tree(client, "/figures"))
    links = early.xpath("//section//a[@class='bar']/@href")
    assert links
    assert all("known=2018-01-01" in link for link in links)
    assert "as known on 2018-01-01" in client.get("/figures/terms.svg?known=2018-01-01").text


@pytest.fixture(scope="module")
def long_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A club with more terms than a page has."""
    folder = tmp_path_factory.mktemp("long")
    settings = prepare(SqlitePlace(folder).create(), leagues.old_club(folder / "club"))
    with TestClient(create_app(settings), headers=PAGE) as client:
        yield client


def test_data_are_whole_and_a_picture_says_what_it_draws(long_client: TestClient) -> None:
    headings, *rows = rows_of(long_client, "/figures/terms.csv")
    assert headings[0] == "term"
    assert len({row[1] for row in rows}) == len(rows) == 104
    assert [int(row[3]) for row in rows] == sorted((int(row[3]) for row in rows), reverse=True)
    assert len(long_client.get("/figures/terms.json").json()) == 104
    picture = long_client.get("/figures/terms.svg").text
    assert "100 of 104 are drawn. Source:" in picture
    assert "drawn" not in long_client.get("/figures/memberships.svg").text
    assert len(rows_of(long_client, "/organisations/club/picture.csv")) == 105
    assert len(long_client.get("/organisations/club/picture.json").json()) == 104


@pytest.mark.parametrize("name", ["club", "bodies"])
def test_other_worlds(tmp_path: Path, name: str) -> None:
    """Offices without memberships; more organisations than a name alone would tell."""
    folder = getattr(leagues, name)(tmp_path / name)
    settings = prepare(SqlitePlace(tmp_path).create(), folder)
    with TestClient(create_app(settings), headers=PAGE) as client:
        page = tree(client, "/figures")
        sections = {each.get("aria-labelledby"): text_of(each) for each in page.xpath("//section")}
        empty = {each for each, told in sections.items() if "None is recorded" in told}
        filled = {"club": "terms", "bodies": "memberships"}[name]
        assert empty == {*NAMES} - {filled}


def test_nothing_is_told_as_nothing(empty_client: TestClient) -> None:
    page = tree(empty_client, "/figures")
    assert text_of(page).count("None is recorded.") == len(NAMES)
    for name in NAMES:
        assert client_rows(empty_client, name) == []
        lxml.etree.fromstring(empty_client.get(f"/figures/{name}.svg").content)


def client_rows(client: TestClient, name: str) -> Any:  # noqa: ANN401  JSON.
    return client.get(f"/figures/{name}.json").json()


COUNTS = st.dictionaries(
    st.integers(1, 9999), st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=12
)


@given(COUNTS)
def test_columns_are_within_the_picture_and_in_proportion(
    counts: dict[int, tuple[int, int]],
) -> None:
    groups: list[Any] = [
        {"year": year, "count": {"certain": least, "possible": least + more}}
        for year, (least, more) in counts.items()
    ]
    figure = year_figure("events", "", "", {"groups": groups}, {})
    edge, top = 0.0, int(figure.lines[-1].text.replace(",", "")) or 1
    for column, (year, (least, more)) in zip(figure.columns, sorted(counts.items()), strict=True):
        assert column.year == year
        assert column.left >= edge - 0.01
        edge = column.left + column.width
        assert column.certain + column.doubt <= 100.01
        assert column.certain == pytest.approx(100 * least / top, abs=0.001)
        assert column.doubt == pytest.approx(100 * more / top, abs=0.001)
    assert edge <= 100.01
    assert len(figure.lines) <= 6
    assert len(figure.years) <= 10


def test_what_is_not_drawn_is_told_in_files() -> None:
    """What has no year, and that years are left out, as they stand beside the picture."""
    count = {"certain": 1, "possible": 2}
    years: list[Any] = [{"year": year, "count": count} for year in range(1, 1001)]
    undated: list[Any] = [{"year": None, "count": count}]
    for groups, beside, last in (
        (years[:2], [], ["2", "1", "2"]),
        (years[:2] + undated, ["Without a date: 1 to 2"], ["", "1", "2"]),
        (
            years,
            ["Only the 1,000 years that have most"],
            ["Only the 1,000 years that have most", "", ""],
        ),
        (
            years[:999] + undated,
            ["Without a date: 1 to 2", "Only the 999 years that have most"],
            ["Only the 999 years that have most", "", ""],
        ),
    ):
        figure = year_figure("events", "", "", {"groups": groups}, {})
        assert figure.beside == beside
        assert [cell.text for cell in figure.data.rows[-1]] == last
        assert len(figure.data.rows) == len(figure.table.rows) + len(beside)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.none() | st.integers(0, 10**6)), max_size=9))
def test_bars_are_within_the_picture_and_the_longest_first(
    lengths: list[tuple[int, int | None]],
) -> None:
    nodes: list[Any] = [
        {
            "id": f"Term:{number}",
            "period": {"length": {"least": least, "most": None if more is None else least + more}},
        }
        for number, (least, more) in enumerate(lengths)
    ]
    figure = length_figure("terms", "", "", {"nodes": nodes, "totalCount": len(nodes)})
    assert len(figure.bars) == len(lengths)
    assert all(bar.certain >= 0 and bar.certain + bar.doubt <= 100.01 for bar in figure.bars)
    ends = [float("inf") if bar.most is None else bar.most for bar in figure.bars]
    assert ends == sorted(ends, reverse=True)
    assert all(0 <= tick.at <= 100.01 for tick in figure.ticks)


def test_a_term_that_is_disputed_is_drawn_and_told_as_that() -> None:
    length = {"length": {"least": 5, "most": 9}}
    nodes: list[Any] = [
        {"id": f"Term:{disputed}", "period": length, "disputed": disputed}
        for disputed in (True, False)
    ]
    figure = length_figure("terms", "", "", {"nodes": nodes, "totalCount": 2})
    assert [bar.words.endswith("; disputed") for bar in figure.bars] == [True, False]
    assert figure.table.headings[-1] == "disputed"
    assert [row[-1].text for row in figure.table.rows] == ["yes", ""]


@given(st.integers(0, 10**9), st.integers(1, 9))
def test_a_step_is_the_least_that_is_enough(length: int, most: int) -> None:
    step = nice_step(length, most)
    assert length <= step * most
    assert str(step).rstrip("0") in {"1", "2", "5"}
