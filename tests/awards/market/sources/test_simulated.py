from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from awards.agreement.months import add_months
from awards.agreement.worksheet import Closes, WindowClose, Worksheet, worksheet
from awards.market.calendar import NewYorkCalendar, Override
from awards.market.sources.simulated import ORIGIN, Simulated, simulated_closes

END = date(2026, 11, 20)


def closes(series: str, start: date = ORIGIN, end: date = END, **options: Any) -> dict[date, Decimal]:
    return dict(simulated_closes(series, start, end, **{"calendar": NewYorkCalendar()} | options))


@pytest.mark.parametrize(("series", "lowest", "highest"), [("stock", 15, 60), ("sp500", 3_000, 8_000)])
def test_every_trading_day_has_a_plausible_close_in_cents(
    calendar: NewYorkCalendar, series: str, lowest: int, highest: int
) -> None:
    found = closes(series)
    assert tuple(found) == calendar.expected_days(ORIGIN, END)
    assert all(lowest < close < highest and close.as_tuple().exponent == -2 for close in found.values())


@pytest.mark.parametrize(("series", "most"), [("stock", 8), ("sp500", 5)])
def test_no_day_jumps(series: str, most: int) -> None:
    values = closes(series).values()
    assert max(abs(after - before) / before * 100 for before, after in pairwise(values)) < most


@pytest.mark.parametrize("series", ["stock", "sp500"])
def test_value_of_a_day_depends_on_no_other_question(series: str) -> None:
    every = closes(series)
    day = date(2024, 2, 29)
    assert closes(series, day, day) == {day: every[day]}
    assert closes(series, end=day)[day] == every[day]


def test_value_of_a_day_depends_on_no_closure_before_it() -> None:
    calendar = NewYorkCalendar({date(2024, 2, 27): Override(None, "storm"), date(2024, 3, 2): Override(time(16), "x")})
    every, otherwise = closes("stock"), closes("stock", calendar=calendar)
    assert otherwise.pop(date(2024, 3, 2)) == every[date(2024, 3, 1)]
    assert every.pop(date(2024, 2, 27)) > 0
    assert otherwise == every


def test_other_seeds_and_other_series_move_otherwise() -> None:
    day = date(2022, 1, 3)
    found = {closes("stock", day, day)[day], closes("stock", day, day, seed=1)[day], closes("sp500", day, day)[day]}
    assert len(found) == 3


def test_nothing_is_simulated_before_its_origin() -> None:
    assert closes("stock", date(2020, 1, 1), date(2020, 12, 31)) == {}


@pytest.mark.parametrize(
    ("now", "newest"),
    [("2026-11-20T15:59:59-05:00", date(2026, 11, 19)), ("2026-11-20T16:00:00-05:00", date(2026, 11, 20))],
)
def test_source_delivers_up_to_the_last_close_of_trading(settings: Any, now: str, newest: date) -> None:
    settings.DEMO = True
    [fetched] = Simulated().fetch(
        "stock", since=date(2026, 11, 9), now=datetime.fromisoformat(now), calendar=NewYorkCalendar()
    )
    assert (fetched.name, fetched.closes[0].day, fetched.closes[-1].day) == (
        "simulation (fictional)",
        date(2026, 11, 9),
        newest,
    )


def award_on(day: date, on: date) -> tuple[bool, bool]:
    """Whether the Stock outperformed the index between the two days, and whether it rose more than the index did."""
    calendar = NewYorkCalendar()
    start, end = calendar.previous_trading_day(day), calendar.previous_trading_day(on)
    stock, index = closes("stock", start, end), closes("sp500", start, end)
    multiplies = stock[end] / stock[start] > index[end] / index[start]
    return multiplies, stock[end] > stock[start] * max(index[end] / index[start], Decimal(1)) and multiplies


def test_awards_of_the_last_four_years_are_worth_much_little_and_nothing() -> None:
    quarter_days = [date(year, month, 1) for year in range(2022, 2027) for month in (1, 4, 7, 10)][3:]
    outcomes = [award_on(day, date(2026, 11, 23)) for day in quarter_days]
    multiplies, pays = (sum(column) for column in zip(*outcomes, strict=True))
    assert (len(outcomes), multiplies, pays) == (17, 13, 12)


def sheets(on: date, market: tuple[dict[date, Decimal], dict[date, Decimal]]) -> list[Worksheet]:
    """One OSO of each vested Award of a quarter day, valued on `on`."""
    stock, sp500 = market
    window = NewYorkCalendar().trading_days_before(on, 10)
    quarter_days = [date(year, month, 1) for year in range(on.year - 4, on.year) for month in (1, 4, 7, 10)]
    starts = {
        award_date: NewYorkCalendar().previous_trading_day(award_date)
        for award_date in quarter_days
        if add_months(award_date, 12) <= on < add_months(award_date, 48)
    }
    return [
        worksheet(
            award_date=award_date,
            initial_price=stock[start],
            options=1,
            exercise_date=on,
            closes=Closes(
                start, sp500[start], stock[start], tuple(WindowClose(day, sp500[day], stock[day]) for day in window)
            ),
        )
        for award_date, start in starts.items()
    ]


def without_variety(dates: list[date]) -> list[date]:
    """The days on which no vested Award pays 25 cents an OSO or more, or none has the Multiplier 0."""
    market = closes("stock", end=dates[-1]), closes("sp500", end=dates[-1])
    found = {day: sheets(day, market) for day in dates}
    return [
        day
        for day, each in found.items()
        if max(sheet.per_option for sheet in each) < Decimal("0.25") or all(sheet.multiplier for sheet in each)
    ]


def test_every_month_until_2046_has_awards_that_pay_and_awards_worth_nothing() -> None:
    assert without_variety([date(year, month, 1) for year in range(2027, 2047) for month in range(1, 13)]) == []


@pytest.mark.soak
def test_every_day_until_2046_has_awards_that_pay_and_awards_worth_nothing() -> None:
    assert without_variety([date(2026, 9, 1) + timedelta(days=number) for number in range(7_425)]) == []


def test_what_was_simulated_before_it_repeats_stays_as_it_was() -> None:
    day = date(2027, 5, 28)
    assert (closes("stock", day, day), closes("sp500", day, day)) == (
        {day: Decimal("45.54")}, {day: Decimal("6174.26")},
    )  # fmt: skip


def test_closes_stay_plausible_until_2046() -> None:
    found = closes("stock", end=date(2046, 12, 31)).values()
    assert (min(found) > 10, max(found) < 200) == (True, True)
    assert max(abs(after - before) / before * 100 for before, after in pairwise(found)) < 8
