"""Today or later, worked by hand on an Award of 2006-04-01 at 5.18: 6,233.80 for 5,000 on 2007-04-02."""

from datetime import date
from decimal import Decimal

import pytest

from awards.market.calendar import NewYorkCalendar
from awards.what_if.waiting import a_month_later, reaching, tomorrow, trading_day_from, waiting
from tests import builders as given
from tests.awards.valued import market, sheet

CALENDAR = NewYorkCalendar()
A_MONTH_ON = date(2007, 5, 2)


@pytest.fixture
def first():
    return sheet(market(given.CLOSES_2007_04_02))


def test_a_month_costs_505_60_if_nothing_moves(first) -> None:
    found = waiting(first, A_MONTH_ON, CALENDAR)
    assert (found.first.consideration, found.later.consideration) == (Decimal("6233.80"), Decimal("5728.20"))
    assert found.effect == Decimal("-505.60")


def test_break_even_is_the_lowest_cent_that_pays_as_much(first) -> None:
    # At 6.11, the closes in proportion: 17.260 − 9.230 = 8.030 %, 2.920; 0.4112748 × 2.920 × 5,000 = 6,004.61.
    # At 6.12: 17.439 − 9.230 = 8.209 %, 2.985; 0.4212748 × 2.985 × 5,000 = 6,287.53.
    found = waiting(first, A_MONTH_ON, CALENDAR)
    assert (found.even.fmv, found.even.consideration) == (Decimal("6.12"), Decimal("6287.53"))
    assert round(found.move, 3) == Decimal("0.328")


def test_break_even_of_nothing_is_the_lowest_cent_that_pays_anything() -> None:
    # At 6.20 the Adjusted Price is 6.8208680, so 6.82 pays nothing and 6.83 does: 30.0 % a year is far over the cap.
    dear = sheet(market(given.CLOSES_2007_04_02), initial_price="6.20")
    found = waiting(dear, A_MONTH_ON, CALENDAR)
    assert (found.first.consideration, found.effect) == (Decimal("0.00"), Decimal("0.00"))
    assert found.even.fmv == Decimal("6.83")


@pytest.mark.parametrize("amount", ["0.01", "5728.20", "5728.21", "1000000"])
def test_a_cent_less_would_not_reach_the_amount(first, amount: str) -> None:
    wanted = Decimal(amount)
    found = reaching(first, wanted)
    less = reaching(first, found.consideration + Decimal("0.01"))
    assert found.consideration >= wanted
    assert less.fmv == found.fmv + Decimal("0.01")


def test_tomorrow_drops_the_first_close_and_waits_for_one(first) -> None:
    roll = tomorrow(first, CALENDAR)
    assert (roll.leaves.day, roll.leaves.stock, roll.enters_on) == (
        date(2007, 3, 19), Decimal("6.22"), date(2007, 4, 2),
    )  # fmt: skip
    assert (roll.sheet.exercise_date, roll.sheet.consideration) == (date(2007, 4, 3), Decimal("5800.14"))


@pytest.mark.parametrize(
    ("day", "last_day", "expected"),
    [
        ("2007-04-02", "2010-04-01", "2007-05-02"),
        ("2007-05-31", "2010-04-01", "2007-07-02"),  # 2007-06-30 is a Saturday
        ("2007-04-02", "2007-05-02", "2007-05-02"),
        ("2007-04-02", "2007-05-01", "2007-05-01"),
    ],
)
def test_a_month_later_never_passes_the_last_day(day: str, last_day: str, expected: str) -> None:
    found = a_month_later(date.fromisoformat(day), CALENDAR, date.fromisoformat(last_day))
    assert found == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "expected"), [("2007-04-05", "2007-04-05"), ("2007-04-06", "2007-04-09"), ("2007-04-07", "2007-04-09")]
)
def test_a_day_without_trading_gets_the_next_trading_day(day: str, expected: str) -> None:
    assert trading_day_from(date.fromisoformat(day), CALENDAR) == date.fromisoformat(expected)
