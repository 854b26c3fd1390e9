from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from awards.market.calendar import NewYorkCalendar
from awards.market.chart import RANGES, Cell, Chart, chart, thin
from awards.market.models import ClosingPrice, HeldClose
from awards.market.parsing import DatedClose
from awards.market.recording import record_closes

pytestmark = pytest.mark.django_db
Record = Callable[..., ClosingPrice]
EVENING = datetime.fromisoformat("2007-03-30T18:00-04:00")


def drawn(chosen: str, now: datetime = EVENING) -> Chart:
    found = chart(chosen, now=now, calendar=NewYorkCalendar())
    assert found
    return found


@pytest.fixture
def week(record: Record) -> None:
    """Monday, Tuesday, Thursday and Friday of the Stock; the index on Friday only."""
    for day, close in (("26", "6.00"), ("27", "6.20"), ("29", "6.40"), ("30", "6.80")):
        record(f"2007-03-{day}", close)
    record("2007-03-30", "1420.86", series="sp500")


def held(day: str, now: datetime) -> None:
    HeldClose.objects.create(
        series="stock", trading_day=day, close="60", source="x", reason="disagreement", received_at=now
    )


@pytest.mark.usefixtures("week")
def test_line_is_broken_where_a_close_is_missing() -> None:
    stock, index = drawn("1M").panels
    # Four days on 1,000 across; 6.0 to 6.8 on 200 down, a line each 0.2.
    assert stock.lines == ("M0 200L250 150", "M750 100L1000 0")
    assert stock.grid == ((200, "6"), (150, "6.2"), (100, "6.4"), (50, "6.6"), (0, "6.8"))
    assert (stock.gaps, index.gaps) == (((500, 3),), ())
    assert len(index.lines) == 1
    assert index.lines[0].startswith("M1000 ")


@pytest.mark.usefixtures("week")
def test_held_day_is_marked(now: datetime) -> None:
    held("2007-03-28", now)
    found = drawn("1M")
    assert found.panels[0].held == (500,)
    assert found.panels[0].description == (
        "Stock from 6 on 2007-03-26 to 6.8 on 2007-03-30, between 6 and 6.8; 1 missing, 1 held."
    )
    assert dict(found.rows)["2007-03-28"] == (Cell(held=1), Cell())


@pytest.mark.usefixtures("week")
@pytest.mark.parametrize(
    ("chosen", "period"), [("1M", "2007-03-28"), ("1Y", "2007-03"), ("5Y", "2007 Q1"), ("all", "2007")]
)
def test_table_has_a_row_for_each_period(chosen: str, period: str) -> None:
    rows = dict(drawn(chosen).rows)
    last = Cell(missing=1) if chosen == "1M" else Cell("6", "6.8", "6.8", missing=1)
    assert (len(rows), rows[period][0]) == (5 if chosen == "1M" else 1, last)


def test_latest_revision_is_drawn(record: Record, maker: User, checker: User) -> None:
    record("2007-03-29", "6.00")
    record("2007-03-29", "6.10", revision=2, recorded_by=maker, approved_by=checker)
    record("2007-03-30", "6.10")
    assert drawn("1M").panels[0].description.startswith("Stock from 6.1 on 2007-03-29")


@pytest.mark.parametrize(
    ("chosen", "start"),
    [("1M", date(2007, 2, 27)), ("1Y", date(2006, 3, 29)), ("5Y", date(2002, 3, 26)), ("all", date(2001, 1, 2))],
)
def test_range_ends_with_the_last_close_that_is_due(record: Record, chosen: str, start: date) -> None:
    record("2001-01-02", "6.10")
    found = drawn(chosen)
    assert (found.start, found.end) == (start, date(2007, 3, 30))
    # 5 times 366 days; the middle lies half way.
    assert found.middle == start + (found.end - start) / 2


def test_close_recorded_before_it_is_due_is_drawn_and_the_others_are_not_missing(record: Record) -> None:
    record("2007-03-29", "1422.53", series="sp500")
    record("2007-03-29", "6.10")
    record("2007-03-30", "6.20")
    found = drawn("1M", datetime.fromisoformat("2007-03-30T16:30-04:00"))
    assert (found.end, [panel.gaps for panel in found.panels]) == (date(2007, 3, 30), [(), ()])


def test_nothing_recorded_is_nothing_to_draw() -> None:
    assert chart("1Y", now=EVENING, calendar=NewYorkCalendar()) is None


def test_thinning_keeps_every_extreme() -> None:
    places = [(across, 100 + across % 3) for across in range(1000) for _ in range(5)]
    places[2222] = (places[2222][0], 7)
    places[3333] = (places[3333][0], 193)
    kept = thin(places)
    assert len(kept) <= 4 * 250
    assert (kept[0], kept[-1]) == (places[0], places[-1])
    assert {min(down for _, down in kept), max(down for _, down in kept)} == {7, 193}
    assert kept == sorted(kept, key=lambda place: place[0])


def many_years(calendar: NewYorkCalendar) -> None:
    days = calendar.expected_days(date(1990, 1, 2), date(2007, 3, 30))
    for series, level in (("stock", 20), ("sp500", 900)):
        closes = [DatedClose(row, day, level + Decimal(row % 400) / 100) for row, day in enumerate(days)]
        record_closes(series=series, closes=closes, source="x", recorded_by=None, now=EVENING)


def test_page_of_seventeen_years_is_small_and_takes_few_queries(
    client: Client, calendar: NewYorkCalendar, at: Callable[[str], datetime], django_assert_num_queries: Any
) -> None:
    at("2007-03-30T18:00-04:00")
    many_years(calendar)
    client.force_login(User.objects.create_superuser("root"))
    url = reverse("admin:market_closingprice_chart")
    client.get(url)
    for chosen in RANGES:
        with django_assert_num_queries(7):
            page = client.get(url, {"range": chosen})
        assert page.status_code == 200
        assert len(page.content) < 60_000
        assert b" style=" not in page.content


def test_range_that_is_none_is_the_usual_one(client: Client, record: Record) -> None:
    record("2007-03-29", "6.10")
    client.force_login(User.objects.create_superuser("root"))
    page = client.get(reverse("admin:market_closingprice_chart"), {"range": "<script>"})
    assert (page.context["chosen"], b"<script>" in page.content) == ("1Y", False)


def test_chart_needs_the_permission_to_see_closes(client: Client) -> None:
    user = User.objects.create_user("staff", is_staff=True)
    client.force_login(user)
    assert client.get(reverse("admin:market_closingprice_chart")).status_code == 403


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_chart_fits_the_screen(
    page: Any, live_server: Any, client: Client, calendar: NewYorkCalendar, at: Callable[[str], datetime],
    width: int, theme: str, now: datetime,
) -> None:  # fmt: skip
    at("2007-03-30T18:00-04:00")
    many_years(calendar)
    held("2007-03-28", now)
    client.force_login(User.objects.create_superuser("root"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(live_server.url + reverse("admin:market_closingprice_chart") + "?range=5Y")
    assert page.get_by_role("img", name="Stock, closes").bounding_box()["width"] > width / 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
