"""Lists that count, page and search no further than their bounds, and the days above them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.core.paginator import InvalidPage
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from awards.market import finding, long_list
from awards.market.finding import Search, by_day, by_number, exactly
from awards.market.long_list import FirstRows, each_value
from awards.market.models import ClosingPrice, TradingDayOverride
from tests import builders
from tests.awards.admin.people import signed_in, superuser

pytestmark = pytest.mark.django_db
Record = Callable[..., ClosingPrice]
DAYS = ["2005-12-30", "2006-02-28", "2006-03-01", "2007-03-29"]


@pytest.fixture
def root() -> Client:
    return signed_in(superuser())


@pytest.fixture
def closes(record: Record) -> list[ClosingPrice]:
    return [record(day, "6.10") for day in DAYS]


def days(keys: list[int]) -> list[str]:
    return sorted(str(day) for day in ClosingPrice.objects.filter(pk__in=keys).values_list("trading_day", flat=True))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2006", DAYS[1:3]),
        ("2006-02", DAYS[1:2]),
        ("2006-02-28", DAYS[1:2]),
        ("2006-02-27", []),
        ("2005-12", DAYS[:1]),
        ("2007-02-29", []),
        ("2006-13", []),
        ("0000", []),
        ("2006-2", []),
        ("200", []),
        ("2006 ", []),
    ],
)
def test_day_month_or_year_names_its_days(closes: Any, text: str, found: list[str]) -> None:
    assert days(by_day("trading_day")(ClosingPrice.objects.all(), Search(text))) == found


@pytest.mark.parametrize("text", ["{}", "A-{}", "a-{}", "A-{:06d}", "000{}"])
def test_number_names_its_row(closes: list[ClosingPrice], text: str) -> None:
    key = closes[1].pk
    assert by_number("A")(ClosingPrice.objects.all(), Search(text.format(key))) == [key]


@pytest.mark.parametrize("text", ["B-{}", "A{}", "-{}", "{}.0", "A-", "A-0", "٣", "9" * 40])
def test_what_is_no_number_names_no_row(closes: list[ClosingPrice], text: str) -> None:
    assert by_number("A")(ClosingPrice.objects.all(), Search(text.format(closes[1].pk))) == []


@pytest.mark.parametrize(("text", "is_number"), [("A-{}", True), ("{}", False), ("000{}", False), ("B-{}", False)])
def test_number_with_its_letters_is_nothing_else(closes: list[ClosingPrice], text: str, is_number: bool) -> None:
    search = Search(text.format(closes[1].pk))
    by_number("A")(ClosingPrice.objects.all(), search)
    assert search.is_number == is_number


def test_number_that_needs_its_letter(closes: list[ClosingPrice]) -> None:
    find, key = by_number("A", is_bare=False), closes[1].pk
    assert [find(ClosingPrice.objects.all(), Search(text)) for text in (f"A-{key}", str(key))] == [[key], []]


def test_exact_text_is_found_as_typed_and_in_small_letters(closes: list[ClosingPrice]) -> None:
    source = closes[0].source
    found = [exactly("source")(ClosingPrice.objects.all(), Search(text)) for text in (source.upper(), source[:-1])]
    assert [len(keys) for keys in found] == [4, 0]


@pytest.mark.parametrize(("most", "found", "is_cut"), [(3, 3, True), (4, 4, False), (5, 4, False)])
def test_search_finds_no_more_than_its_bound(
    closes: Any, monkeypatch: pytest.MonkeyPatch, root: Client, most: int, found: int, is_cut: bool
) -> None:
    monkeypatch.setattr(finding, "MOST_FOUND", most)
    search = Search("")
    assert (len(search.keys(ClosingPrice.objects.all())), search.is_cut) == (found, is_cut)
    monkeypatch.setattr(finding, "MOST_FOUND", most - 2)
    shown = root.get("/admin/market/closingprice/", {"q": "2006"}).content.decode()
    assert ("More rows match than are shown." in shown) == (most == 3)


@pytest.mark.parametrize(("most", "counted"), [(3, 3), (4, 4), (5, 4)])
def test_list_counts_no_further_than_its_bound(
    closes: Any, monkeypatch: pytest.MonkeyPatch, most: int, counted: int
) -> None:
    monkeypatch.setattr(long_list, "MOST_ROWS", most)
    assert FirstRows(ClosingPrice.objects.all(), 2).count == counted


def test_pages_are_the_rows_in_their_order_and_no_others(closes: list[ClosingPrice]) -> None:
    pages = FirstRows(ClosingPrice.objects.order_by("trading_day"), 3)
    assert [list(pages.page(number)) for number in (1, 2)] == [closes[:3], closes[3:]]
    with pytest.raises(InvalidPage):
        pages.page(3)


def test_page_reads_the_rows_before_it_without_their_relations(closes: Any) -> None:
    pages = FirstRows(ClosingPrice.objects.select_related("recorded_by"), 3)
    with CaptureQueriesContext(connection) as queries:
        assert len(list(pages.page(2))) == 1
    counted, keys, page = (query["sql"] for query in queries)
    assert "JOIN" not in counted + keys
    assert "OFFSET 3" in keys
    assert "OFFSET" not in page


def test_values_of_a_filter_are_each_of_those_there_are(record: Record) -> None:
    field = ClosingPrice._meta.get_field("source")
    assert each_value(ClosingPrice, field) == []
    for number, source in enumerate(["b", "a", "b", "c"]):
        record(DAYS[number], "6.10", source=source)
    assert each_value(ClosingPrice, field) == ["a", "b", "c"]


def above(**given: str) -> tuple[str, list[str]]:
    """The title of the way back, and what can be chosen, above the list of overrides."""
    request = RequestFactory().get("/", {f"day__{name}": value for name, value in given.items()})
    request.user = superuser()
    shown = admin.site._registry[TradingDayOverride].get_changelist_instance(request).days_above()
    if not shown:
        return "", []
    return (shown["back"] or {"title": ""})["title"], [choice["title"] for choice in shown["choices"]]


@pytest.fixture
def overrides(now: datetime) -> None:
    for day in ("2006-11-29", "2007-01-30", "2008-02-02"):
        TradingDayOverride.objects.create(
            day=day, kind="closed", reason="x", recorded_by=builders.person("maker"), recorded_at=now
        )


@pytest.mark.parametrize(
    ("given", "back", "choices"),
    [
        ({}, "", ["2006", "2007", "2008"]),
        ({"year": "2006"}, "All dates", ["November 2006", "December 2006"]),
        ({"year": "2008"}, "All dates", ["January 2008", "February 2008"]),
        ({"year": "2006", "month": "11"}, "2006", ["November 29", "November 30"]),
        ({"year": "2008", "month": "2"}, "2008", ["February 1", "February 2"]),
        ({"year": "2008", "month": "2", "day": "1"}, "February 2008", ["February 1"]),
        ({"year": "2011"}, "All dates", ["2011"]),
        ({"month": "2"}, "", ["2006", "2007", "2008"]),
    ],
)
def test_days_above_the_list(overrides: None, given: dict[str, str], back: str, choices: list[str]) -> None:
    assert above(**given) == (back, choices)


def test_days_above_a_list_of_one_year_begin_with_its_months(now: datetime) -> None:
    TradingDayOverride.objects.create(
        day=date(2007, 3, 1), kind="closed", reason="x", recorded_by=builders.person("maker"), recorded_at=now
    )
    assert above() == ("All dates", ["March 2007"])


def test_nothing_is_above_an_empty_list() -> None:
    assert above() == ("", [])
