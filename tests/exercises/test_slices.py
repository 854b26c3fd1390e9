"""A night in slices: shared, late, doubled, halved, and never anything else than the night written by one alone."""

from datetime import timedelta

import pytest

from awards.models import Award, OutboxMessage
from exercises import consistency, jobs, slices
from exercises.jobs import Job
from exercises.models import JobRun
from tests import builders
from tests.exercises.given import LEFT, leavers, ledger_of, moment

pytestmark = pytest.mark.django_db
RECORD, PRICE, ALARM, LAPSES, *TELLING, SEAL, CHECK = jobs.JOBS


def dates(kind: str) -> list[str]:
    found = JobRun.objects.filter(kind=kind).order_by("pk").values_list("business_date", flat=True)
    return [on.isoformat() for on in found]


@pytest.fixture
def small_slices(monkeypatch):
    """The sweep in slices of two Awards."""
    sliced = slices.Sliced(LAPSES.run.due, lambda *given: jobs.write_lapses(*given), 2)
    small = Job(LAPSES.kind, sliced, LAPSES.after)
    monkeypatch.setattr(jobs, "JOBS", tuple(small if job is LAPSES else job for job in jobs.JOBS))


def the_sweep() -> JobRun:
    return JobRun.objects.get(kind=LAPSES.kind)


def test_run_tells_due_done_refused_took_and_lag(small_slices):
    leavers(5)

    jobs.run_due(moment("2006-08-04 00:06"))

    run = the_sweep()
    assert (run.due, run.done, run.refused, run.did["entries"]) == (5, 5, 0, 5)
    assert list(run.slices.values_list("due", "state")) == [(2, "done"), (2, "done"), (1, "done")]
    assert timedelta(0) < run.took < timedelta(minutes=1)
    assert run.lag == run.took + timedelta(minutes=1)
    check = JobRun.objects.filter(kind=CHECK.kind).get()
    assert (check.due, check.done, check.refused) == (None, None, None)


def test_night_with_nothing_due_is_done(small_slices):
    jobs.run_due(moment("2006-08-04 00:06"))

    run = the_sweep()
    assert (run.state, run.due, run.done, run.refused) == ("done", 0, 0, 0)
    assert run.did == {"due": 0, "awards": 0, "entries": 0}


def test_run_that_another_is_cutting_is_not_ended(small_slices, monkeypatch):
    """Its cut is committed while one who came beside looks for what is left of it."""
    leavers(5)
    now = moment("2006-08-04 00:06")
    run = jobs.claim(LAPSES.kind, moment("2006-08-03 12:00").date(), now)
    looks = slices.progress

    def looks_while_it_is_cut(run: JobRun) -> slices.Progress:
        found = looks(run)
        slices.plan(run, slices.Sliced(LAPSES.run.due, jobs.write_lapses, 2))
        return found

    monkeypatch.setattr(slices, "progress", looks_while_it_is_cut)
    jobs.finish(run, now, 0)

    assert the_sweep().state == "running"


def test_who_looked_before_the_end_does_not_write_over_it(small_slices, monkeypatch):
    leavers(5)
    now = moment("2006-08-04 00:06")
    run = jobs.claim(LAPSES.kind, moment("2006-08-03 12:00").date(), now)
    sliced = slices.Sliced(LAPSES.run.due, jobs.write_lapses, 2)
    first, *_ = slices.plan(run, sliced)
    slices.write_one(first, sliced, now)
    looks = slices.progress

    def looks_before_the_end(run: JobRun) -> slices.Progress:
        found = looks(run)
        monkeypatch.setattr(slices, "progress", looks)
        slices.write_open(run, sliced, now)
        jobs.finish(JobRun.objects.get(pk=run.pk), now, 0)
        return found

    monkeypatch.setattr(slices, "progress", looks_before_the_end)
    jobs.finish(run, now, 0)

    assert (run.state, run.done, run.did["entries"]) == ("done", 5, 5)
    assert (the_sweep().state, the_sweep().done) == ("done", 5)


def test_slices_are_offered_to_others_and_their_messages_may_come_at_any_time(small_slices, monkeypatch):
    awards, offered = leavers(5), []
    with monkeypatch.context() as alone:
        alone.setattr(slices, "write_open", lambda *given: None)  # the coordinator is killed before its first slice
        jobs.run_due(moment("2006-08-04 00:06"), offered.append)

    (keys,) = offered
    assert (len(keys), the_sweep().state, the_sweep().done) == (3, "running", 0)
    for key in (keys[2], keys[0], keys[2], keys[1], keys[0]):
        jobs.run_slice(key, moment("2006-08-04 00:07"))
    assert (the_sweep().state, the_sweep().done) == ("done", 5)
    assert [ledger_of(award) for award in awards] == [LEFT] * 5

    jobs.run_slice(keys[0], moment("2006-09-04 00:07"))
    jobs.run_slice(1_000_000, moment("2006-09-04 00:07"))  # of a database that was restored since
    assert the_sweep().did["entries"] == 5


def test_night_of_one_slice_is_offered_to_nobody(small_slices):
    leavers(2)
    offered = []

    jobs.run_due(moment("2006-08-04 00:06"), offered.append)

    assert (offered, the_sweep().state) == ([], "done")


