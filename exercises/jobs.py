"""What runs every night, and what of it is due. The database decides; Celery, a command or a person hurries it along.

A job is claimed by its `JobRun` (kind and business date), missed dates first. Each may run twice, late, beside itself.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from awards.actions import audit, outbox
from awards.actions.lapses import write_lapses
from awards.agreement.calendar import TradingCalendar
from awards.market.calendar import trading_calendar
from awards.market.missing import missing_lines, missing_report
from awards.market.queries import first_days, missing_closes
from awards.market.recording import collect_closing_prices
from exercises import consistency
from exercises.actions.pricing import price_waiting
from exercises.models import ExerciseNotice, JobRun

logger = logging.getLogger(__name__)
NEW_YORK = ZoneInfo("America/New_York")
# A run whose worker has not ended it after this long is taken over: longer than a task may live.
ABANDONED_AFTER = timedelta(minutes=15)
RETRY_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, and whether its business date is complete; if not it is tried again until it is."""

    did: dict[str, Any]
    complete: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A job for each business date: due `after` that date's midnight or close of trading, in New York.

    With `in_order` a date waits until the one before is done. With `newest_is_enough` a run looks at everything there
    is, and dates missed before it need none of their own.
    """

    kind: str
    run: Callable[[date, datetime], Outcome]
    after: timedelta
    trading_days_only: bool = False
    in_order: bool = False
    newest_is_enough: bool = False

    def due_at(self, day: date, calendar: TradingCalendar) -> datetime:
        if self.trading_days_only:
            return calendar.close_at(day) + self.after
        return datetime.combine(day, time(0), NEW_YORK) + self.after


def record_closes(day: date, now: datetime) -> Outcome:
    """Fetch what the sources have; complete once each series that has closes has that of the business date."""
    did = collect_closing_prices(now)
    missing = _missing_on(day)
    failed = [line for found in did.values() for each in found if each["failed"] for line in each["messages"]]
    complete = not missing and not (failed and len(first_days()) < len(did))
    return Outcome({"sources": did, "missing": missing}, complete=complete, problem="\n".join([*missing, *failed]))


def price_notices(day: date, now: datetime) -> Outcome:
    """Price what waits; complete once the close of the business date is in and no notice waits for one up to it."""
    did = price_waiting(now=now)
    due = ExerciseNotice.objects.waiting().filter(exercise_date__lte=trading_calendar().next_trading_day(day))
    waits = [f"{notice.number}: {did['waiting'][notice.number]}" for notice in due if notice.number in did["waiting"]]
    held = [f"{number}, for the Committee: {reason}" for number, reason in did["for_committee"].items()]
    # A notice may still come that rests on this close: after it has come in, notices are priced as they are given.
    missing = _missing_on(day)
    return Outcome(did, complete=not waits and not missing, problem="\n".join([*held, *waits, *missing]))


def lapses(day: date, now: datetime) -> Outcome:
    """Write what lapsed by the end of the business date."""
    return Outcome(write_lapses(through=day, now=now))


def seal_audit(day: date, now: datetime) -> Outcome:
    """Seal the business date's audit events."""
    seal = audit.seal_day(day=day, now=now)
    return Outcome({"events": seal.events, "hash": seal.hash})


def check(day: date, now: datetime) -> Outcome:
    """Recompute everything; a difference is an incident and is mailed once."""
    found = list(consistency.differences())
    if found:
        alarm(f"consistency/{day}", "The portal's records do not add up", found, now)
    return Outcome({"differences": len(found), "first": found[:20]}, problem="\n".join(found[:20]))


def alarm_missing(day: date, now: datetime) -> Outcome:
    """Mail once an evening for as long as closes are missing that should have come."""
    lines = missing_lines(missing_report(now))
    if lines:
        alarm(f"missing closes/{day}", "Closing prices are missing", lines, now)
    return Outcome({"missing": lines}, problem="\n".join(lines))


def _missing_on(day: date) -> list[str]:
    """The series that have closes from before the day, and none of it."""
    calendar = trading_calendar()
    begun = [series for series, first in sorted(first_days().items()) if first <= day]
    return [f"{series} {day}" for series in begun if missing_closes(series, day, day, calendar)]


def alarm(key: str, subject: str, lines: list[str], now: datetime) -> None:
    """Log, and queue one mail per recipient; the key makes a second one of the same impossible."""
    logger.error("%s: %s", subject, "; ".join(lines[:20]))
    for recipient in settings.ALARM_RECIPIENTS:
        outbox.queue(key=f"{key}/{recipient}", to=recipient, subject=subject, body="\n".join(lines[:200]), now=now)


