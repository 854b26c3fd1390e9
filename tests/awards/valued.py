"""Markets of a few closes in memory, and what an exercise of 5,000 OSOs of 2006-04-01 at 5.18 pays on them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from awards import valuation
from awards.agreement.capital import CapitalAdjustment
from awards.agreement.terms import FORM_2005, Terms
from awards.agreement.worksheet import Worksheet
from awards.market.calendar import NewYorkCalendar
from awards.market.models import ClosingPrice, Series

AWARD_DATE, ON = date(2006, 4, 1), date(2007, 4, 2)
Closes = Mapping[str, tuple[str, str]]


def market(rows: Closes, *adjustments: CapitalAdjustment) -> valuation.Market:
    book: dict[str, dict[date, ClosingPrice]] = {Series.SP500: {}, Series.STOCK: {}}
    for day, prices in rows.items():
        for series, price in zip((Series.SP500, Series.STOCK), prices, strict=True):
            on = date.fromisoformat(day)
            book[series][on] = ClosingPrice(series=series, trading_day=on, close=Decimal(price))
    return valuation.Market(NewYorkCalendar(), valuation.CloseBook(book), adjustments)


def sheet(of: valuation.Market, *, initial_price: str = "5.18", on: date = ON, terms: Terms = FORM_2005) -> Worksheet:
    return valuation.value(
        award_date=AWARD_DATE,
        initial_price=Decimal(initial_price),
        options=5000,
        exercise_date=on,
        market=of,
        terms=terms,
    )
