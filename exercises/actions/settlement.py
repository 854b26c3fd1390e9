"""Paying an exercise: form chosen → withholding provided → approved by another → paid (§2.6, §9.5)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from awards.actions import audit, ledger
from awards.actions.decisions import OwnInterest, ReasonMissing, SamePerson
from awards.actions.refusal import Refused
from awards.agreement.errors import AgreementError
from awards.agreement.payment import payment
from awards.agreement.withholding import provide
from exercises.models import ExerciseNotice, Settlement, WithholdingLine, WithholdingRate
from exercises.rates import rates_of
from exercises.telling import tell_paid

TakenFrom = WithholdingLine.TakenFrom
PROVISION = [
    "cash_withheld",
    "paid_in",
    "shares_withheld",
    "net_shares",
    "net_cash",
    "provided_by",
    "provided_at",
]


class NotPricedYet(Refused):
    """The exercise still waits for a close."""

    code = "not_priced_yet"


class SettlementStands(Refused):
    """The exercise has a settlement that stands."""

    code = "settlement_stands"


class WrongStep(Refused):
    """The settlement is at another step."""

    code = "wrong_step"


class NoRateOnRecord(Refused):
    """No withholding rate is on record for the Grantee's jurisdiction (§9.5)."""

    code = "no_rate_on_record"


class JurisdictionNotRecorded(Refused):
    """Where the Grantee is taxed is not on record (§9.5)."""

    code = "jurisdiction_not_recorded"


class CannotBePaid(Refused):
    """The Agreement does not allow the split or the provision; the text says why."""

    code = "cannot_be_paid"


class ReferenceMissing(Refused):
    """A payment without its reference."""

    code = "reference_missing"


@transaction.atomic
def choose_settlement(*, notice: ExerciseNotice, stock_portion: Decimal, by: Any, now: datetime) -> Settlement:
    """The Committee chooses cash, Stock or a mix: `stock_portion` is the dollars of the consideration paid in Stock.

    Raises OwnInterest, NotPricedYet, SettlementStands, CannotBePaid.
    """
    # The Award's lock stands for the notice's: that row never changes, so nobody needs the right to change it.
    ledger.locked(notice.award)
    _require_no_interest(notice, by)
    if not notice.is_priced:
        raise NotPricedYet(f"{notice.number} waits for its closes.")
    if notice.pricing.settlements.live().exists():
        raise SettlementStands(f"{notice.number} has its settlement already. Withdraw it to choose again.")
    try:
        split = payment(
            consideration=notice.pricing.consideration, fmv=notice.pricing.exact_fmv, stock_portion=stock_portion
        )
    except AgreementError as refusal:
        raise CannotBePaid(str(refusal)) from refusal
    settlement = Settlement.objects.create(
        pricing=notice.pricing,
        stock_portion=stock_portion,
        shares=split.shares,
        cash=split.cash,
        chosen_by=by,
        chosen_at=now,
    )
    _audit(
        settlement,
        "settlement chosen",
        by=by,
        now=now,
        stock_portion=stock_portion,
        shares=split.shares,
        cash=split.cash,
    )
    return settlement


def _require_no_interest(notice: ExerciseNotice, by: Any) -> None:
    if notice.award.grantee.user_id == by.pk:
        raise OwnInterest("Nobody settles an exercise of their own. Ask a colleague.")


def rates_for(settlement: Settlement) -> list[WithholdingRate]:
    """The rates in force for the Grantee on the Exercise Date, a country's and its state's.

    Where nothing is withheld, a rate of 0 with its source says so: silence is no provision (§9.5).
    Raises JurisdictionNotRecorded, NoRateOnRecord.
    """
    notice = settlement.pricing.notice
    found = rates_of(notice.award.grantee, notice.exercise_date)
    if not found.jurisdictions:
        raise JurisdictionNotRecorded(
            f"Where {notice.award.grantee} is taxed is not on record: the plan administrator records it."
        )
    if found.without_rate:
        raise NoRateOnRecord(f"No withholding rate is on record for {found.without_rate[0]} on {notice.exercise_date}.")
    return found.rates


