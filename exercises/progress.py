"""How far an exercise is on its way to being paid, as the receipt shows it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

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
        Stage(_("Received"), notice.received_at, ""),
        Stage(_("Priced"), notice.pricing.priced_at if notice.is_priced else None, _("when the close is in")),
        Stage(_("Payment chosen"), settlement.chosen_at if settlement else None, _("by the Committee")),
        Stage(_("Withholding provided for"), settlement.provided_at if settlement else None, _("by payroll")),
        Stage(_("Approved"), settlement.approved_at if settlement else None, _("by a second person")),
        Stage(_("Paid"), settlement.paid_at if settlement else None, _("after approval")),
    ]
