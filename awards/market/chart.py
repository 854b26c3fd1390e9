"""Both series as two panels of a drawing and a table: whole-number coordinates, for a template to write out."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise

from awards.market.calendar import NewYorkCalendar
from awards.market.gaps import Gap, runs
from awards.market.missing import grace, last_due
from awards.market.models import ClosingPrice, HeldClose, Series, plain
from awards.market.queries import first_days, newest_days

WIDTH, HEIGHT = 1000, 200
# Beyond this many closes a column keeps its first, lowest, highest and last, so that no extreme is lost.
MOST_POINTS, _COLUMNS = 1000, 250
_LEAST_WIDTH = 3
RANGES = {"1M": timedelta(days=31), "1Y": timedelta(days=366), "5Y": timedelta(days=5 * 366), "all": None}
USUAL = "1Y"
Closes = dict[date, Decimal]


@dataclass(frozen=True, slots=True)
class Panel:
    """One series. `lines`: path data, broken where a close is missing; `grid`: height and close of each line."""

    series: str
    label: str
    lines: tuple[str, ...]
    grid: tuple[tuple[int, str], ...]
    gaps: tuple[tuple[int, int], ...]
    held: tuple[int, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One series in one period of the table; no figures where no close is recorded."""

    low: str = "–"
    high: str = "–"
    last: str = "–"
    missing: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    start: date
    end: date
    middle: date
    panels: tuple[Panel, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Found:
    closes: Closes
    missing: tuple[date, ...]
    held: frozenset[date]


def chart(chosen: str, *, now: datetime, calendar: NewYorkCalendar) -> Chart | None:
    """The chart of a range, up to the last close that is due or recorded; None while nothing is recorded."""
    firsts = first_days()
    if not firsts:
        return None
    end = max(last_due(now, calendar), *newest_days().values())
    span = RANGES[chosen]
    start = min(firsts.values()) if span is None else max(end - span, min(firsts.values()))
    expected = {
        series: calendar.expected_days(max(start, first), last_due(now, calendar, grace(series)))
        for series, first in firsts.items()
    }
    found = _found(start, end, expected)
    panels = tuple(_panel(series, each, start, end, calendar) for series, each in found.items())
    return Chart(start, end, start + (end - start) / 2, panels, _rows(chosen, found))


def _found(start: date, end: date, expected: Mapping[str, Iterable[date]]) -> dict[str, _Found]:
    closes: dict[str, Closes] = {series: {} for series in Series.values}
    rows = ClosingPrice.objects.filter(trading_day__range=(start, end)).order_by("trading_day", "revision")
    for series, day, close in rows.values_list("series", "trading_day", "close"):
        closes[series][day] = close
    waiting = HeldClose.objects.open().filter(trading_day__range=(start, end)).order_by()
    held = frozenset(waiting.values_list("series", "trading_day"))
    return {
        series: _Found(
            recorded,
            tuple(day for day in expected.get(series, ()) if day not in recorded),
            frozenset(day for of, day in held if of == series),
        )
        for series, recorded in closes.items()
    }


def _panel(series: str, found: _Found, start: date, end: date, calendar: NewYorkCalendar) -> Panel:
    label = Series(series).label
    gaps = runs(found.missing, found.held, calendar)
    if not found.closes:
        return Panel(series, label, (), (), (), (), "No close is recorded.")
    step, lowest, highest = scale(min(found.closes.values()), max(found.closes.values()))
    days = max((end - start).days, 1)

    def x(day: date) -> int:
        return (day - start).days * WIDTH // days

    def y(close: Decimal) -> int:
        return HEIGHT - int((close - lowest) * HEIGHT / (highest - lowest))

    levels = [lowest + step * number for number in range(int((highest - lowest) / step) + 1)]
    return Panel(
        series,
        label,
        lines=tuple(_path(line, x, y) for line in _unbroken(sorted(found.closes.items()), gaps)),
        grid=tuple((y(level), plain(level)) for level in levels),
        gaps=tuple((x(gap.first), max(x(gap.last) - x(gap.first), _LEAST_WIDTH)) for gap in gaps),
        held=tuple(x(day) for day in sorted(found.held)),
        description=_description(label, found),
    )


def scale(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """A step of 1, 2 or 5 with zeros such that few lines hold every close, and the lowest and the highest line."""
    spread = max(high - low, high / 100)
    power = Decimal(1).scaleb((spread / 4).adjusted())
    step = next(power * by for by in (1, 2, 5, 10) if spread / (power * by) <= 4)
    lowest = (low / step).to_integral_value(ROUND_FLOOR) * step
    highest = (high / step).to_integral_value(ROUND_CEILING) * step
    return step, lowest, max(highest, lowest + step)


def _unbroken(points: Sequence[tuple[date, Decimal]], gaps: Iterable[Gap]) -> list[Sequence[tuple[date, Decimal]]]:
    days = [day for day, _ in points]
    cuts = sorted({0, len(points), *(bisect_left(days, gap.first) for gap in gaps)})
    return [points[start:end] for start, end in pairwise(cuts)]


def _path(points: Sequence[tuple[date, Decimal]], x: Callable[[date], int], y: Callable[[Decimal], int]) -> str:
    places = [(x(day), y(close)) for day, close in points]
    thinned = thin(places) if len(places) > MOST_POINTS else places
    # A close between two gaps is a line to itself, which a round cap makes a dot.
    thinned = thinned * 2 if len(thinned) == 1 else thinned
    return "M" + "L".join(f"{across} {down}" for across, down in thinned)


def thin(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of every column the first place, the lowest, the highest and the last, in their order."""
    columns: dict[int, list[tuple[int, int]]] = {}
    for place in places:
        columns.setdefault(place[0] * _COLUMNS // WIDTH, []).append(place)
    kept: list[tuple[int, int]] = []
    for each in columns.values():
        heights = [down for _, down in each]
        wanted = {0, heights.index(min(heights)), heights.index(max(heights)), len(each) - 1}
        kept += [each[number] for number in sorted(wanted)]
    return kept


def _description(label: str, found: _Found) -> str:
    days = sorted(found.closes)
    low, high = min(found.closes.values()), max(found.closes.values())
    return (
        f"{label} from {plain(found.closes[days[0]])} on {days[0]} to {plain(found.closes[days[-1]])} on {days[-1]}, "
        f"between {plain(low)} and {plain(high)}; {len(found.missing)} missing, {len(found.held)} held."
    )


_PERIODS: dict[str, Callable[[date], str]] = {
    "1M": lambda day: f"{day}",
    "1Y": lambda day: f"{day:%Y-%m}",
    "5Y": lambda day: f"{day.year} Q{(day.month + 2) // 3}",
    "all": lambda day: f"{day.year}",
}


def _rows(chosen: str, found: dict[str, _Found]) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    """A row for each period, the newest first: days, months, quarters or years."""
    period = _PERIODS[chosen]
    cells = {series: _cells(each, period) for series, each in found.items()}
    names = sorted({name for each in cells.values() for name in each}, reverse=True)
    return tuple((name, tuple(cells[series].get(name, Cell()) for series in found)) for name in names)


def _cells(found: _Found, period: Callable[[date], str]) -> dict[str, Cell]:
    by_period: dict[str, tuple[list[Decimal], list[date], list[date]]] = {}
    for day in sorted({*found.closes, *found.missing, *found.held}):
        closes, missing, held = by_period.setdefault(period(day), ([], [], []))
        closes += [found.closes[day]] if day in found.closes else []
        held += [day] if day in found.held else []
        missing += [day] if day not in found.closes and day not in found.held else []
    return {name: _cell(*each) for name, each in by_period.items()}


def _cell(closes: list[Decimal], missing: list[date], held: list[date]) -> Cell:
    if not closes:
        return Cell(missing=len(missing), held=len(held))
    return Cell(plain(min(closes)), plain(max(closes)), plain(closes[-1]), len(missing), len(held))
