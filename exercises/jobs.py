"""What runs every night, and what of it is due. The database decides; Celery, a command or a person hurries it along.

A job is claimed by its `JobRun` (kind and business date), missed dates first. Each may run twice, late, beside itself.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import takewhile
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet

from awards import news
from awards.actions import audit, outbox, posting
from awards.actions import lapses as lapsing
from awards.actions.telling import tell
from awards.agreement.calendar import TradingCalendar
from awards.market.calendar import trading_calendar
from awards.market.missing import missing_lines, missing_report
from awards.market.queries import first_days, missing_closes
from awards.market.recording import collect_closing_prices
from awards.models import Award
from exercises import consistency, nights, slices, telling
from exercises.actions.pricing import price_waiting
from exercises.models import ExerciseNotice, JobRun, JobSlice
from exercises.retries import until_it_passes
from exercises.slices import Sliced

logger = logging.getLogger(__name__)
NEW_YORK = ZoneInfo("America/New_York")
# A run whose worker has not ended it after this long is taken over: longer than a task may live.
ABANDONED_AFTER = timedelta(minutes=15)
RETRY_AFTER = timedelta(minutes=5)
# A job may take this long after it is due before somebody should look.
LATE_AFTER = timedelta(minutes=30)
# Awards told of in one transaction.
TOLD = 500
HandOut = Callable[[list[int]], None]


def nobody_else(keys: list[int]) -> None:
    """Whoever runs the jobs writes every slice."""


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
    is, and dates missed before it need none of their own. A date is due once the job that it `follows`, which is one in
    slices, has no slice left to write for it.
    """

    kind: str
    run: "Callable[[date, datetime], Outcome] | Sliced"
    after: timedelta
    trading_days_only: bool = False
    in_order: bool = False
    newest_is_enough: bool = False
    follows: str = ""

    def due_at(self, day: date, calendar: TradingCalendar) -> datetime:
        # A day on which there was no trading after all keeps the run that it has.
        if self.trading_days_only and calendar.is_trading_day(day):
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


def due_lapses(day: date) -> "QuerySet[Award]":
    """The Awards of which something lapsed by the end of the business date and is not written."""
    return lapsing.due(day)


def write_lapses(first: int, last: int, day: date, now: datetime) -> dict[str, int]:
    """Write what lapsed by the end of the business date, of the Awards from key to key."""
    return lapsing.write_between(first, last, through=day, now=now)


def tell_vestings(first: int, last: int, day: date, now: datetime) -> dict[str, int]:
    """Tell what vests on the business date."""
    awards = _between(news.vesting_on(day), first, last)
    return {"told": tell(news.vestings(awards, on=day, now=now), now=now)}


def tell_lapses_ahead(first: int, last: int, day: date, now: datetime) -> dict[str, int]:
    """Remind of what lapses so many days after the business date."""
    awards = _between(news.lapsing_ahead_of(day), first, last)
    return {"told": tell(news.lapses_ahead(awards, due_on=day, now=now), now=now)}


def tell_lapses(first: int, last: int, day: date, now: datetime) -> dict[str, int]:
    """Tell what lapsed by the end of the business date."""
    awards = _between(telling.lapses_swept_on(day), first, last)
    return {"told": tell(telling.lapses_swept(awards, day), now=now)}


def _between(awards: "QuerySet[Award]", first: int, last: int) -> "QuerySet[Award]":
    return awards.filter(pk__gte=first, pk__lte=last).order_by("pk")


def tell_corrections(day: date, now: datetime) -> Outcome:
    """Tell whose exercises rest on a close that was corrected on the business date."""
    with transaction.atomic():
        return Outcome({"told": tell(telling.corrections(day), now=now)})


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
    Job(telling.SWEEP, Sliced(due_lapses, write_lapses, lapsing.slice_size), timedelta(days=1, minutes=5)),
    Job("tell vestings", Sliced(news.vesting_on, tell_vestings, TOLD), timedelta(hours=6)),
    Job("tell lapses ahead", Sliced(news.lapsing_ahead_of, tell_lapses_ahead, TOLD), timedelta(hours=6)),
    Job(
        "tell lapses",
        Sliced(telling.lapses_swept_on, tell_lapses, TOLD),
        timedelta(days=1, hours=6),
        follows=telling.SWEEP,
    ),
    Job("tell corrections", tell_corrections, timedelta(days=1, hours=6)),
    Job("seal audit", seal_audit, timedelta(days=1, minutes=30), in_order=True),
    Job("check consistency", check, timedelta(days=1, hours=4), newest_is_enough=True),
)


