"""Pricing a notice: the worksheet, with the closes pinned that it rests on. Once each, and never again."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from awards import valuation
from awards.actions import audit, lapses, ledger
from awards.agreement.errors import AgreementError, LastMomentPassed, MissingClose
from awards.agreement.lapse import last_exercise_day
from awards.agreement.rounding import round_half_up
from awards.agreement.worksheet import Worksheet
from awards.facts import employment_under
from awards.market import writing
from awards.market.calendar import trading_calendar
from awards.models import AuditEvent, Award
from awards.worksheet_record import as_record
from exercises.actions.reading import Reading, reading_of
from exercises.models import ExerciseNotice, PinnedClose, Pricing
from exercises.telling import tell_priced

# What its column keeps; the worksheet has all of it.
FMV_PLACES = 6


class NotVestedByThen(AgreementError):
    """§2.3, §4.1: by the facts on record now, fewer OSOs had vested when the notice was received."""

    code = "not_vested_by_then"

    def __init__(self, options: int, received_on: date) -> None:
        super().__init__(f"By the facts on record since, not all {options} OSOs could be exercised on {received_on}.")


def worksheet_of(
    award: Award, *, options: int, exercise_date: date, received_at: datetime, reading: Reading | None = None
) -> tuple[Worksheet, list[valuation.Close]]:
    """What those OSOs pay on that Exercise Date, and the closes it rests on.

    `options` are OSOs of the day of receipt. A capital adjustment between then and the Exercise Date leaves the notice
    and its amount as they are: every close it rests on is from before (§6). Raises AgreementError, a MissingClose while
    a close is awaited.
    """
    terms = award.master_agreement.terms
    market = (reading or reading_of(award)).market(award, exercise_date).on_basis_of(received_at)
    of_one = valuation.of_one(
        award_date=award.award_date,
        initial_price=award.initial_price,
        exercise_date=exercise_date,
        terms=terms,
        market=market,
    )
    return of_one.of_options(options), list(valuation.pinned_closes(award.award_date, exercise_date, terms, market))


def store_pricing(notice: ExerciseNotice, sheet: Worksheet, closes: list[valuation.Close], *, now: datetime) -> Pricing:
    """Store what was promised. The caller is atomic and holds the Award's lock."""
    (key,) = writing.next_keys(Pricing)()
    pricing, pins = pricing_of(notice, key, sheet, closes, now=now)
    writing.write(pricing, pins, priced_event(pricing, after=audit.end_of(audit.subject_of(notice.award))()))
    return pricing


def pricing_of(
    notice: ExerciseNotice, key: int, sheet: Worksheet, closes: list[valuation.Close], *, now: datetime
) -> tuple[Pricing, writing.Alike]:
    """The pricing of a notice, with that key, and the closes pinned to it: for the caller to insert."""
    pricing = Pricing(
        pk=key,
        notice=notice,
        worksheet=as_record(sheet),
        multiplier=sheet.multiplier,
        fmv=round_half_up(sheet.fmv, FMV_PLACES),
        consideration=sheet.consideration,
        priced_at=now,
    )
    return pricing, writing.Alike(PinnedClose, {"pricing_id": key}, "closing_price_id", [close.pk for close in closes])


def priced_event(pricing: Pricing, *, after: audit.End | AuditEvent) -> AuditEvent:
    """What the Award's chain says of a pricing, after that event: for the caller to insert."""
    said = {
        "notice": pricing.notice.number,
        "consideration": str(pricing.consideration),
        "multiplier": str(pricing.multiplier),
    }
    return audit.event_after(after, actor=None, action="exercise priced", at=pricing.priced_at, after=said)


def price_notice(notice: ExerciseNotice, *, now: datetime) -> Pricing:
    """Price one waiting notice under its Award's lock; one that is priced already is returned as it is.

    Raises MissingClose while a close is awaited; LastMomentPassed, NotVestedByThen where facts recorded since say that
    the OSOs could not be exercised: the Committee looks at it.
    """
    with transaction.atomic():
        award = ledger.locked(notice.award)
        done = Pricing.objects.filter(notice=notice).first()
        if done:
            return done
        _require_exercisable_still(award, notice)
        sheet, closes = worksheet_of(
            award, options=notice.options, exercise_date=notice.exercise_date, received_at=notice.received_at
        )
        pricing = store_pricing(notice, sheet, closes, now=now)
        tell_priced(pricing, now=now)
        return pricing


def _require_exercisable_still(award: Award, notice: ExerciseNotice) -> None:
    calendar = trading_calendar()
    received_on = notice.received_at.astimezone(audit.NEW_YORK).date()
    held = ledger.position_of(award)
    before = held._replace(outstanding=held.outstanding + notice.options)
    stands = lapses.standing_on(award, before, on=received_on, facts=employment_under(award))
    last = last_exercise_day(stands.lapse, calendar)
    if notice.exercise_date > last:
        raise LastMomentPassed(notice.exercise_date, calendar.close_at(last))
    # Once an adjustment is written, the ledger counts other OSOs than the notice did.
    is_of_its_basis = held.adjusted_on is None or held.adjusted_on <= received_on
    if is_of_its_basis and stands.vested < notice.options:
        raise NotVestedByThen(notice.options, received_on)


def price_waiting(*, now: datetime) -> dict[str, Any]:
    """Price every waiting notice whose closes are in. Safe to run at any time.

    Answers with the numbers `priced`, and by number why others are `waiting` for a close or left `for_committee`.
    """
    priced: list[str] = []
    waiting: dict[str, str] = {}
    for_committee: dict[str, str] = {}
    for notice in ExerciseNotice.objects.waiting().select_related("award").order_by("exercise_date", "pk"):
        try:
            price_notice(notice, now=now)
        except MissingClose as missing:
            waiting[notice.number] = str(missing)
        except AgreementError as refusal:
            for_committee[notice.number] = str(refusal)
        else:
            priced.append(notice.number)
    return {"priced": priced, "waiting": waiting, "for_committee": for_committee}
