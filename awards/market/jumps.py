"""Whether a close is too far from the one before to be believed at once.

Pure: Decimals and dates in and out. A split or a crash looks like a mistake until the next close agrees with it.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from awards.market.calendar import NewYorkCalendar


@dataclass(frozen=True, slots=True)
class Jump:
    """A move beyond the threshold, from the close of `previous_day` to that of `day`."""

    day: date
    close: Decimal
    previous_day: date
    previous: Decimal

    @property
    def percent(self) -> Decimal:
        """The move in per cent with its sign, one decimal, for people to read."""
        return ((self.close - self.previous) / self.previous * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of the closes of days that have none yet; `unconfirmed` ones wait for two people."""

    believed: tuple[date, ...]
    confirmed: tuple[Jump, ...]
    unconfirmed: tuple[Jump, ...]


def is_jump(close: Decimal, previous: Decimal, percent: Decimal) -> bool:
    """Whether `close` lies more than `percent` per cent above or below `previous`. Exactly that much is no jump."""
    return abs(close - previous) * 100 > percent * previous


def judge(
    new: Mapping[date, Decimal],
    recorded: Mapping[date, Decimal],
    *,
    percent: Decimal,
    calendar: NewYorkCalendar,
    confirm: bool,
) -> Judged:
    """Judge each new close by the nearest one before it, recorded or believed.

    With `confirm`, a jump is believed when the close of the next Trading Day, recorded or new, stays near it.
    The first close of a series has nothing to jump from.
    """
    known = dict(recorded)
    days = sorted(recorded)
    believed: list[date] = []
    confirmed: list[Jump] = []
    unconfirmed: list[Jump] = []
    for day in sorted(new):
        jump = _jump(day, new[day], days, known, percent)
        if jump:
            if not (confirm and _is_confirmed(jump, new, recorded, percent, calendar)):
                unconfirmed.append(jump)
                continue
            confirmed.append(jump)
        believed.append(day)
        known[day] = new[day]
        insort(days, day)
    return Judged(tuple(believed), tuple(confirmed), tuple(unconfirmed))


def _jump(day: date, close: Decimal, days: list[date], known: Mapping[date, Decimal], percent: Decimal) -> Jump | None:
    at = bisect_left(days, day)
    if at == 0:
        return None
    previous_day = days[at - 1]
    jump = Jump(day, close, previous_day, known[previous_day])
    return jump if is_jump(close, jump.previous, percent) else None


def _is_confirmed(
    jump: Jump,
    new: Mapping[date, Decimal],
    recorded: Mapping[date, Decimal],
    percent: Decimal,
    calendar: NewYorkCalendar,
) -> bool:
    next_day = calendar.next_trading_day(jump.day)
    following = recorded.get(next_day, new.get(next_day))
    return following is not None and not is_jump(following, jump.close, percent)