def run_due(now: datetime, hand_out: HandOut = nobody_else) -> list[JobRun]:
    """Run whatever is due, missed dates first, and send the mail that is waiting. Returns the runs that took place.

    `hand_out` is given the keys of the slices of a run, for others to write them too: what they do not, is done here.
    """
    calendar = trading_calendar()
    alarm_late(now)
    runs = [run for job in JOBS for run in _run_job(job, now, calendar, hand_out)]
    posting.post(now=now)
    outbox.drain(now=now)
    return runs


def _run_job(job: Job, now: datetime, calendar: TradingCalendar, hand_out: HandOut) -> Iterator[JobRun]:
    for day in due_dates(job, now, calendar):
        run = run_once(job, day, now, hand_out)
        if run is not None:
            yield run
        # Others are still at slices of this date: the next one waits for them.
        is_shared = run is not None and run.state == JobRun.State.RUNNING
        if is_shared or (job.in_order and (run is None or run.state != JobRun.State.DONE)):
            return


def due_dates(job: Job, now: datetime, calendar: TradingCalendar) -> Iterator[date]:
    """The business dates of a job that are due and not done, in order. A new portal begins with the last one due."""
    today = now.astimezone(NEW_YORK).date()
    open_runs = JobRun.objects.filter(kind=job.kind).exclude(state=JobRun.State.DONE)
    yield from open_runs.order_by("business_date").values_list("business_date", flat=True)
    newest = JobRun.objects.filter(kind=job.kind).aggregate(newest=Max("business_date"))["newest"]
    due = [day for day in _days(newest, today) if _is_due(job, day, now, calendar)]
    if job.follows:
        written = telling.written_dates(job.follows, due)
        # In order: a date that is passed over would never be looked at again.
        due = list(takewhile(written.__contains__, due)) if newest else [day for day in due if day in written]
    yield from due if newest and not job.newest_is_enough else due[-1:]


def _days(newest: date | None, today: date) -> list[date]:
    first = newest + timedelta(days=1) if newest else today - timedelta(days=7)
    return [first + timedelta(days=number) for number in range((today - first).days + 1)]


def _is_due(job: Job, day: date, now: datetime, calendar: TradingCalendar) -> bool:
    if job.trading_days_only and not calendar.is_trading_day(day):
        return False
    return now >= job.due_at(day, calendar)


def run_once(job: Job, day: date, now: datetime, hand_out: HandOut = nobody_else) -> JobRun | None:
    """Claim the run and do it; None where it is done, claimed by another, or was tried a moment ago."""
    if isinstance(job.run, Sliced):
        return _run_slices(job, job.run, day, now, hand_out)
    run = claim(job.kind, day, now)
    if run is None:
        return None
    started = monotonic()
    try:
        outcome = until_it_passes(partial(job.run, day, now))
    except SoftTimeLimitExceeded:
        problem = "It ran out of time and goes on with the next tick."
        _end(run, now, started, state=JobRun.State.FAILED, did={}, problem=problem)
        raise
    except Exception as error:
        logger.exception("%s for %s failed", job.kind, day)
        problem = f"{type(error).__name__}: {error}"
        until_it_passes(lambda: _fail(run, now, [problem], started, did={}))
        return run
    state = JobRun.State.DONE if outcome.complete else JobRun.State.WAITING
    until_it_passes(lambda: _end(run, now, started, state=state, did=outcome.did, problem=outcome.problem))
    return run


def _run_slices(job: Job, sliced: Sliced, day: date, now: datetime, hand_out: HandOut) -> JobRun | None:
    """Claim the run or join it: a slice is written by who holds its lock, however many are at the run."""
    started = monotonic()
    run = (
        claim(job.kind, day, now)
        or JobRun.objects.filter(kind=job.kind, business_date=day, state=JobRun.State.RUNNING).first()
    )
    if run is None:
        return None
    planned = until_it_passes(lambda: slices.plan(run, sliced))
    if len(planned) > 1:
        hand_out(planned)
    slices.write_open(run, sliced, now)
    until_it_passes(lambda: finish(run, now, started))
    return run


