"""The New York Stock Exchange's Trading Days and closes of trading (§9.1, I7, I11).

The exchange's own calendar comes from `holidays`; `TradingDayOverride` rows say where the exchange did otherwise.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from holidays import financial_holidays

from awards.agreement.errors import AgreementError, NotATradingDay
from awards.market import rows
from awards.market.models import TradingDayOverride

NEW_YORK = ZoneInfo("America/New_York")
FIRST_YEAR, LAST_YEAR = 1990, 2100
CLOSE = time(16)
EARLY_CLOSE = time(13)
# NYSE history: the early closes that were not at 13:00. `holidays` knows the days, its names alone know the times.
OTHER_EARLY_CLOSES = {
    date(1990, 12, 24): time(14),
    date(1991, 12, 24): time(14),
    date(1992, 11, 27): time(14),
    date(1992, 12, 24): time(14),
    date(1994, 2, 11): time(14, 30),
}


class OutsideCalendar(AgreementError):
    """The day lies outside the years that the trading calendar covers."""

    code = "outside_calendar"

    def __init__(self, year: int) -> None:
        super().__init__(f"The trading calendar covers {FIRST_YEAR} to {LAST_YEAR}, not {year}.")
        self.year = year


@dataclass(frozen=True, slots=True)
class Override:
    """What the exchange did on a day: traded until `closes_at`, or, when that is None, did not trade."""

    closes_at: time | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Year:
    trading_days: tuple[date, ...]
    closes: Mapping[date, time]
    closed: Mapping[date, str]


@cache
def _exchange_year(year: int) -> _Year:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise OutsideCalendar(year)
    closed = dict(financial_holidays("XNYS", years=year, categories="public", language="en_US"))
    early = financial_holidays("XNYS", years=year, categories="half_day", language="en_US")
    every_day = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    days = tuple(day for day in every_day if day.year == year and day.weekday() < 5 and day not in closed)
    closes = {day: OTHER_EARLY_CLOSES.get(day, EARLY_CLOSE) if day in early else CLOSE for day in days}
    return _Year(days, closes, closed)


def _overridden(exchange: _Year, overrides: Mapping[date, Override]) -> _Year:
    closes, closed = dict(exchange.closes), dict(exchange.closed)
    for day, override in overrides.items():
        if override.closes_at is None:
            closes.pop(day, None)
            closed[day] = override.reason
        else:
            closes[day] = override.closes_at
            closed.pop(day, None)
    return _Year(tuple(sorted(closes)), closes, closed)


class NewYorkCalendar:
    """`awards.agreement.calendar.TradingCalendar` for the exchange, with what it did otherwise.

    Covers 1990 to 2100; any other day raises OutsideCalendar.
    """

    def __init__(self, overrides: Mapping[date, Override] = MappingProxyType({})) -> None:
        self._overrides: dict[int, dict[date, Override]] = {}
        for day, override in overrides.items():
            self._overrides.setdefault(day.year, {})[day] = override
        self._years: dict[int, _Year] = {}

    def _year(self, year: int) -> _Year:
        known = self._years.get(year)
        if known is None:
            known = _exchange_year(year)
            if year in self._overrides:
                known = _overridden(known, self._overrides[year])
            self._years[year] = known
        return known

    def is_trading_day(self, day: date) -> bool:
        """Whether the Stock is traded on `day`."""
        return day in self._year(day.year).closes

    def close_at(self, day: date) -> datetime:
        """The close of trading on the Trading Day `day`, aware, in New York. Raises NotATradingDay."""
        closes_at = self._year(day.year).closes.get(day)
        if closes_at is None:
            raise NotATradingDay(day)
        return datetime.combine(day, closes_at, NEW_YORK)

    def closes_early(self, day: date) -> bool:
        """Whether `day` is a Trading Day on which trading closes before 16:00."""
        return self._year(day.year).closes.get(day, CLOSE) < CLOSE

    def why_closed(self, day: date) -> str | None:
        """Why there is no trading on `day`: its weekday, the holiday, or an override's reason; else None."""
        if self.is_trading_day(day):
            return None
        return self._year(day.year).closed.get(day) or f"{day:%A}"

    def next_trading_day(self, day: date) -> date:
        """The first Trading Day strictly after `day`."""
        days = self._year(day.year).trading_days
        at = bisect_right(days, day)
        return days[at] if at < len(days) else self._year(day.year + 1).trading_days[0]

    def previous_trading_day(self, day: date) -> date:
        """The last Trading Day strictly before `day`."""
        return self.trading_days_before(day, 1)[0]

    def trading_days_before(self, day: date, count: int) -> tuple[date, ...]:
        """The `count` consecutive Trading Days before `day`, ascending."""
        days = self._year(day.year).trading_days
        at = bisect_left(days, day)
        year = day.year
        while at < count:
            year -= 1
            earlier = self._year(year).trading_days
            days, at = earlier + days, at + len(earlier)
        return days[at - count : at]

    def expected_days(self, start: date, end: date) -> tuple[date, ...]:
        """Every Trading Day from `start` to `end`, both included, ascending: each should have a close."""
        days: list[date] = []
        for year in range(start.year, end.year + 1):
            in_year = self._year(year).trading_days
            days.extend(in_year[bisect_left(in_year, start) : bisect_right(in_year, end)])
        return tuple(days)


class _Overriding(NamedTuple):
    day: date
    kind: str
    closes_at: time | None
    reason: str


def trading_calendar() -> NewYorkCalendar:
    """The exchange's calendar with every recorded override, in one query."""
    found = rows.read_as(_Overriding, TradingDayOverride, _OVERRIDES, [])()
    latest = {row.day: row for row in found}
    return NewYorkCalendar(
        {
            day: Override(None if row.kind == TradingDayOverride.Kind.CLOSED else row.closes_at or CLOSE, row.reason)
            for day, row in latest.items()
            if row.kind != TradingDayOverride.Kind.AS_CALENDAR
        }
    )


_OVERRIDES = "FROM market_tradingdayoverride ORDER BY day, revision"
