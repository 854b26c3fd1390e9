"""A small exchange and the company's own closes around four exercises, for the tests of the agreement."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from awards.agreement.worksheet import Closes, WindowClose

NEW_YORK = ZoneInfo("America/New_York")
ONE_DAY = timedelta(days=1)

NO_TRADING = """
    2005-07-04 2005-09-05 2005-11-24 2005-12-26 2006-01-02 2006-01-16 2006-02-20 2006-04-14 2006-05-29 2006-07-04
    2006-09-04 2006-11-23 2006-12-25 2007-01-01 2007-01-02 2007-01-15 2007-02-19 2007-04-06 2007-05-28 2007-07-04
    2007-09-03 2007-11-22 2007-12-25 2008-01-01 2008-01-21 2008-02-18 2008-03-21 2008-05-26 2008-07-04 2008-09-01
    2008-11-27 2008-12-25 2009-01-01 2009-01-19 2009-02-16 2009-04-10 2009-05-25 2009-07-03 2009-09-07 2009-11-26
    2009-12-25"""
HOLIDAYS = {date.fromisoformat(day) for day in NO_TRADING.split()}
CLOSES_AT_ONE = {date(2005, 11, 25), date(2006, 7, 3), date(2006, 11, 24), date(2007, 7, 3), date(2007, 11, 23)}


class SmallExchange:
    """The New York Stock Exchange from July 2005 to the end of 2009, as far as these tests need it."""

    def is_trading_day(self, day: date) -> bool:
        return day.weekday() < 5 and day not in HOLIDAYS

    def close_at(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 13 if day in CLOSES_AT_ONE else 16, tzinfo=NEW_YORK)

    def next_trading_day(self, day: date) -> date:
        day += ONE_DAY
        return day if self.is_trading_day(day) else self.next_trading_day(day)

    def previous_trading_day(self, day: date) -> date:
        day -= ONE_DAY
        return day if self.is_trading_day(day) else self.previous_trading_day(day)

    def trading_days_before(self, day: date, count: int) -> tuple[date, ...]:
        found: list[date] = []
        while len(found) < count:
            day = self.previous_trading_day(day)
            found.insert(0, day)
        return tuple(found)


@pytest.fixture
def calendar() -> SmallExchange:
    return SmallExchange()


# Exercise Date: first day of the Period with the closes of the index and the Stock, then the ten days before.
REAL_CLOSES = {
    "2006-07-03": """
        2005-06-30 1191.33 2.03
        2006-06-19 1240.13 4.19  2006-06-20 1240.12 4.07  2006-06-21 1252.20 4.13  2006-06-22 1245.60 4.13
        2006-06-23 1244.50 4.02  2006-06-26 1250.56 4.03  2006-06-27 1239.20 3.78  2006-06-28 1246.00 3.82
        2006-06-29 1272.87 4.10  2006-06-30 1270.20 4.44""",
    "2007-04-02": """
        2006-03-31 1294.87 5.18
        2007-03-19 1402.06 6.22  2007-03-20 1410.94 6.18  2007-03-21 1435.04 6.17  2007-03-22 1434.54 6.17
        2007-03-23 1436.11 6.18  2007-03-26 1437.50 6.22  2007-03-27 1428.61 6.13  2007-03-28 1417.23 6.03
        2007-03-29 1422.53 6.00  2007-03-30 1420.86 6.10""",
    "2008-02-22": """
        2005-06-30 1191.33 2.03
        2008-02-07 1336.91 3.00  2008-02-08 1331.29 3.00  2008-02-11 1339.13 2.85  2008-02-12 1348.86 2.77
        2008-02-13 1367.21 2.91  2008-02-14 1348.86 2.65  2008-02-15 1349.99 2.48  2008-02-19 1348.78 2.43
        2008-02-20 1360.03 2.25  2008-02-21 1342.53 2.14""",
    "2008-02-01": """
        2005-12-30 1248.29 2.87
        2008-01-17 1333.25 3.06  2008-01-18 1325.19 2.84  2008-01-22 1310.50 2.78  2008-01-23 1338.60 2.96
        2008-01-24 1352.07 2.96  2008-01-25 1330.61 3.00  2008-01-28 1353.96 3.24  2008-01-29 1362.30 3.37
        2008-01-30 1355.81 3.24  2008-01-31 1378.55 3.44""",
}


def _parse(text: str) -> Closes:
    words = text.split()
    days = [date.fromisoformat(word) for word in words[::3]]
    index, stock = [Decimal(word) for word in words[1::3]], [Decimal(word) for word in words[2::3]]
    window = tuple(WindowClose(*row) for row in zip(days[1:], index[1:], stock[1:], strict=True))
    return Closes(days[0], index[0], stock[0], window)


@pytest.fixture
def real_closes() -> dict[str, Closes]:
    """The closes of four Exercise Dates of the company's own history, as traded."""
    return {exercised_on: _parse(text) for exercised_on, text in REAL_CLOSES.items()}


@pytest.fixture
def constructed_closes() -> Closes:
    """§5: the Stock from 100 to 185 and the index from 1300 to 1950 in exactly four years."""
    days = [date(2009, 6, day) for day in (18, 19, 22, 23, 24, 25, 26, 29, 30)] + [date(2009, 7, 1)]
    window = tuple(WindowClose(day, Decimal(1950), Decimal(185)) for day in days)
    return Closes(date(2005, 7, 1), Decimal(1300), Decimal(100), window)