def run_slice(key: int, now: datetime) -> None:
    """Write one slice, and end its run where it was the last. Nothing where that is done or another is at it."""
    started = monotonic()
    found = JobSlice.objects.filter(pk=key).select_related("run").first()
    job = next((job for job in JOBS if found and job.kind == found.run.kind), None)
    if found is None or job is None or not isinstance(job.run, Sliced):
        return
    if slices.write_one(key, job.run, now):
        until_it_passes(lambda: finish(found.run, now, started))


def finish(run: JobRun, now: datetime, started: float) -> None:
    """End a run of which no slice is open; who comes first does, and the others find it ended."""
    # Before its slices are looked at: while another cuts them, a run has none, and is not at its end.
    run.refresh_from_db()
    if run.due is None or run.state != JobRun.State.RUNNING:
        return
    stands = slices.progress(run)
    counts = {"done": stands.done, "refused": stands.refused}
    if stands.open:
        JobRun.objects.filter(pk=run.pk, attempts=run.attempts, state=JobRun.State.RUNNING).update(**counts)
        run.refresh_from_db()
    elif stands.refused:
        _fail(run, now, stands.problems, started, did=stands.did, **counts)
    else:
        _end(run, now, started, state=JobRun.State.DONE, did=stands.did, problem="", **counts)


def _fail(run: JobRun, now: datetime, problems: list[str], started: float, **counted: Any) -> None:
    _end(run, now, started, state=JobRun.State.FAILED, problem="\n".join(problems[:20]), **counted)
    day = run.business_date
    alarm(f"job failed/{run.kind}/{day}", f"{run.kind} for {day} failed", problems, now)


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
    with transaction.atomic():
        taken = JobRun.objects.filter(again | abandoned, pk=row.pk, attempts=row.attempts).update(
            state=JobRun.State.RUNNING, claimed_at=now, finished_at=None, attempts=row.attempts + 1
        )
        if taken:
            slices.reopen(row)
    return JobRun.objects.get(pk=row.pk) if taken else None


def _end(run: JobRun, now: datetime, started: float, **ended: Any) -> None:
    """Write that the run ended, and how; `started` is the monotonic time at which this claimant began."""
    took = max(now - run.claimed_at, timedelta(0)) + timedelta(seconds=monotonic() - started)
    due_at = _due_at(run)
    lag = max(run.claimed_at + took - due_at, timedelta(0)) if due_at else None
    # Only the claimant of this attempt writes its end: one taken over in the meantime leaves the row alone.
    JobRun.objects.filter(pk=run.pk, attempts=run.attempts, state=JobRun.State.RUNNING).update(
        finished_at=now, took=took, lag=lag, **ended
    )
    run.refresh_from_db()


def _due_at(run: JobRun) -> datetime | None:
    job = next((job for job in JOBS if job.kind == run.kind), None)
    return job.due_at(run.business_date, trading_calendar()) if job else None


def lags(now: datetime) -> dict[str, tuple[date, timedelta]]:
    """By kind of job the first date that is due and not done, and how long it has been due.

    A run that waits for a close has been run: what it waits for, the check of the closes says.
    """
    calendar = trading_calendar()
    waiting = frozenset(JobRun.objects.filter(state=JobRun.State.WAITING).values_list("kind", "business_date"))
    found = {}
    for job in JOBS:
        due = [day for day in due_dates(job, now, calendar) if (job.kind, day) not in waiting]
        if due:
            found[job.kind] = (min(due), now - job.due_at(min(due), calendar))
    return found


def late(now: datetime) -> list[str]:
    """In words the jobs that should have run and have not."""
    return [
        f"{kind} for {day} has been due for {int(lag.total_seconds() // 60)} minutes"
        for kind, (day, lag) in lags(now).items()
        if lag > LATE_AFTER
    ]


def alarm_late(now: datetime, *, is_tick: bool = True) -> list[str]:
    """Mail once a day for as long as jobs have not run that should have.

    What a new portal's first tick finds is not late; that no first tick came is, to who looks from outside.
    """
    since = now - LATE_AFTER
    lines = late(now) if nights.has_run_before(since) or not (is_tick or nights.is_new(since)) else []
    if lines:
        alarm(f"late jobs/{now.astimezone(NEW_YORK).date()}", "Jobs that should have run have not", lines, now)
    return lines
