"""Pricing a notice: the worksheet, with the closes pinned that it rests on. Once each, and never again."""

from datetime import datetime
from typing import Any

from django.db import transaction

from awards import valuation
from awards.actions import audit, ledger
from awards.agreement.errors import AgreementError, LastMomentPassed, MissingClose
from awards.agreement.lapse import last_exercise_day, vested_lapse
from awards.agreement.worksheet import Worksheet
from awards.facts import employment_under
from awards.market.calendar import trading_calendar
from awards.market.models import ClosingPrice
from awards.models import Award
from awards.worksheet_record import as_record
from exercises.models import ExerciseNotice, PinnedClose, Pricing


def worksheet_of(award: Award, *, options: int, exercise_date: Any) -> tuple[Worksheet, list[ClosingPrice]]:
    """What those OSOs pay on that Exercise Date, and the closes it rests on. Raises AgreementError, MissingClose among it."""
    terms = award.master_agreement.terms
    market = valuation.market_for([(award.award_date, exercise_date, terms)])
    sheet = valuation.value(
        award_date=award.award_date,
        initial_price=award.initial_price,
        options=options,
        exercise_date=exercise_date,
        terms=terms,
        market=market,
    )
    return sheet, list(valuation.pinned_closes(award.award_date, exercise_date, terms, market))


def store_pricing(notice: ExerciseNotice, sheet: Worksheet, closes: list[ClosingPrice], *, now: datetime) -> Pricing:
    """Store what was promised. The caller is atomic and holds the Award's lock."""
    pricing = Pricing.objects.create(
        notice=notice,
        worksheet=as_record(sheet),
        multiplier=sheet.multiplier,
        fmv=sheet.fmv,
        consideration=sheet.consideration,
        priced_at=now,
    )
    PinnedClose.objects.bulk_create([PinnedClose(pricing=pricing, closing_price=close) for close in closes])
    audit.record(
        actor=None,
        action="exercise priced",
        subject=notice.award,
        at=now,
        after={"notice": notice.number, "consideration": str(sheet.consideration), "multiplier": str(sheet.multiplier)},
    )
    return pricing


def price_notice(notice: ExerciseNotice, *, now: datetime) -> Pricing:
    """Price one waiting notice under its Award's lock; one that is priced already is returned as it is.

    Raises MissingClose while a close is awaited, LastMomentPassed where facts recorded since say that nothing was
    exercisable any more on the Exercise Date: the Committee looks at it.
    """
    with transaction.atomic():
        award = ledger.locked(notice.award)
        done = Pricing.objects.filter(notice=notice).first()
        if done:
            return done
        _require_exercisable_still(award, notice)
        sheet, closes = worksheet_of(award, options=notice.options, exercise_date=notice.exercise_date)
        return store_pricing(notice, sheet, closes, now=now)


def _require_exercisable_still(award: Award, notice: ExerciseNotice) -> None:
    calendar = trading_calendar()
    lapse = vested_lapse(
        award_date=award.award_date, employment=employment_under(award), terms=award.master_agreement.terms
    )
    last = last_exercise_day(lapse, calendar)
    if notice.exercise_date > last:
        raise LastMomentPassed(notice.exercise_date, calendar.close_at(last))


def price_waiting(*, now: datetime) -> dict[str, Any]:
    """Price every waiting notice whose closes are in; the others wait, each with its reason. Safe to run at any time."""
    priced: list[str] = []
    waiting: dict[str, str] = {}
    for notice in ExerciseNotice.objects.waiting().select_related("award").order_by("exercise_date", "pk"):
        try:
            price_notice(notice, now=now)
        except MissingClose as missing:
            waiting[notice.number] = str(missing)
        except AgreementError as refusal:
            waiting[notice.number] = f"For the Committee: {refusal}"
        else:
            priced.append(notice.number)
    return {"priced": priced, "waiting": waiting}