def test_next_date_waits_while_others_are_at_slices(small_slices, monkeypatch):
    leavers(3)
    jobs.run_due(moment("2006-08-03 00:06"))
    with monkeypatch.context() as alone:
        alone.setattr(slices, "write_open", lambda *given: None)
        jobs.run_due(moment("2006-08-06 00:06"))
    assert dates(LAPSES.kind) == ["2006-08-02", "2006-08-03"]
    assert JobRun.objects.get(kind=LAPSES.kind, business_date="2006-08-03").state == "running"

    jobs.run_due(moment("2006-08-06 00:08"))

    assert dates(LAPSES.kind) == ["2006-08-02", "2006-08-03", "2006-08-04", "2006-08-05"]
    assert set(JobRun.objects.filter(kind=LAPSES.kind).values_list("state", flat=True)) == {"done"}


def test_award_that_cannot_be_written_stands_alone(monkeypatch, mailoutbox):
    awards = leavers(5)
    broken, write = awards[2], jobs.write_lapses

    def write_others(first, last, day, now):
        if first <= broken.pk <= last:
            raise ValueError("broken")
        return write(first, last, day, now)

    with monkeypatch.context() as breaking:
        breaking.setattr(
            jobs, "JOBS", (Job(LAPSES.kind, slices.Sliced(LAPSES.run.due, write_others, 5), LAPSES.after),)
        )
        jobs.run_due(moment("2006-08-04 00:06"))
        jobs.run_due(moment("2006-08-04 00:12"))

    run = the_sweep()
    problem = f"{broken.number}: ValueError: broken"
    assert (run.state, run.due, run.done, run.refused, run.problem) == ("failed", 5, 4, 1, problem)
    assert [ledger_of(award) == LEFT for award in awards] == [True, True, False, True, True]
    assert [mail.body for mail in mailoutbox if mail.to == ["stock-plan@localhost"]] == [problem]

    jobs.run_due(moment("2006-08-04 00:18"))

    run = the_sweep()
    assert (run.state, run.done, run.refused, run.problem, run.attempts) == ("done", 5, 0, "", 3)
    assert [ledger_of(award) for award in awards] == [LEFT] * 5


def test_what_refuses_everything_is_not_halved_for_ever(monkeypatch):
    awards = leavers(6)
    broken = Job(LAPSES.kind, slices.Sliced(LAPSES.run.due, lambda *given: 1 // 0, 6), LAPSES.after)
    monkeypatch.setattr(jobs, "JOBS", (broken,))
    monkeypatch.setattr(slices, "MOST_REFUSED", 2)

    jobs.run_due(moment("2006-08-04 00:06"))

    run = the_sweep()
    assert (run.state, run.due, run.done, run.refused) == ("failed", 6, 0, 6)
    assert run.problem.splitlines()[:2] == [
        f"{award.number}: ZeroDivisionError: integer division or modulo by zero" for award in awards[:2]
    ]
    assert "3 Awards: ZeroDivisionError: integer division or modulo by zero" in run.problem.splitlines()


def grants_and_leavers() -> list[Award]:
    """A year in which something lapses on most kinds of days."""
    builders.adjusted("2006-10-02", 2, 1, decided_on="2005-12-01")
    awards = []
    for number, left_on in enumerate(["2006-09-30", "2006-10-02", "2006-10-03", "2006-10-14", None]):
        holder = builders.grantee(f"leaver{number}")
        awards.append(builders.granted_award(holder, options=1001))
        if left_on:
            builders.ceased(holder, left_on, recorded_on="2006-09-29")
    return awards


def test_off_for_a_month_equals_never_having_missed(small_slices):
    """One portal ticks every night; the other is off from the evening of 2006-09-29 to the 2nd of November."""
    every_night = grants_and_leavers()
    for number in range(35):
        jobs.run_due(moment("2006-09-29 23:00") + timedelta(days=number))
    ticked = [ledger_of(award) for award in every_night]
    nights = dates(LAPSES.kind)

    JobRun.objects.all().delete()
    OutboxMessage.objects.all().delete()
    slept = _copies(every_night)
    jobs.run_due(moment("2006-09-29 23:00"))
    jobs.run_due(moment("2006-11-02 23:00"))

    assert [ledger_of(award) for award in slept] == ticked
    assert ticked[0] == [
        ("granted", 1001, "2005-07-01"),
        ("lapsed_unvested", -375, "2006-09-30"),  # 501 and 125 had vested
        ("adjusted", 626, "2006-10-02"),
    ]
    assert (dates(LAPSES.kind), len(nights)) == (nights, 35)
    assert set(JobRun.objects.filter(kind=LAPSES.kind).values_list("state", "attempts")) == {("done", 1)}
    assert list(consistency.differences()) == []


def _copies(awards: list[Award]) -> list[Award]:
    copies = []
    for number, award in enumerate(awards):
        left = award.grantee.employment_facts.first()
        holder = builders.grantee(f"sleeper{number}")
        copies.append(builders.granted_award(holder, options=1001))
        if left:
            builders.ceased(holder, left.occurred_on, recorded_on="2006-09-29")
    return copies
