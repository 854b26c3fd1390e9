"""The short way to give notice, and what else exercises need beside `tests.builders`."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from awards.actions.refusal import Refused
from awards.agreement.acting import Capacity
from awards.market.models import ClosingPrice
from awards.models import Award, Representative
from exercises.actions import notice as notices
from exercises.actions.notice import Paper
from exercises.actions.reviewed import Reviewed
from exercises.models import ExerciseNotice, WithholdingRate
from tests import builders

ASK: Any = object()
PAID_2007_04_02 = Decimal("6233.80")
PAID_2007_04_03 = Decimal("5279.96")


def moment(text: str) -> datetime:
    """ "2007-04-02 16:00:00.000001" in New York."""
    on, _, at = text.partition(" ")
    return builders.instant(on, at or "11:00")


def paper(
    *,
    capacity: Capacity = Capacity.GRANTEE,
    representative: Representative | None = None,
    insists: bool = False,
    evidence: str = "Binder 7",
) -> Paper:
    return Paper(
        channel=ExerciseNotice.Channel.PAPER,
        evidence=evidence,
        capacity=capacity,
        representative=representative,
        insists=insists,
    )


def give(
    award: Award,
    options: int = 5_000,
    at: str = "2007-04-02 11:00",
    *,
    by: Any = None,
    key: UUID | None = None,
    reviewed: Reviewed | None = ASK,
    on_paper: Paper | None = None,
    entered: str = "",
) -> ExerciseNotice:
    """A web notice by the Grantee, who saw what the review page would show; or one on paper, `entered` by staff."""
    received_at = moment(at)
    if reviewed is ASK:
        reviewed = None if on_paper else _as_shown(award, options, received_at)
    return notices.give_notice(
        award=award,
        options=options,
        given_by=by or (builders.person("staff") if on_paper else award.grantee.user),
        received_at=received_at,
        form_key=key or uuid4(),
        now=moment(entered) if entered else received_at,
        reviewed=reviewed,
        paper=on_paper,
    )


def _as_shown(award: Award, options: int, at: datetime) -> Reviewed | None:
    try:
        on = notices.exercise_date_allowed(award, options, at, at)
    except Refused:
        return None  # the refusal is what the test is about: give_notice says it again
    sheet, _ = notices.priced_now(award, options, on, at)
    return Reviewed(exercise_date=on, consideration=sheet.consideration if sheet else None)


def corrected(close: ClosingPrice, price: str) -> ClosingPrice:
    """The next revision of a close, recorded by one and approved by another."""
    return ClosingPrice.objects.create(
        series=close.series,
        trading_day=close.trading_day,
        revision=close.revision + 1,
        close=Decimal(price),
        source="test",
        recorded_at=moment("2007-05-01"),
        recorded_by=builders.proposer(),
        approved_by=builders.approver(),
        reason="The exchange corrected it",
    )


def rate(jurisdiction: str, percent: str, *, from_on: str = "2007-01-01", tax: str = "income tax") -> WithholdingRate:
    return WithholdingRate.objects.create(
        jurisdiction=jurisdiction,
        tax=tax,
        rate_percent=Decimal(percent),
        effective_from=builders.day(from_on),
        source="A circular",
        recorded_by=builders.person("payroll"),
        recorded_at=moment(from_on),
    )


def ledger_of(award: Award) -> list[tuple[str, int, str]]:
    rows = award.entries.order_by("sequence").values_list("kind", "options", "effective_on")
    return [(kind, options, on.isoformat()) for kind, options, on in rows]


def leavers(count: int) -> list[Award]:
    """Half of each Award vested on 2006-06-30; its holder left on 2006-08-03, with 180 days from then."""
    awards = []
    for number in range(count):
        award = builders.granted_award(builders.grantee(f"leaver{number}"), options=1000)
        builders.ceased(award.grantee, "2006-08-03", recorded_on="2006-08-03")
        awards.append(award)
    return awards


# What the sweep of the night after leaves of each.
LEFT = [("granted", 1000, "2005-07-01"), ("lapsed_unvested", -500, "2006-08-03")]
