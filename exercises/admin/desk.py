"""What waits for a person at the desk: counted for what they may act on, each with its list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from awards.market.missing import missing_report
from awards.market.models import HeldClose
from awards.models import Award, CapitalAdjustment, Determination, Question, Representative
from config import clock
from exercises import jobs
from exercises.admin.states import in_state
from exercises.models import JobRun

NEWS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many of one kind, and where they are."""

    label: str
    count: int
    address: str


def waiting_for(user: Any, now: datetime) -> list[Waiting]:
    """Everything that waits for this person; what only others can do is left out."""
    return [row for row in (*_decisions(user), *_closes(user, now), *_exercises(user), *_jobs(user, now)) if row.count]


def _list(model: str, state: str) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?state={state}"


def _decisions(user: Any) -> Iterator[Waiting]:
    for model, label in (
        (Award, "Awards to approve"),
        (Determination, "Determinations to approve"),
        (Representative, "Representatives to approve"),
        (CapitalAdjustment, "Capital adjustments to approve"),
    ):
        if user.has_perm(f"awards.approve_{model._meta.model_name}"):
            open_rows = model.objects.undecided().exclude(proposed_by=user)
            yield Waiting(label, open_rows.count(), _list(f"awards_{model._meta.model_name}", "to_approve"))
    if user.has_perm("awards.issue_award_letter"):
        approved = Award.objects.approved().filter(letter_issued_at__isnull=True)
        yield Waiting("Award Letters to issue", approved.count(), _list("awards_award", "to_issue"))
    if user.has_perm("awards.answer_question"):
        yield Waiting("Questions to answer", Question.objects.open().count(), _list("awards_question", "open"))


def _closes(user: Any, now: datetime) -> Iterator[Waiting]:
    held = HeldClose.objects.all()
    if user.has_perm("market.propose_heldclose"):
        yield Waiting("Held closes to decide", held.to_propose().count(), _list("market_heldclose", "to_propose"))
    if user.has_perm("market.approve_heldclose"):
        count = held.to_approve().exclude(proposed_by=user).count()
        yield Waiting("Held closes to approve", count, _list("market_heldclose", "to_approve"))
    if user.has_perm("market.upload_closes"):
        missing = sum(len(days) for days in missing_report(now).values())
        yield Waiting("Closes missing", missing, reverse("admin:market_closingprice_changelist"))


def _exercises(user: Any) -> Iterator[Waiting]:
    for permission, state, label in (
        ("choose_settlement", "priced", "Exercises to settle"),
        ("provide_withholding", "chosen", "Withholding to provide"),
        ("approve_settlement", "provided", "Settlements to approve"),
        ("pay_settlement", "approved", "Payments to record"),
    ):
        if user.has_perm(f"exercises.{permission}"):
            others_only = user.pk if state == "provided" else None
            rows = in_state(state, decided_by_others_than=others_only)
            yield Waiting(label, rows.count(), _list("exercises_exercisenotice", state))


def _jobs(user: Any, now: datetime) -> Iterator[Waiting]:
    if user.has_perm("exercises.run_jobs") or user.has_perm("market.upload_closes"):
        # What a finished run found is news for a week; what has failed or waits stays until it is done.
        recent = Q(state=JobRun.State.DONE, business_date__gt=clock.new_york_date(now) - NEWS)
        unfinished = Q(state__in=[JobRun.State.FAILED, JobRun.State.WAITING])
        troubled = JobRun.objects.filter(unfinished | recent).exclude(problem="")
        late = len(jobs.late(now)) if JobRun.objects.exists() else 0
        yield Waiting("Jobs that should have run and have not", late, reverse("admin:exercises_jobrun_changelist"))
        yield Waiting("Jobs with problems", troubled.count(), reverse("admin:exercises_jobrun_changelist"))
