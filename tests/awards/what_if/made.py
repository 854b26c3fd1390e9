"""Worksheets on closes that are easy to follow by hand, and markets of years of them made up by chance."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

from awards import valuation
from awards.agreement.capital import CapitalAdjustment
from awards.agreement.months import anniversary
from awards.agreement.worksheet import Closes, WindowClose, Worksheet, worksheet
from awards.market.calendar import NewYorkCalendar
from awards.market.models import ClosingPrice, Series

CALENDAR = NewYorkCalendar()
# The Period begins on 2004-06-30; before these Exercise Dates it has lasted exactly one year and two.
AWARD_DATE, STARTS = date(2004, 7, 1), date(2004, 6, 30)
ONE_YEAR, TWO_YEARS = date(2005, 7, 1), date(2006, 7, 3)
SPLITS = (CapitalAdjustment(date(1998, 8, 10), 2, 1), CapitalAdjustment(date(2011, 10, 20), 1, 15))


def flat(stock: str, index: str, *, on: date = ONE_YEAR, options: int = 1, last_stock: str = "") -> Worksheet:
    """From 100 and 1000 at an Initial Price of 100 to ten equal closes; the last one of the Stock may differ.

    The Duration is 1.000 on ONE_YEAR and 2.000 on TWO_YEARS.
    """
    days = CALENDAR.trading_days_before(on, 10)
    closes = [WindowClose(day, Decimal(index), Decimal(stock)) for day in days]
    if last_stock:
        closes[-1] = closes[-1]._replace(stock=Decimal(last_stock))
    return worksheet(
        award_date=AWARD_DATE,
        initial_price=Decimal(100),
        options=options,
        exercise_date=on,
        closes=Closes(STARTS, Decimal(1000), Decimal(100), tuple(closes)),
    )


def made_up(chance: Random, start: date, end: date) -> valuation.Market:
    """A random walk of both series: lively enough to be floored, capped and worthless in turn."""
    stock, index, rows = 2000, 120_000, {}
    for day in CALENDAR.expected_days(start, end):
        stock = max(50, stock + round(stock * chance.gauss(0.0006, 0.025)))
        index = max(5000, index + round(index * chance.gauss(0.0002, 0.011)))
        rows[day] = (Decimal(stock).scaleb(-2), Decimal(index).scaleb(-2))
    return market_of(rows)


def recorded(folder: Path) -> valuation.Market:
    """The closes as traded in a folder's two files (date, close), with the Stock's two splits between them."""
    stock, index = (_read(folder / name) for name in ("stock_close_as_traded.csv", "sp500_close.csv"))
    return market_of({day: (stock[day], index[day]) for day in sorted(stock.keys() & index.keys())}, *SPLITS)


def _read(path: Path) -> dict[date, Decimal]:
    with path.open(newline="") as file:
        return {date.fromisoformat(row["date"]): Decimal(row["close"]) for row in csv.DictReader(file)}


def market_of(rows: dict[date, tuple[Decimal, Decimal]], *splits: CapitalAdjustment) -> valuation.Market:
    book = {
        series: {day: ClosingPrice(series=series, trading_day=day, close=closes[at]) for day, closes in rows.items()}
        for at, series in enumerate((Series.STOCK, Series.SP500))
    }
    return valuation.Market(CALENDAR, valuation.CloseBook(book), splits)


def pairs(market: valuation.Market, chance: Random, count: int) -> Iterator[tuple[Worksheet, Worksheet]]:
    """Random Awards, each on two random Exercise Dates of its term, in the OSOs and shares of the later."""
    days = sorted(market.closes._closes[Series.STOCK])
    for _ in range(count):
        award_date = days[chance.randrange(30, len(days) - 60)]
        first = days.index(award_date) + 2
        term = [day for day in days[first : first + 1060] if day <= anniversary(award_date, 4)]
        earlier, later = sorted(chance.sample(term, 2))
        options = chance.choice((1, 7, 1_000, 25_000, 1_000_003))
        granted = market.closes.close(Series.STOCK, CALENDAR.previous_trading_day(award_date)).close
        yield tuple(  # type: ignore[misc]
            valuation.value(
                award_date=award_date,
                initial_price=granted,
                options=options,
                exercise_date=on,
                market=market,
                basis_on=later,
            )
            for on in (earlier, later)
        )
