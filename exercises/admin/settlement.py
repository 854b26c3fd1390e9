"""Paying an exercise, step by step: chosen, withholding provided, approved by another, paid (§2.6, §9.5)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from awards.actions.refusal import Refused
from awards.admin.confirm import Confirm, ReasonForm
from awards.admin.trail import full_name
from awards.agreement.payment import payment
from awards.templatetags.figures import day, minute, money, multiplier, options, price
from exercises.actions import settlement as actions
from exercises.actions.settlement import WrongStep, rates_for
from exercises.admin.forms import ChooseSettlementForm, PaymentForm, ProvideWithholdingForm
from exercises.models import ExerciseNotice, Settlement, WithholdingLine

TakenFrom = WithholdingLine.TakenFrom


def settlement_of(notice: ExerciseNotice) -> Settlement:
    """The settlement that stands. Raises WrongStep where none does."""
    if notice.settlement is None:
        raise WrongStep(f"{notice.number} has no settlement yet.")
    return notice.settlement


def priced_facts(notice: ExerciseNotice) -> list[tuple[str, Any]]:
    if not notice.is_priced:
        return [("Exercise Consideration", "Waits for its closes")]
    return [
        ("Exercise Consideration", money(notice.pricing.consideration)),
        ("Multiplier", multiplier(notice.pricing.multiplier)),
        ("Fair Market Value", price(notice.pricing.exact_fmv)),
    ]


def chosen_facts(settlement: Settlement) -> list[tuple[str, Any]]:
    pricing = settlement.pricing
    split = payment(consideration=pricing.consideration, fmv=pricing.exact_fmv, stock_portion=settlement.stock_portion)
    return [
        ("Paid in Stock", f"{money(split.stock_portion)}: {options(split.shares)} whole shares at {price(split.fmv)}"),
        ("Fraction of a share, in cash", price(split.fraction_cash)),
        ("Cash, the fraction included", money(settlement.cash)),
        ("Chosen by", f"{full_name(settlement.chosen_by)}, {minute(settlement.chosen_at)}"),
    ]


def provided_facts(settlement: Settlement) -> list[tuple[str, Any]]:
    if settlement.provided_at is None:
        return []
    lines = settlement.withholding.all()
    return [
        *((f"{row.rate.jurisdiction} {row.rate.tax}", f"{money(row.amount)}, {_whence(row)}") for row in lines),
        ("Shares withheld", options(settlement.shares_withheld)),
        ("Paid net in cash", money(settlement.net_cash)),
        ("Delivered net in shares", options(settlement.net_shares)),
        ("Provided by", f"{full_name(settlement.provided_by)}, {minute(settlement.provided_at)}"),
    ]


def _whence(line: WithholdingLine) -> str:
    whence = line.get_taken_from_display()
    return whence[:1].lower() + whence[1:]


class SettlementStep(Confirm):
    """A step of the payment of one notice."""

    waits_in: tuple[str, ...]

    def is_open(self, row: ExerciseNotice) -> bool:
        return row.state in self.waits_in

    def obstacle(self, row: ExerciseNotice, user: Any) -> str:
        return "" if self.is_open(row) else f"{row.number} is {row.state}: this is not its next step."

    def facts(self, row: ExerciseNotice, now: datetime) -> Sequence[tuple[str, Any]]:
        settlement = row.settlement
        return [
            ("Notice", f"{row.number}: {options(row.options)} OSOs of {row.award.number}"),
            ("Grantee", row.award.grantee),
            ("Exercise Date", day(row.exercise_date)),
            *priced_facts(row),
            *([*chosen_facts(settlement), *provided_facts(settlement)] if settlement else []),
        ]


class ChooseSettlement(SettlementStep):
    slug = "choose-settlement"
    title = "Choose settlement"
    permission = "exercises.choose_settlement"
    form_class = ChooseSettlementForm
    waits_in = ("priced",)
    has_review = True
    button = "Choose this settlement"

    def effects(self, row: ExerciseNotice, now: datetime) -> Sequence[str]:
        return [
            "Cash, Stock or a mix, as the Committee decides (§2.6).",
            "Whole shares only; the fraction of a share is paid in cash (I12).",
            "Payroll then provides for withholding, and another person approves.",
        ]

    def act(self, row: ExerciseNotice, *, by: Any, now: datetime, **data: Any) -> Settlement:
        chosen, given = data["form_of"], data["stock_portion"]
        whole = row.pricing.consideration if row.is_priced else Decimal(0)
        portion = {"cash": Decimal(0), "stock": whole}.get(chosen, given)
        return actions.choose_settlement(notice=row, stock_portion=portion, by=by, now=now)

    def outcome(self, row: ExerciseNotice, result: Settlement) -> Sequence[tuple[str, Any]]:
        return chosen_facts(result)

    def done(self, row: ExerciseNotice, result: Settlement) -> str:
        return f"{row.number}: {options(result.shares)} shares and {money(result.cash)} in cash, before withholding."


class ProvideWithholding(SettlementStep):
    slug = "provide-withholding"
    title = "Provide withholding"
    permission = "exercises.provide_withholding"
    form_class = ProvideWithholdingForm
    waits_in = ("chosen",)
    has_review = True

    def form_arguments(self, row: ExerciseNotice, user: Any, now: datetime) -> dict[str, Any]:
        rates, _ = self._rates(row)
        return {"rates": rates, "settlement": row.settlement}

    def _rates(self, row: ExerciseNotice) -> tuple[list[Any], str]:
        try:
            return rates_for(settlement_of(row)), ""
        except Refused as refusal:
            return [], str(refusal)

    def obstacle(self, row: ExerciseNotice, user: Any) -> str:
        return super().obstacle(row, user) or self._rates(row)[1]

    def effects(self, row: ExerciseNotice, now: datetime) -> Sequence[str]:
        return [
            "Nothing is paid until withholding has been provided for (§9.5).",
            "Shares are withheld whole, rounded up; what they are worth beyond the tax comes back in cash.",
        ]

    def act(self, row: ExerciseNotice, *, by: Any, now: datetime, **data: Any) -> Settlement:
        whence = {int(name.removeprefix("rate_")): TakenFrom(value) for name, value in data.items()}
        return actions.provide_withholding(settlement=settlement_of(row), taken_from=whence, by=by, now=now)

    def outcome(self, row: ExerciseNotice, result: Settlement) -> Sequence[tuple[str, Any]]:
        return provided_facts(result)

    def done(self, row: ExerciseNotice, result: Settlement) -> str:
        return f"{row.number}: withholding is provided for. Another person approves the settlement."


class ApproveSettlement(SettlementStep):
    slug = "approve-settlement"
    title = "Approve the settlement"
    permission = "exercises.approve_settlement"
    waits_in = ("provided",)

    def obstacle(self, row: ExerciseNotice, user: Any) -> str:
        settlement = row.settlement
        if settlement and self.is_open(row) and user.pk in (settlement.chosen_by_id, settlement.provided_by_id):
            return "You chose the settlement or provided the withholding; another person approves it."
        return super().obstacle(row, user)

    def effects(self, row: ExerciseNotice, now: datetime) -> Sequence[str]:
        return ["It can be paid. It can no longer be withdrawn."]

    def act(self, row: ExerciseNotice, *, by: Any, now: datetime, **data: Any) -> Settlement:
        return actions.approve_settlement(settlement=settlement_of(row), by=by, now=now)

    def done(self, row: ExerciseNotice, result: Settlement) -> str:
        return f"{row.number} is approved for payment."


class WithdrawSettlement(SettlementStep):
    slug = "withdraw-settlement"
    title = "Withdraw the settlement"
    permission = "exercises.choose_settlement"
    form_class = ReasonForm
    waits_in = ("chosen", "provided")
    is_grave = True

    def effects(self, row: ExerciseNotice, now: datetime) -> Sequence[str]:
        return ["The exercise and what it pays stay as they are; another settlement is chosen."]

    def act(self, row: ExerciseNotice, *, by: Any, now: datetime, **data: Any) -> Settlement:
        return actions.withdraw_settlement(settlement=settlement_of(row), by=by, now=now, **data)

    def done(self, row: ExerciseNotice, result: Settlement) -> str:
        return f"The settlement of {row.number} is withdrawn."


class RecordPayment(SettlementStep):
    slug = "record-payment"
    title = "Record the payment"
    permission = "exercises.pay_settlement"
    form_class = PaymentForm
    waits_in = ("approved",)

    def effects(self, row: ExerciseNotice, now: datetime) -> Sequence[str]:
        return ["You state that it was paid. The record cannot be taken back."]

    def act(self, row: ExerciseNotice, *, by: Any, now: datetime, **data: Any) -> Settlement:
        return actions.record_payment(settlement=settlement_of(row), by=by, now=now, **data)

    def done(self, row: ExerciseNotice, result: Settlement) -> str:
        return f"{row.number} is paid, reference {result.payment_reference}."


STEPS = (ChooseSettlement, ProvideWithholding, ApproveSettlement, WithdrawSettlement, RecordPayment)


def progress(notice: ExerciseNotice) -> list[tuple[str, str]]:
    """The steps from receipt to payment, each with who took it and when; what is not taken yet has a dash."""
    settlement = notice.settlement
    taken: list[tuple[str, Any, Any]] = [
        ("Received", notice.recorded_by, notice.received_at),
        ("Priced", None, notice.pricing.priced_at if notice.is_priced else None),
        ("Settlement chosen", *_step(settlement, "chosen")),
        ("Withholding provided", *_step(settlement, "provided")),
        ("Approved", *_step(settlement, "approved")),
        ("Paid", *_step(settlement, "paid")),
    ]
    return [(name, f"{full_name(by)}, {minute(at)}" if at else "—") for name, by, at in taken]


def _step(settlement: Settlement | None, name: str) -> tuple[Any, Any]:
    if settlement is None:
        return None, None
    return getattr(settlement, f"{name}_by"), getattr(settlement, f"{name}_at")
