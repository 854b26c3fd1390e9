"""What is supposed of the closes, worked by hand on an Award of 2006-04-01 at 5.18 exercised on 2007-04-02."""

from datetime import date
from decimal import Decimal

import pytest

from awards.agreement.worksheet import Worksheet
from awards.market.calendar import NewYorkCalendar
from awards.what_if.suppose import levelled, nothing_moved, steady, supposed
from tests import builders as given
from tests.awards.valued import ON, market, sheet

CALENDAR = NewYorkCalendar()
LAST = {"stock": Decimal("6.10"), "index": Decimal("1420.86")}


def if_(*, on: date = ON, options: int = 5000, **levels: str) -> Worksheet:
    prices = LAST | {name: Decimal(level) for name, level in levels.items()}
    of = sheet(market(given.CLOSES_2007_04_02))
    return supposed(of, **prices, exercise_date=on, options=options, calendar=CALENDAR)


class TestSupposed:
    def test_nothing_changed_is_the_worksheet_on_record(self) -> None:
        assert if_() == sheet(market(given.CLOSES_2007_04_02))

    def test_a_stock_price_is_taken_for_all_ten_days(self) -> None:
        # (6.50 − 5.18) / 5.18 / 0.997 = 25.559 % less 10.044 % is over 11: 4.000. (6.50 − 5.6987252) × 4 × 5,000.
        found = if_(stock="6.50")
        assert {close.stock for close in found.closes.window} == {Decimal("6.50")}
        assert (found.annualized_stock, found.multiplier) == (Decimal("25.559"), Decimal("4.000"))
        assert found.consideration == Decimal("16025.50")

    def test_an_index_level_is_taken_for_all_ten_days_and_leaves_the_stock(self) -> None:
        # 205.13 / 1294.87 = 15.842 %, Adjusted 6.0006156; 18.589 − 15.889 = 2.700 %, 0.982; 0.0993844 × 0.982 × 5,000.
        found = if_(index="1500")
        assert (found.stock_end, found.adjusted_price) == (Decimal("6.14"), Decimal("6.0006156"))
        assert (found.outperform, found.multiplier) == (Decimal("2.700"), Decimal("0.982"))
        assert found.consideration == Decimal("487.98")

    def test_prices_left_alone_keep_the_closes_on_record_on_a_later_day(self) -> None:
        # 2007-03-19 leaves, the last closes come again: averages 6.128 and 1426.422, Duration 1.005, FMV 6.10.
        # 10.159 %, Adjusted 5.7062362; 18.210 − 10.109 = 8.101 %, 2.946; 0.3937638 × 2.946 × 5,000.
        found = if_(on=date(2007, 4, 3))
        assert (found.stock_end, found.sp_end) == (Decimal("6.128"), Decimal("1426.422"))
        assert (found.multiplier, found.consideration) == (Decimal("2.946"), Decimal("5800.14"))

    def test_a_changed_price_replaces_the_closes_on_record_on_a_later_day_too(self) -> None:
        found = if_(on=date(2007, 4, 3), stock="6.50")
        assert {close.stock for close in found.closes.window} == {Decimal("6.50")}
        assert found.sp_end == Decimal("1426.422")

    def test_ten_trading_days_later_every_close_is_still_to_come(self) -> None:
        found = if_(on=date(2007, 4, 17))
        assert (found.stock_end, found.sp_end) == (Decimal("6.10"), Decimal("1420.86"))


def test_steady_levels_are_both_averages_and_the_fair_market_value() -> None:
    found = steady(sheet(market(given.CLOSES_2007_04_02)), stock=Decimal("7"), index=Decimal("1400"))
    assert (found.stock_end, found.sp_end, found.fmv) == (Decimal(7), Decimal(1400), Decimal(7))


def test_nothing_moved_changes_the_duration_alone() -> None:
    # Until 2007-05-01: 1 + 31/366 = 1.085. 17.081 − 9.230 = 7.851 %, 2.855; 0.4012748 × 2.855 × 5,000.
    found = nothing_moved(sheet(market(given.CLOSES_2007_04_02)), date(2007, 5, 2), CALENDAR)
    assert (found.period_end, found.duration) == (date(2007, 5, 1), Decimal("1.085"))
    assert (found.adjusted_price, found.multiplier) == (Decimal("5.6987252"), Decimal("2.855"))
    assert found.consideration == Decimal("5728.20")


class TestLevelled:
    @pytest.fixture
    def window(self):
        return sheet(market(given.CLOSES_2007_04_02)).closes.window

    def test_moves_each_close_in_proportion(self, window) -> None:
        moved = levelled(window, stock=Decimal("12.20"))
        assert [close.stock for close in moved] == [close.stock * 2 for close in window]
        assert [close.sp500 for close in moved] == [close.sp500 for close in window]

    def test_a_level_that_stays_leaves_the_window_as_it_is(self, window) -> None:
        assert levelled(window, stock=Decimal("6.100000"), index=Decimal("1420.86")) == window