@transaction.atomic
def provide_withholding(
    *, settlement: Settlement, taken_from: Mapping[int, TakenFrom], by: Any, now: datetime
) -> Settlement:
    """Provide for every tax in force; `taken_from` says for each rate's id whence (cash where it is silent).

    Raises WrongStep, JurisdictionNotRecorded, NoRateOnRecord, CannotBePaid.
    """
    held = _locked(settlement, "chosen")
    base = held.pricing.consideration
    try:
        lines = [
            WithholdingLine(
                settlement=held,
                rate=rate,
                base=base,
                amount=rate.of(base),
                taken_from=taken_from.get(rate.pk, TakenFrom.CASH),
            )
            for rate in rates_for(held)
        ]
        split = payment(consideration=base, fmv=held.pricing.exact_fmv, stock_portion=held.stock_portion)
        provision = provide(
            payment=split,
            required=_sum(lines),
            from_cash=_sum(lines, TakenFrom.CASH),
            from_shares=_sum(lines, TakenFrom.SHARES),
            paid_in=_sum(lines, TakenFrom.PAID_IN),
        )
    except AgreementError as refusal:
        raise CannotBePaid(str(refusal)) from refusal
    WithholdingLine.objects.bulk_create(lines)
    held.cash_withheld, held.paid_in = provision.from_cash, provision.paid_in
    held.shares_withheld, held.net_shares, held.net_cash = provision.shares_withheld, provision.shares, provision.cash
    held.provided_by, held.provided_at = by, now
    held.save(update_fields=PROVISION)
    _audit(held, "withholding provided", by=by, now=now, net_cash=held.net_cash, net_shares=held.net_shares)
    return held


def _sum(lines: list[WithholdingLine], taken_from: TakenFrom | None = None) -> Decimal:
    return sum((line.amount for line in lines if taken_from in (None, line.taken_from)), Decimal(0))


@transaction.atomic
def approve_settlement(*, settlement: Settlement, by: Any, now: datetime) -> Settlement:
    """Approve by a person who neither chose nor provided. Raises WrongStep, SamePerson, OwnInterest."""
    held = _locked(settlement, "provided")
    if by.pk in (held.chosen_by_id, held.provided_by_id):
        raise SamePerson("Whoever chose the settlement or provided the withholding cannot also approve it.")
    _require_no_interest(held.pricing.notice, by)
    held.approved_by, held.approved_at = by, now
    held.save(update_fields=["approved_by", "approved_at"])
    _audit(held, "settlement approved", by=by, now=now)
    return held


@transaction.atomic
def withdraw_settlement(*, settlement: Settlement, reason: str, by: Any, now: datetime) -> Settlement:
    """Withdraw a settlement that is not approved, so that another can be chosen. Raises WrongStep, ReasonMissing."""
    held = _locked(settlement, "chosen", "provided")
    if not reason.strip():
        raise ReasonMissing("Say why the settlement is withdrawn.")
    held.withdrawn_by, held.withdrawn_at, held.withdrawal_reason = by, now, reason.strip()
    held.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawal_reason"])
    _audit(held, "settlement withdrawn", by=by, now=now, reason=held.withdrawal_reason)
    return held


@transaction.atomic
def record_payment(*, settlement: Settlement, reference: str, by: Any, now: datetime) -> Settlement:
    """Record that an approved settlement was paid. Raises WrongStep, ReferenceMissing."""
    held = _locked(settlement, "approved")
    if not reference.strip():
        raise ReferenceMissing("Give the payment's reference.")
    held.paid_by, held.paid_at, held.payment_reference = by, now, reference.strip()
    held.save(update_fields=["paid_by", "paid_at", "payment_reference"])
    _audit(held, "paid", by=by, now=now, reference=held.payment_reference)
    tell_paid(held, now=now)
    return held


def _locked(settlement: Settlement, *states: str) -> Settlement:
    held = Settlement.objects.select_for_update().get(pk=settlement.pk)
    if held.state not in states:
        raise WrongStep(f"{held} is {held.state} already.")
    return held


def _audit(settlement: Settlement, action: str, *, by: Any, now: datetime, **said: Any) -> None:
    notice = settlement.pricing.notice
    audit.record(
        actor=by,
        action=action,
        subject=notice,
        at=now,
        after={"notice": notice.number, **{k: str(v) for k, v in said.items()}},
    )