JOBS = (
    Job("record closes", record_closes, timedelta(minutes=20), trading_days_only=True),
    Job("price notices", price_notices, timedelta(minutes=25), trading_days_only=True),
    Job("alarm missing closes", alarm_missing, timedelta(minutes=150), trading_days_only=True, newest_is_enough=True),
    Job("write lapses", lapses, timedelta(days=1, minutes=5)),
    Job("seal audit", seal_audit, timedelta(days=1, minutes=30), in_order=True),
    Job("check consistency", check, timedelta(days=1, hours=4), newest_is_enough=True),
)


def run_due(now: datetime) -> list[JobRun]:
    """Run whatever is due, missed dates first, and send the mail that is waiting. Returns the runs that took place."""
    calendar = trading_calendar()
    runs = [run for job in JOBS for run in _run_job(job, now, calendar)]
    outbox.drain(now=now)
    return runs


def _run_job(job: Job, now: datetime, calendar: TradingCalendar) -> Iterator[JobRun]:
    for day in due_dates(job, now, calendar):
        run = run_once(job, day, now)
        if run is not None:
            yield run
        if job.in_order and (run is None or run.state != JobRun.State.DONE):
            return


def due_dates(job: Job, now: datetime, calendar: TradingCalendar) -> Iterator[date]:
    """The business dates of a job that are due and not done, in order. A new portal begins with the last one due."""
    today = now.astimezone(NEW_YORK).date()
    open_runs = JobRun.objects.filter(kind=job.kind).exclude(state=JobRun.State.DONE)
    yield from open_runs.order_by("business_date").values_list("business_date", flat=True)
    newest = JobRun.objects.filter(kind=job.kind).aggregate(newest=Max("business_date"))["newest"]
    due = [day for day in _days(newest, today) if _is_due(job, day, now, calendar)]
    yield from due if newest and not job.newest_is_enough else due[-1:]


def _days(newest: date | None, today: date) -> list[date]:
    first = newest + timedelta(days=1) if newest else today - timedelta(days=7)
    return [first + timedelta(days=number) for number in range((today - first).days + 1)]


def _is_due(job: Job, day: date, now: datetime, calendar: TradingCalendar) -> bool:
    if job.trading_days_only and not calendar.is_trading_day(day):
        return False
    return now >= job.due_at(day, calendar)


def run_once(job: Job, day: date, now: datetime) -> JobRun | None:
    """Claim the run and do it; None where it is done, claimed by another, or was tried a moment ago."""
    run = claim(job.kind, day, now)
    if run is None:
        return None
    try:
        outcome = job.run(day, now)
    except SoftTimeLimitExceeded:
        _end(run, JobRun.State.FAILED, now, {}, "It ran out of time and goes on with the next tick.")
        raise
    except Exception as error:
        logger.exception("%s for %s failed", job.kind, day)
        _end(run, JobRun.State.FAILED, now, {}, f"{type(error).__name__}: {error}")
        lines = [f"{type(error).__name__}: {error}"]
        alarm(f"job failed/{job.kind}/{day}", f"{job.kind} for {day} failed", lines, now)
        return run
    state = JobRun.State.DONE if outcome.complete else JobRun.State.WAITING
    _end(run, state, now, outcome.did, outcome.problem)
    return run


def claim(kind: str, day: date, now: datetime) -> JobRun | None:
    """Take the run by an update that names the state it expects, so that of two claimants one gets it.

    What waits or failed is not taken again within RETRY_AFTER. A clock that stands still, as in a rehearsal, or was set
    back tells nothing about that, and holds nothing up.
    """
    try:
        with transaction.atomic():
            return JobRun.objects.create(kind=kind, business_date=day, state=JobRun.State.RUNNING, claimed_at=now)
    except IntegrityError:
        pass  # the row is there: it is taken below if it may be
    row = JobRun.objects.get(kind=kind, business_date=day)
    a_moment_ago = Q(claimed_at__gt=now - RETRY_AFTER, claimed_at__lt=now)
    again = Q(state__in=[JobRun.State.WAITING, JobRun.State.FAILED]) & ~a_moment_ago
    abandoned = Q(state=JobRun.State.RUNNING, claimed_at__lte=now - ABANDONED_AFTER)
    taken = JobRun.objects.filter(again | abandoned, pk=row.pk, attempts=row.attempts).update(
        state=JobRun.State.RUNNING, claimed_at=now, finished_at=None, attempts=row.attempts + 1
    )
    return JobRun.objects.get(pk=row.pk) if taken else None


def _end(run: JobRun, state: JobRun.State, now: datetime, did: dict[str, Any], problem: str) -> None:
    # Only the claimant of this attempt writes its end: one taken over in the meantime leaves the row alone.
    JobRun.objects.filter(pk=run.pk, attempts=run.attempts, state=JobRun.State.RUNNING).update(
        state=state, finished_at=now, did=did, problem=problem
    )
    run.refresh_from_db()
