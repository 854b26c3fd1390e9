"""What becomes of a held close: one person proposes, another approves, and only then is anything recorded."""

from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from awards.market.calendar import NewYorkCalendar, trading_calendar
from awards.market.models import CLOSE_LIMIT, ClosingPrice, HeldClose, Series

COMMITTEE = "Committee"


class HeldCloseError(Exception):
    """A decision that cannot be taken like this; the message is for the person at the page."""


class SamePerson(HeldCloseError):
    """Who proposed a decision does not approve it."""


class AlreadyDecided(HeldCloseError):
    """Two people have already decided."""


class NotProposed(HeldCloseError):
    """There is nothing to approve yet."""


class StaleDecision(HeldCloseError):
    """The recorded close of that day is no longer the one the proposal was made on."""


class ReasonMissing(HeldCloseError):
    """A decision says why."""


class AlreadyHeld(HeldCloseError):
    """This value is already held for that day."""


class ImpossibleClose(HeldCloseError):
    """No close of that day can be this."""


def propose_held_close(*, held: HeldClose, accept: bool, reason: str, by: User, now: datetime) -> HeldClose:
    """Propose to accept or reject a held close; replaces a proposal that nobody has approved yet.

    Raises ReasonMissing, AlreadyDecided.
    """
    with transaction.atomic():
        held = _open(held)
        _propose(held, HeldClose.Outcome.ACCEPTED if accept else HeldClose.Outcome.REJECTED, reason, by, now)
        held.save()
    return held


def approve_held_close(*, held: HeldClose, by: User, now: datetime) -> HeldClose:
    """Approve what was proposed. An accepted close becomes the next revision of its day.

    Raises NotProposed, SamePerson, AlreadyDecided, ImpossibleClose when it is accepted for a day that an override has
    made no Trading Day, and StaleDecision when that day's close has changed since.
    """
    try:
        with transaction.atomic():
            held = _open(held)
            _refuse_approval(held, by)
            held.outcome, held.approved_by, held.approved_at = held.proposed_outcome, by, now
            if held.outcome == HeldClose.Outcome.ACCEPTED:
                held.recorded_as = _record(held, now)
            held.save()
    except IntegrityError as error:
        # Another revision of the day was inserted between our look and our insert.
        raise _stale(held) from error
    return held


def propose_committee_close(
    *, trading_day: date, close: Decimal, reason: str, by: User, now: datetime, series: str = Series.STOCK
) -> HeldClose:
    """Propose a close that no source delivers: the Stock's Fair Market Value as the Committee determined it in good
    faith (§2.1), or the correction of a wrong close of either series.

    Another person approves it like any held close. Raises ReasonMissing, ImpossibleClose, AlreadyHeld.
    """
    _refuse_impossible(trading_day, close, now)
    held = HeldClose(
        series=series,
        trading_day=trading_day,
        close=close,
        source=COMMITTEE,
        reason=HeldClose.Reason.COMMITTEE,
        received_at=now,
        compared_with=_current(series, trading_day),
    )
    _propose(held, HeldClose.Outcome.ACCEPTED, reason, by, now)
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError as error:
        raise AlreadyHeld(f"{close} is already held for {trading_day}; decide about that one.") from error
    return held


def current_close(held: HeldClose) -> ClosingPrice | None:
    """What is recorded now for the day of a held close."""
    return _current(held.series, held.trading_day)


def _open(held: HeldClose) -> HeldClose:
    locked = HeldClose.objects.select_for_update().get(pk=held.pk)
    if not locked.is_open():
        raise AlreadyDecided(f"It was already decided: {locked.get_outcome_display()}.")
    return locked


def _propose(held: HeldClose, outcome: HeldClose.Outcome, reason: str, by: User, now: datetime) -> None:
    if not reason.strip():
        raise ReasonMissing("Say why.")
    held.proposed_outcome, held.decision_reason = outcome, reason.strip()
    held.proposed_by, held.proposed_at = by, now
    held.proposed_on_revision = _current_revision(held)


def _refuse_approval(held: HeldClose, by: User) -> None:
    if not held.is_proposed():
        raise NotProposed("Nobody has proposed a decision yet.")
    if held.proposed_by_id == by.pk:
        raise SamePerson("Who proposed the decision cannot approve it.")
    is_accepted = held.proposed_outcome == HeldClose.Outcome.ACCEPTED
    if is_accepted:
        # An override may have come since the proposal.
        _refuse_closed_day(held.trading_day, trading_calendar())
    if is_accepted and held.proposed_on_revision != _current_revision(held):
        raise _stale(held)


def _stale(held: HeldClose) -> StaleDecision:
    return StaleDecision(f"The recorded close of {held.trading_day} has changed since the proposal. Propose again.")


def _record(held: HeldClose, now: datetime) -> ClosingPrice:
    return ClosingPrice.objects.create(
        series=held.series,
        trading_day=held.trading_day,
        revision=_current_revision(held) + 1,
        close=held.close,
        source=held.source,
        recorded_at=now,
        recorded_by=held.proposed_by,
        approved_by=held.approved_by,
        reason=held.decision_reason,
    )


def _current(series: str, day: date) -> ClosingPrice | None:
    return ClosingPrice.objects.filter(series=series, trading_day=day).order_by("-revision").first()


def _current_revision(held: HeldClose) -> int:
    price = current_close(held)
    return price.revision if price else 0


def _refuse_impossible(trading_day: date, close: Decimal, now: datetime) -> None:
    calendar = trading_calendar()
    _refuse_closed_day(trading_day, calendar)
    if now < calendar.close_at(trading_day):
        raise ImpossibleClose(f"{trading_day} has not closed yet.")
    if not (close.is_finite() and 0 < close < CLOSE_LIMIT):
        raise ImpossibleClose(f"{close} is not above zero and below one thousand million.")
    if close != close.quantize(Decimal("0.000001")):
        raise ImpossibleClose(f"{close} has more than six decimals.")


def _refuse_closed_day(day: date, calendar: NewYorkCalendar) -> None:
    why_closed = calendar.why_closed(day)
    if why_closed:
        raise ImpossibleClose(f"{day} is not a Trading Day ({why_closed}).")
