"""What the jobs did, problems first; and running what is due now."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from awards.admin.confirm import Confirm
from awards.admin.records import RecordAdmin, section, shown
from awards.market.finding import MOST_FOUND, Search
from awards.market.long_list import EachValueFilter
from awards.templatetags.figures import NOTHING, day, instant
from exercises import jobs
from exercises.models import JobRun
from exercises.models.job_run import TROUBLES_FIRST

SHOWN = 160


class RunDue(Confirm):
    slug = "run-due"
    title = "Run what is due now"
    # No role has it: whoever runs the portal does this by hand, and the schedule does it every few minutes.
    permission = "exercises.run_jobs"

    def effects(self, row: Any, now: datetime) -> Sequence[str]:
        return [
            "Runs every job that is due and not done, missed dates first, and sends the mail that waits.",
            "Safe beside the schedule: each job is claimed in the database, once for each business date.",
            "What was tried less than five minutes ago waits for its turn.",
        ]

    def act(self, row: Any, *, by: Any, now: datetime, **data: Any) -> list[JobRun]:
        return jobs.run_due(now)

    def done(self, row: Any, result: list[JobRun]) -> str:
        runs = "; ".join(f"{run.kind} for {run.business_date}: {run.state}" for run in result)
        return f"Ran {runs}." if runs else "Nothing was due."

    def address_after(self, row: Any, result: list[JobRun]) -> str:
        return reverse("admin:exercises_jobrun_changelist")


@admin.display(description="What it did")
def did(run: JobRun) -> str:
    return format_html("<pre>{}</pre>", json.dumps(run.did, indent=2, ensure_ascii=False))


def lasted(time: timedelta | None) -> str:
    """In words, to the second; under ten seconds to a tenth."""
    if time is None:
        return NOTHING
    seconds = time / timedelta(seconds=1)
    if seconds < 10:
        return f"{seconds:.1f} s"
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} h {rest // 60:02} min" if hours else f"{rest // 60} min {rest % 60:02} s"


def by_kind(rows: QuerySet[JobRun], search: Search) -> list[int]:
    return search.keys(rows.filter(kind=search.text.lower()).order_by("-business_date"))


def by_problem(rows: QuerySet[JobRun], search: Search) -> list[int]:
    """Looks into the newest problems, as many as a search finds."""
    troubled = rows.exclude(problem="").order_by("-business_date")[:MOST_FOUND]
    return search.keys(rows.filter(pk__in=troubled.values("pk"), problem__icontains=search.text))


@admin.register(JobRun)
class JobRunAdmin(RecordAdmin):
    for_all = (RunDue,)
    has_history = False
    list_display = (
        "kind",
        shown("business_date", day),
        "state",
        shown("problem", lambda text: Truncator(text).chars(SHOWN) or NOTHING),
        "attempts",
        shown("finished_at", instant, "Ended"),
        "due",
        "done",
        "refused",
        shown("took", lasted),
        shown("lag", lasted),
    )
    list_filter = ("state", ("kind", EachValueFilter))
    finders = (by_kind, by_problem)
    search_help_text = "A job by its name, or part of a recent problem"
    date_hierarchy = "business_date"
    fieldsets = (
        section(None, "kind", shown("business_date", day), "state", "problem", "due", "done", "refused", did),
        section(
            "Audit",
            "attempts",
            shown("claimed_at", instant),
            shown("finished_at", instant),
            shown("took", lasted),
            shown("lag", lasted),
        ),
    )

    def get_ordering(self, request: HttpRequest) -> Any:
        return [TROUBLES_FIRST, "-business_date", "kind"]
