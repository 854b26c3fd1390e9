"""How far an exercise is on its way to being paid, as the receipt shows it."""

from dataclasses import dataclass
from datetime import datetime

from exercises.models import ExerciseNotice


@dataclass(frozen=True, slots=True)
class Stage:
    """One step: when it was taken, or what it waits for."""

    label: str
    at: datetime | None
    text: str


def stages(notice: ExerciseNotice) -> list[Stage]:
    """Received, priced, settlement chosen, withholding provided, approved, paid."""
    settlement = notice.settlement
    return [
        Stage("Received", notice.received_at, ""),
        Stage("Priced", notice.pricing.priced_at if notice.is_priced else None, "when the close is in"),
        Stage("Payment chosen", settlement.chosen_at if settlement else None, "by the Committee"),
        Stage("Withholding provided for", settlement.provided_at if settlement else None, "by payroll"),
        Stage("Approved", settlement.approved_at if settlement else None, "by a second person"),
        Stage("Paid", settlement.paid_at if settlement else None, "after approval"),
    ]
