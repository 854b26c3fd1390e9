"""Fictional closes for the demo, in whole-number arithmetic. Nothing here is anybody's price.

A day's value depends on the seed and the weekdays since the origin alone: not on the days asked for, nor on the
exchange's calendar, so tomorrow's run agrees with today's.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from django.conf import settings

from awards.market.calendar import NEW_YORK, NewYorkCalendar
from awards.market.models import Series
from awards.market.parsing import DatedClose
from awards.market.sources.source import Fetched

NAME = "simulation (fictional)"
ORIGIN = date(2021, 1, 4)
SEED = 473
_ONE = 1_000_000
# Millionths of the currency unit at the origin.
_FIRST_LEVEL = {Series.STOCK: 20 * _ONE, Series.SP500: 4_000 * _ONE}
# From each day on, what a weekday adds on average, in millionths: of the market, and of the Stock beyond it.
# The Stock leads, then falls behind in 2025, so that some Awards are worth much and some nothing.
_PHASES = (
    (ORIGIN, 500, 300),
    (date(2022, 1, 3), -800, 100),
    (date(2022, 10, 3), 550, 350),
    (date(2024, 1, 2), 450, 450),
    (date(2025, 2, 3), 300, -700),
    (date(2025, 10, 1), 350, 650),
    (date(2026, 12, 1), 300, -300),
)
_STARTS = tuple(start for start, _, _ in _PHASES)
# Four draws of up to this much either way: a day's move of some 0.8 % for the market, 1.4 % for the Stock.
_MARKET_DRAW, _STOCK_DRAW = 7_000, 10_000

# From here on what was random is pulled back each weekday, by millionths of the way, to a path that repeats: left to
# itself it would wander off, and in some year no Award would pay, or every one.
REPEATS_FROM = date(2027, 6, 1)
_GROWTH = 240
_MARKET_PULL, _STOCK_PULL = 50_000, 400_000
_LATER_MARKET_DRAW, _LATER_STOCK_DRAW = 4_000, 2_500
# The Stock in millionths of the index: its path, the peak on the eve of each January, and the trough on the eve of July
# every third year. A day is valued by ten closes and an Award Date by one, so that even on a peak an earlier peak
# outdoes it; a trough has no such help, and each is shallower than the one before.
_USUAL, _PEAK = 7_400, 740
_PEAK_DAYS, _TROUGH_DAYS = 14, 160
_TROUGHS = {2029 + 3 * number: 1_180 - 180 * number for number in range(7)}


def simulated_closes(
    series: str, start: date, end: date, calendar: NewYorkCalendar, seed: int = SEED
) -> list[tuple[date, Decimal]]:
    """A fictional close, two decimals, for each Trading Day from `start` to `end`, both included; none before 2021."""
    expected = calendar.expected_days(max(start, ORIGIN), end)
    if not expected:
        return []
    levels = dict(_levels(series, expected[-1], seed))
    # A Saturday on which the exchange trades after all has Friday's value.
    return [(day, _cents(levels[_weekday_on_or_before(day)])) for day in expected]


def _levels(series: str, end: date, seed: int) -> Iterator[tuple[date, int]]:
    market = Random(f"{seed}:market")  # noqa: S311 - a simulation, not a secret
    own = Random(f"{seed}:{Series.STOCK}")  # noqa: S311 - a simulation, not a secret
    stock, index, trend = _FIRST_LEVEL[Series.STOCK], _FIRST_LEVEL[Series.SP500], 0
    for number in range((end - ORIGIN).days + 1):
        day = ORIGIN + timedelta(days=number)
        if day.weekday() >= 5:
            continue
        move = _draws(market, _MARKET_DRAW if day < REPEATS_FROM else _LATER_MARKET_DRAW)
        if day < REPEATS_FROM:
            _, market_drift, stock_drift = _PHASES[bisect_right(_STARTS, day) - 1]
            stock += stock * (market_drift + move + stock_drift + _draws(own, _STOCK_DRAW)) // _ONE
            trend = index = index + index * (market_drift + move) // _ONE
        else:
            trend += trend * _GROWTH // _ONE
            stock += stock * (move + _draws(own, _LATER_STOCK_DRAW)) // _ONE
            index += index * move // _ONE + (trend - index) * _MARKET_PULL // _ONE
            stock += (index * _path(day) // _ONE - stock) * _STOCK_PULL // _ONE
        yield day, stock if series == Series.STOCK else index


def _path(day: date) -> int:
    """What the Stock is drawn to on that day, in millionths of the index."""
    january = day.year + (day.month > 6)
    peak = _PEAK * max(0, _PEAK_DAYS - _days_from(day, date(january, 1, 1))) // _PEAK_DAYS
    trough = _TROUGHS.get(day.year, 0) * max(0, _TROUGH_DAYS - _days_from(day, date(day.year, 7, 1))) // _TROUGH_DAYS
    return _USUAL + peak - trough


def _days_from(day: date, award_date: date) -> int:
    """How far, either way, from the last weekday before an Award Date."""
    return abs((day - _weekday_on_or_before(award_date - timedelta(days=1))).days)


def _draws(random: Random, most: int) -> int:
    return sum(random.randint(-most, most) for _ in range(4))


def _cents(level: int) -> Decimal:
    return Decimal(level).scaleb(-6).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _weekday_on_or_before(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """The demo's source. Refused unless the portal is a demo, so that no fiction gets among real closes."""

    start: str = "2021-01-04"
    seed: int = SEED

    def __post_init__(self) -> None:
        if not settings.DEMO:
            raise ValueError('"simulated" is for the demo only (PORTAL_DEMO=1)')
        date.fromisoformat(self.start)

    @property
    def name(self) -> str:
        return NAME

    def fetch(self, series: str, *, since: date, now: datetime, calendar: NewYorkCalendar) -> Iterator[Fetched]:
        start = max(since, date.fromisoformat(self.start))
        closes = simulated_closes(series, start, _last_closed(now, calendar), calendar, self.seed)
        yield Fetched(self.name, tuple(DatedClose(row, day, close) for row, (day, close) in enumerate(closes, start=1)))


def _last_closed(now: datetime, calendar: NewYorkCalendar) -> date:
    today = now.astimezone(NEW_YORK).date()
    is_closed = calendar.is_trading_day(today) and calendar.close_at(today) <= now
    return today if is_closed else calendar.previous_trading_day(today)
