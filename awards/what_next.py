"""What comes next and what came last over all Awards of a reader, from what their page has read already."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from heapq import nlargest
from typing import Any

from awards.models import Award, OptionEntry
from awards.queries import Holding

SHOWN = 3


@dataclass(frozen=True, slots=True)
class NextVest:
    """The first day on which anything vests, and how much of all Awards, in OSOs of today."""

    on: date
    options: int


@dataclass(frozen=True, slots=True)
class RecentExercise:
    """OSOs of an Award that left it by the notice with that key; 0 where the ledger names none."""

    notice: int
    award: Award
    options: int
    on: date


def what_next(mine: Sequence[Holding]) -> dict[str, Any]:
    return {"next_vest": next_vest(mine), "recent_exercises": recent_exercises(mine)}


def next_vest(mine: Sequence[Holding]) -> NextVest | None:
    """The next vesting by the facts on record; one that an end of employment comes before is none (§4.1)."""
    by_day: dict[date, list[Holding]] = defaultdict(list)
    for holding in mine:
        tranche = holding.next_vesting if holding.standing.unvested else None
        if tranche is not None:
            by_day[tranche.vests_on].append(holding)
    for day in sorted(by_day):
        options = sum(holding.vesting_on(day) for holding in by_day[day])
        if options:
            return NextVest(day, options)
    return None


def recent_exercises(mine: Sequence[Holding]) -> list[RecentExercise]:
    """The newest exercises in the ledgers, the newest first."""
    found = [
        (entry.effective_on, _notice_of(entry.cause), -entry.options, holding.award)
        for holding in mine
        for entry in holding.entries
        if entry.kind == OptionEntry.Kind.EXERCISED
    ]
    newest = nlargest(SHOWN, found, key=lambda row: row[:2])
    return [RecentExercise(notice, award, options, on) for on, notice, options, award in newest]


def _notice_of(cause: str) -> int:
    key = cause.removeprefix("exercise/")
    return int(key) if key.isdecimal() else 0
