"""When a coming lapse is told: so many days before the lapse date, once each. Pure, and a habit of the portal's own:
the Agreement asks for no reminder.

A window shorter than the first rung has the rungs that fit into it, and one of no days has none. A rung belongs to its
day, whenever the job gets round to it: after a week without jobs each rung that fell due meanwhile is still told, once,
as long as the lapse lies ahead. It then says the days that are really left and that it is late. After the lapse it is
told no more: the lapse itself is.
"""

from datetime import date, timedelta
from typing import NamedTuple

RUNGS = (180, 90, 60, 30, 14, 7, 3, 1)
# From here on a reminder is mailed whatever the reader prefers: the OSOs are about to be gone.
LAST_RUNGS = frozenset({7, 3, 1})


class Reminder(NamedTuple):
    """One rung: the day on which it fell due, and how many days are left on the day it is told."""

    rung: int
    due_on: date
    days_left: int

    @property
    def is_late(self) -> bool:
        return self.days_left < self.rung


def reminder(*, due_on: date, lapses_on: date, today: date) -> Reminder | None:
    """The reminder of what lapses on `lapses_on` that fell due on `due_on`, told on `today`, if there is one."""
    rung = (lapses_on - due_on).days
    if rung not in RUNGS or lapses_on < today:
        return None
    return Reminder(rung, due_on, (lapses_on - today).days)


def lapse_dates(due_on: date) -> tuple[date, ...]:
    """The lapse dates of which a reminder falls due on that day, ascending."""
    return tuple(due_on + timedelta(days=rung) for rung in reversed(RUNGS))
