"""What there is to tell of Awards in a night: found by index, so that a night costs what is due and not what is stored.

The index finds the Awards that may be concerned; the rules say which are, by the facts on record now. Nothing is
locked: an exercise at the same moment changes no message, and a page always shows more than a message did.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from awards.actions.lapses import approved_adjustments
from awards.actions.telling import Kind, News
from awards.agreement.exercise_date import NEW_YORK
from awards.agreement.standing import newly_vested
from awards.agreement.vesting import accelerates_on, award_dates_vesting_on
from awards.ladder import lapse_dates, reminder
from awards.market.calendar import trading_calendar
from awards.models import Award, MasterAgreement
from awards.queries import Holding, holdings


def vesting_on(day: date) -> "QuerySet[Award]":
    """The Awards with anything outstanding of whose Award Date a tranche vests on that day (§2.3)."""
    of_terms = Q(pk__in=[])
    for version in MasterAgreement.objects.defer("document"):
        dates = award_dates_vesting_on(day, version.terms)
        of_terms |= Q(master_agreement=version, award_date__in=dates)
    found: QuerySet[Award] = Award.objects.approved().outstanding().filter(of_terms)
    return found


def vestings(awards: Any, *, on: date, now: datetime) -> Iterator[News]:
    """What vested on that day of those Awards, unless it has lapsed since."""
    found = _in_order(holdings(awards, on=_today(now), calendar=trading_calendar()))
    return _vested(found, "vested", on=on, now=now)


def accelerations(awards: Any, *, on: date, now: datetime) -> Iterator[News]:
    """What vested of those Awards because of what happened on that day (§2.4(a)), unless it has lapsed since."""
    found = _in_order(holdings(awards, on=_today(now), calendar=trading_calendar()))
    concerned = [row for row in found if accelerates_on(row.employment.since(row.award.award_date)) == on]
    return _vested(concerned, "accelerated", on=on, now=now)


def _vested(found: Collection[Holding], key: str, *, on: date, now: datetime) -> Iterator[News]:
    adjustments = [row.as_agreed for row in approved_adjustments()] if found else []
    for holding in found:
        award = holding.award
        options = newly_vested(
            award_date=award.award_date,
            options=award.options,
            on=on,
            employment=holding.employment,
            adjustments=adjustments,
            terms=award.master_agreement.terms,
        )
        if options and holding.standing.exercisable and now <= holding.last_moment:
            said = {"options": options, "vested_on": on, "is_accelerated": key == "accelerated", **_until(holding)}
            yield News(Kind.VESTED, f"{key}/{award.pk}/{on}", award, on, said)


def lapsing_ahead_of(day: date) -> "QuerySet[Award]":
    """The Awards with anything outstanding of which a reminder may fall due on that day.

    The day kept with an Award is that of its cessation until the sweep has written what lapsed unvested then.
    """
    outstanding: QuerySet[Award] = Award.objects.approved().outstanding()
    return outstanding.filter(Q(next_lapse_on__in=lapse_dates(day)) | Q(next_lapse_on__lte=day))


def lapses_ahead(awards: Any, *, due_on: date, now: datetime) -> Iterator[News]:
    """The reminders of those Awards that fell due on that day, while anything can still be exercised (I6)."""
    today = _today(now)
    for holding in _in_order(holdings(awards, on=today, calendar=trading_calendar(), now=now)):
        told = reminder(due_on=due_on, lapses_on=holding.standing.lapse.lapses_on, today=today)
        if told and holding.standing.exercisable and now <= holding.last_moment:
            award, said = holding.award, {**told._asdict(), **_until(holding), **_worth(holding)}
            key = f"ahead/{award.pk}/{said['lapses_on']}/{told.rung}"
            yield News(Kind.LAPSE_AHEAD, key, award, due_on, said)


def _in_order(found: list[Holding]) -> list[Holding]:
    """In the order in which the Awards were made."""
    return sorted(found, key=lambda holding: holding.award.pk)


def _until(holding: Holding) -> dict[str, Any]:
    return {
        "exercisable": holding.standing.exercisable,
        "lapses_on": holding.standing.lapse.lapses_on,
        "clause": holding.standing.lapse.clause,
        "last_moment_at": holding.last_moment,
        "is_accepted": holding.award.is_accepted,
    }


def _worth(holding: Holding) -> dict[str, Any]:
    """What exercising all of it would pay now, and on which closes that rests; or why there is no such value."""
    sheet = holding.worth.worksheet if holding.worth else None
    if holding.value is None or sheet is None:
        return {"value_amount": None, "value_reason": holding.value_reason}
    return {"value_amount": holding.value, "closes_on": sheet.period_end, "exercise_on": sheet.exercise_date}


def _today(now: datetime) -> date:
    return now.astimezone(NEW_YORK).date()
