"""Closes that should have arrived and have not. Nothing stands in for them: what needs one waits (I11)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from awards.market.calendar import NEW_YORK, NewYorkCalendar, trading_calendar
from awards.market.models import HeldClose, Series
from awards.market.queries import first_days, missing_closes

# After the close of trading, the time in which sources publish.
GRACE = timedelta(minutes=90)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class MissingReport:
    """The Trading Days up to `through` without a close, by series, ascending; `held` are those that wait for people."""

    through: date
    days: dict[str, tuple[date, ...]]
    held: dict[str, tuple[date, ...]]

    @property
    def is_complete(self) -> bool:
        return not any(self.days.values())

    def lines(self) -> list[str]:
        """One line for each series that lacks closes, for an alarm."""
        return [self._line(Series(series), days) for series, days in self.days.items() if days]

    def summary(self) -> dict[str, Any]:
        """The same in primitives, for the record of a job."""
        return {
            "through": self.through.isoformat(),
            "missing": {series: [day.isoformat() for day in days[-_SHOWN:]] for series, days in self.days.items()},
            "missing_count": {series: len(days) for series, days in self.days.items()},
            "held": {series: [day.isoformat() for day in days[-_SHOWN:]] for series, days in self.held.items()},
            "messages": self.lines(),
        }

    def _line(self, series: Series, days: tuple[date, ...]) -> str:
        held = frozenset(self.held[series])
        newest = ", ".join(f"{day} (held)" if day in held else f"{day}" for day in days[-_SHOWN:])
        which = "" if len(days) <= _SHOWN else f"the newest {_SHOWN} of them "
        plural = "close is" if len(days) == 1 else "closes are"
        return f"{series.label}: {len(days)} {plural} missing up to {self.through}: {which}{newest}"


def missing_report(now: datetime) -> MissingReport:
    """What is missing since the first recorded close of each series, up to the last day whose close is due by `now`.

    A close is due 90 minutes after the close of trading. A series that nothing was ever recorded of lacks nothing.
    """
    calendar = trading_calendar()
    through = last_due(now, calendar)
    firsts = first_days()
    days = {
        series: missing_closes(series, firsts[series], through, calendar) if series in firsts else ()
        for series in Series.values
    }
    return MissingReport(through, days, _held(days))


def last_due(now: datetime, calendar: NewYorkCalendar) -> date:
    """The last Trading Day whose close should have arrived by `now`."""
    today = now.astimezone(NEW_YORK).date()
    if calendar.is_trading_day(today) and calendar.close_at(today) + GRACE <= now:
        return today
    return calendar.previous_trading_day(today)


def _held(days: dict[str, tuple[date, ...]]) -> dict[str, tuple[date, ...]]:
    waiting = frozenset(HeldClose.objects.open().order_by().values_list("series", "trading_day"))
    return {series: tuple(day for day in missing if (series, day) in waiting) for series, missing in days.items()}
