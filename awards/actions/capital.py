"""Capital adjustments: proposed, approved by another before they take effect, applied to every Award (§6; Plan 9.1)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from awards.actions import audit, decisions
from awards.actions.refusal import Refused
from awards.agreement import capital
from awards.agreement.errors import InvalidAdjustment
from awards.market.calendar import trading_calendar
from awards.models import CapitalAdjustment


class AdjustmentTooLate(Refused):
    """The adjustment's day has begun: exercises may rest on the basis before it already."""

    code = "adjustment_too_late"


class AdjustmentImpossible(Refused):
    """Not a ratio of whole shares, or not from a Trading Day, or that day has an adjustment already."""

    code = "adjustment_impossible"


@transaction.atomic
def propose_adjustment(
    *, effective_on: date, new: int, old: int, description: str, by: Any, now: datetime
) -> CapitalAdjustment:
    """Propose `new` shares for `old` from the Trading Day `effective_on`.

    Raises AdjustmentTooLate, AdjustmentImpossible.
    """
    _require_ahead(effective_on, now)
    _require_possible(effective_on, new, old)
    adjustment = CapitalAdjustment(effective_on=effective_on, new=new, old=old, description=description.strip())
    said = {"effective_on": effective_on, "new": new, "old": old, "description": description}
    return decisions.propose(adjustment, by=by, now=now, said=said)


@transaction.atomic
def approve_adjustment(*, adjustment: CapitalAdjustment, by: Any, now: datetime) -> CapitalAdjustment:
    """Approve by a second person, before the day it takes effect. Raises SamePerson, AlreadyDecided, AdjustmentTooLate.

    The sweep of the night before writes it into every ledger; an exercise that comes earlier writes its own Award's.
    """
    _require_ahead(adjustment.effective_on, now)
    return decisions.approve(adjustment, by=by, now=now)


def _require_possible(effective_on: date, new: int, old: int) -> None:
    try:
        capital.CapitalAdjustment(effective_on, new, old)
    except InvalidAdjustment as error:
        raise AdjustmentImpossible(str(error)) from error
    if not trading_calendar().is_trading_day(effective_on):
        raise AdjustmentImpossible(f"{effective_on} is not a Trading Day: no share trades on a new basis then.")
    if CapitalAdjustment.objects.filter(effective_on=effective_on, rejected_at=None).exists():
        raise AdjustmentImpossible(f"There is an adjustment for {effective_on} already.")


def _require_ahead(effective_on: date, now: datetime) -> None:
    if effective_on <= now.astimezone(audit.NEW_YORK).date():
        raise AdjustmentTooLate(f"An adjustment is approved before the day it takes effect: {effective_on} has begun.")
