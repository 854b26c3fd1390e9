"""What the employee's first page says: sums over the holdings, the closes in force, and what waits for the reader."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awards.agreement.calendar import TradingCalendar
from awards.market.models import Series
from awards.market.queries import latest_closes_of_both, newest_days
from awards.models import Award
from awards.queries import Holding
from awards.templatetags.figures import day, minute, money, options
from awards.valuation import CloseBook, exercise_dates_now

LAPSES_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Totals:
    """`value` is None where an Award that can be exercised has none; `unknown` says why, each reason once (I11).

    `pay_nothing` is how much of what is exercisable is known to pay nothing now.
    """

    vested: int
    unvested: int
    exercisable: int
    pay_nothing: int
    value: Decimal | None
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NextLapse:
    """The first last moment of what can be exercised, and how much of all Awards; `award` where it is of one alone."""

    last_moment: datetime
    options: int
    awards: int
    award: Award | None


@dataclass(frozen=True, slots=True)
class ClosesOfDay:
    """Both closes of the last day that has both."""

    day: date
    stock: Decimal
    sp500: Decimal


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for the reader, and the page where it is done."""

    kind: str
    title: str
    text: str
    href: str
    action: str


def summary(mine: list[Holding]) -> dict[str, Any]:
    """The tiles: sums over every holding, and what of the exercisable OSOs ends first."""
    ending = [holding for holding in mine if holding.exercisable]
    return {
        "totals": Totals(
            vested=sum(holding.standing.exercisable for holding in mine),
            unvested=sum(holding.standing.unvested for holding in mine),
            exercisable=sum(holding.exercisable for holding in mine),
            pay_nothing=sum(holding.exercisable for holding in ending if holding.pays_nothing),
            **_worth(ending),
        ),
        "next_lapse": _next_lapse(ending),
    }


def _worth(exercisable: list[Holding]) -> dict[str, Any]:
    """What they pay together: a sum of some of them would pass for that of all."""
    unknown = tuple(dict.fromkeys(holding.value_reason for holding in exercisable if holding.value is None))
    value = None if unknown else sum((holding.value or Decimal(0) for holding in exercisable), Decimal(0))
    return {"value": value, "unknown": unknown}


def _next_lapse(exercisable: list[Holding]) -> NextLapse | None:
    at = min((holding.last_moment for holding in exercisable), default=None)
    if at is None:
        return None
    ending = [holding for holding in exercisable if holding.last_moment == at]
    alone = ending[0].award if len(ending) == 1 else None
    return NextLapse(at, sum(holding.exercisable for holding in ending), len(ending), alone)


def closes_in_force(now: datetime, calendar: TradingCalendar, at_hand: CloseBook | None = None) -> dict[str, Any]:
    """The last day with both closes, the Exercise Date a notice would get now, and whether it waits for a close.

    Closes `at_hand` that end with the newest one due are all that has to be read.
    """
    on, before = exercise_dates_now(now, calendar)
    closes = _newest_of(at_hand, calendar.previous_trading_day(on)) or _newest()
    waits = closes is not None and closes.day < before
    return {"closes": closes, "exercise_date": on, "waits": waits}


def _newest_of(at_hand: CloseBook | None, due: date) -> ClosesOfDay | None:
    """The closes at hand of the newest day for which any are due, where they have it."""
    if at_hand is None or at_hand.newest() != due:
        return None
    return ClosesOfDay(due, at_hand.close(Series.STOCK, due).close, at_hand.close(Series.SP500, due).close)


def _newest() -> ClosesOfDay | None:
    newest = newest_days()
    if len(newest) < len(Series.values):
        return None
    last = min(newest.values())
    found = latest_closes_of_both([last])
    stock, sp500 = (found[series].get(last) for series in (Series.STOCK, Series.SP500))
    return ClosesOfDay(last, stock.close, sp500.close) if stock and sp500 else None


def needs(mine: list[Holding], user: Any, now: datetime) -> list[Need]:
    """Letters to answer first, then what lapses soon with value in it."""
    letters = [row for row in mine if row.award.awaits_acceptance and row.award.grantee.user_id == user.pk]
    soon = [row for row in mine if row.value and row.last_moment <= now + LAPSES_SOON]
    return [*map(_letter, letters), *map(_lapse, sorted(soon, key=lambda row: row.last_moment))]


def _letter(holding: Holding) -> Need:
    award = holding.award
    return Need(
        "info",
        _("An Award Letter of %(day)s waits for you") % {"day": day(award.award_date)},
        _("%(options)s Outperform Stock Options. Read the letter, then accept or decline it.")
        % {"options": options(award.options)},
        reverse("awards:letter", args=[award.pk]),
        _("Read the letter"),
    )


def _lapse(holding: Holding) -> Need:
    return Need(
        "warning",
        ngettext(
            "%(options)s option lapses soon, and exercising it now would pay %(pays)s",
            "%(options)s options lapse soon, and exercising them now would pay %(pays)s",
            holding.exercisable,
        )
        % {"options": options(holding.exercisable), "pays": money(holding.value)},
        _("The last moment to exercise is %(moment)s. After that they are gone.")
        % {"moment": minute(holding.last_moment)},
        reverse("awards:award", args=[holding.award.pk]),
        _("Look at this Award"),
    )
