"""Notices by where their exercise stands: for the list's filter and for what waits at the desk."""

from django.db.models import Q

from exercises import consistency
from exercises.models import ExerciseNotice, Settlement
from exercises.models.notice import ExerciseNoticeQuerySet

LABELS = {
    "waiting": "Waiting for its closes",
    "priced": "Priced, settlement to be chosen",
    "chosen": "Chosen, withholding to be provided",
    "provided": "Provided, to be approved",
    "approved": "Approved, to be paid",
    "paid": "Paid",
    "corrected": "Rests on a close corrected since",
}
_STEPS = {
    "chosen": Q(provided_at=None),
    "provided": Q(provided_at__isnull=False, approved_at=None),
    "approved": Q(approved_at__isnull=False, paid_at=None),
    "paid": Q(paid_at__isnull=False),
}


def in_state(state: str, *, decided_by_others_than: int | None = None) -> ExerciseNoticeQuerySet:
    """The notices in that state; with a person's id, those whose settlement others chose and provided for."""
    notices = ExerciseNotice.objects.all()
    if state == "waiting":
        return notices.waiting()
    if state == "corrected":
        return notices.filter(pricing__in=consistency.corrected_since())
    live = Settlement.objects.live()
    if state == "priced":
        return notices.filter(pricing__isnull=False).exclude(pricing__in=live.values("pricing_id"))
    step = live.filter(_STEPS[state])
    if decided_by_others_than is not None:
        step = step.exclude(Q(chosen_by=decided_by_others_than) | Q(provided_by=decided_by_others_than))
    return notices.filter(pricing__in=step.values("pricing_id"))
