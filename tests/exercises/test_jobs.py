"""What is due, who takes it, and that late, twice or never make no difference to the ledger."""

import smtplib
from datetime import date, datetime, timedelta
from time import monotonic

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from awards.actions import outbox
from awards.market.calendar import trading_calendar
from awards.models import AuditSeal, Award, OutboxMessage
from exercises import jobs, tasks
from exercises.jobs import Job, Outcome
from exercises.models import JobRun
from tests import builders
from tests.exercises.given import PAID_2007_04_03, give, ledger_of, moment

pytestmark = pytest.mark.django_db
DAY = date(2007, 4, 2)
State = JobRun.State
RECORD, PRICE, ALARM, LAPSES, VESTINGS, AHEAD, TOLD_LAPSES, CORRECTIONS, SEAL, CHECK = jobs.JOBS
KINDS = [job.kind for job in jobs.JOBS]


def runs(kind: str | None = None) -> list[tuple[str, str, str]]:
    rows = JobRun.objects.order_by("pk")
    rows = rows.filter(kind=kind) if kind else rows
    return [(run.kind, run.business_date.isoformat(), run.state) for run in rows]


def dates(kind: str) -> list[str]:
    return [on for _, on, _ in runs(kind)]


@pytest.fixture
def job(monkeypatch):
    """The only job there is: its outcomes are what the test puts in, one for each attempt, and the last for ever."""

    class Scripted:
        outcomes: list = [Outcome({})]
        attempts: list = []

        def __call__(self, day: date, now: datetime) -> Outcome:
            self.attempts.append((day.isoformat(), now))
            outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

    scripted = Scripted()
    scripted.outcomes, scripted.attempts = [Outcome({})], []
    monkeypatch.setattr(jobs, "JOBS", (Job("scripted", scripted, timedelta(days=1, minutes=5)),))
    return scripted


def run(text: str) -> list[tuple[str, str]]:
    return [(run.business_date.isoformat(), run.state) for run in jobs.run_due(moment(text))]


@pytest.mark.parametrize(
    ("job", "day", "due"),
    [
        (RECORD, "2007-04-02", "2007-04-02 16:20"),
        (RECORD, "2006-11-24", "2006-11-24 13:20"),  # trading closes at 13:00
        (PRICE, "2007-04-02", "2007-04-02 16:25"),
        (PRICE, "2006-11-24", "2006-11-24 13:25"),
        (ALARM, "2007-04-02", "2007-04-02 18:30"),
        (LAPSES, "2007-04-02", "2007-04-03 00:05"),
        (LAPSES, "2007-04-07", "2007-04-08 00:05"),  # a Saturday
        (LAPSES, "2007-03-10", "2007-03-11 00:05"),  # the night to daylight saving time
        (VESTINGS, "2007-04-02", "2007-04-02 06:00"),
        (AHEAD, "2007-04-07", "2007-04-07 06:00"),
        (AHEAD, "2007-03-11", "2007-03-11 06:00"),  # after the night to daylight saving time
        (CORRECTIONS, "2007-04-02", "2007-04-03 06:00"),
        (SEAL, "2007-04-02", "2007-04-03 00:30"),
        (CHECK, "2007-03-10", "2007-03-11 04:00"),
        (CHECK, "2007-11-03", "2007-11-04 04:00"),  # the night back
    ],
)
def test_job_is_due_from_its_minute_on(job, day, due):
    calendar, on = trading_calendar(), builders.day(day)

    assert job.due_at(on, calendar).strftime("%Y-%m-%d %H:%M") == due
    just_before = list(jobs.due_dates(job, moment(f"{due}:00") - timedelta(microseconds=1), calendar))
    assert (on in just_before, list(jobs.due_dates(job, moment(f"{due}:00"), calendar))[-1]) == (False, on)


def test_nothing_of_the_market_is_due_for_days_without_trading():
    JobRun.objects.create(
        kind=RECORD.kind, business_date=date(2007, 4, 4), state=State.DONE, claimed_at=moment("2007-04-04"),
        finished_at=moment("2007-04-04"),
    )  # fmt: skip

    # 2007-04-06 was Good Friday; the 7th and the 8th a weekend.
    due = jobs.due_dates(RECORD, moment("2007-04-09 16:20"), trading_calendar())

    assert [day.isoformat() for day in due] == ["2007-04-05", "2007-04-09"]


def test_first_start_begins_with_the_last_date_that_is_due(db):
    jobs.run_due(moment("2007-04-09 12:00"))

    assert runs() == [
        ("record closes", "2007-04-05", "done"),
        ("price notices", "2007-04-05", "done"),
        ("alarm missing closes", "2007-04-05", "done"),
        ("write lapses", "2007-04-08", "done"),
        ("tell vestings", "2007-04-09", "done"),
        ("tell lapses ahead", "2007-04-09", "done"),
        ("tell lapses", "2007-04-08", "done"),
        ("tell corrections", "2007-04-08", "done"),
        ("seal audit", "2007-04-08", "done"),
        ("check consistency", "2007-04-08", "done"),
    ]


def test_missed_dates_are_run_in_order(job):
    run("2007-04-01 00:05")

    assert run("2007-04-05 12:00") == [
        ("2007-04-01", "done"),
        ("2007-04-02", "done"),
        ("2007-04-03", "done"),
        ("2007-04-04", "done"),
    ]


def test_run_due_twice_changes_nothing(award):
    jobs.run_due(moment("2007-04-03 09:00"))
    before = (runs(), ledger_of(award), OutboxMessage.objects.count())

    assert jobs.run_due(moment("2007-04-03 09:02")) == []
    assert (runs(), ledger_of(award), OutboxMessage.objects.count()) == before


def test_claim_is_given_once(db):
    now = moment("2007-04-03 00:05")

    first, second = jobs.claim("scripted", DAY, now), jobs.claim("scripted", DAY, now)

    assert (first.state, first.attempts, second) == ("running", 1, None)


def test_claim_of_what_is_done_is_refused(job):
    run("2007-04-03 00:05")

    assert jobs.claim("scripted", DAY, moment("2007-05-03 00:05")) is None


@pytest.mark.parametrize(
    ("later", "taken"),
    [
        ("2007-04-03 00:04", True),  # a clock that was set back tells nothing
        ("2007-04-03 00:05", True),  # a clock that stands still, as in a rehearsal, neither
        ("2007-04-03 00:05:01", False),
        ("2007-04-03 00:09:59", False),
        ("2007-04-03 00:10", True),
    ],
)
@pytest.mark.parametrize("outcome", [Outcome({}, complete=False, problem="not yet"), ValueError("broken")])
def test_what_waits_or_failed_is_tried_again_after_an_interval(job, later, taken, outcome):
    job.outcomes = [outcome, Outcome({})]
    run("2007-04-03 00:05")

    tried = run(later)

    assert tried == ([("2007-04-02", "done")] if taken else [])
    assert JobRun.objects.get().attempts == (2 if taken else 1)


@pytest.mark.parametrize(("later", "taken"), [("2007-04-03 00:19:59", False), ("2007-04-03 00:20", True)])
def test_abandoned_run_is_taken_over(job, later, taken):
    jobs.claim("scripted", DAY, moment("2007-04-03 00:05"))  # and its worker is killed

    assert run(later) == ([("2007-04-02", "done")] if taken else [])


def test_run_that_was_taken_over_does_not_write_the_end_of_the_other(job):
    late = jobs.claim("scripted", DAY, moment("2007-04-03 00:05"))
    jobs.claim("scripted", DAY, moment("2007-04-03 00:20"))

    jobs._end(late, moment("2007-04-03 00:21"), monotonic(), state=State.DONE, did={"entries": 7})

    row = JobRun.objects.get()
    assert (row.state, row.attempts, row.did) == ("running", 2, {})


def test_waiting_run_says_what_it_waits_for(job):
    job.outcomes = [Outcome({"priced": []}, complete=False, problem="stock 2007-04-02")]

    assert run("2007-04-03 00:05") == [("2007-04-02", "waiting")]
    row = JobRun.objects.get()
    assert (row.problem, row.did, row.finished_at) == ("stock 2007-04-02", {"priced": []}, moment("2007-04-03 00:05"))


def test_failed_run_is_recorded_and_alarmed_once(job, mailoutbox):
    job.outcomes = [ValueError(), ValueError("again"), Outcome({"entries": 1})]

    assert run("2007-04-03 00:05") == [("2007-04-02", "failed")]
    assert JobRun.objects.get().problem == "ValueError: "
    assert run("2007-04-03 00:10") == [("2007-04-02", "failed")]
    assert run("2007-04-03 00:15") == [("2007-04-02", "done")]

    assert [(mail.subject, mail.body) for mail in mailoutbox] == [("scripted for 2007-04-02 failed", "ValueError: ")]
    assert (JobRun.objects.get().problem, JobRun.objects.get().attempts) == ("", 3)


def test_failed_date_does_not_hold_up_the_next(job):
    job.outcomes = [Outcome({}), ValueError("broken"), Outcome({})]
    run("2007-04-01 00:05")

    assert run("2007-04-03 12:00") == [("2007-04-01", "failed"), ("2007-04-02", "done")]
    assert run("2007-04-03 12:05") == [("2007-04-01", "done")]


def test_failed_job_does_not_hold_up_the_others(monkeypatch, award):
    def broken(**given):
        raise RuntimeError("broken")

    monkeypatch.setattr(jobs, "price_waiting", broken)

    done = {run.kind: run.state for run in jobs.run_due(moment("2007-04-03 06:00"))}

    assert done == dict.fromkeys(KINDS, "done") | {PRICE.kind: "failed", RECORD.kind: "waiting"}


def test_run_out_of_time_is_recorded_and_ends_the_tick(job):
    job.outcomes = [SoftTimeLimitExceeded(), Outcome({})]

    with pytest.raises(SoftTimeLimitExceeded):
        run("2007-04-03 00:05")
    assert runs() == [("scripted", "2007-04-02", "failed")]
    assert run("2007-04-03 00:10") == [("2007-04-02", "done")]


def test_seal_waits_for_the_day_before_it(monkeypatch):
    jobs.run_due(moment("2007-04-01 05:00"))
    seal_day = jobs.audit.seal_day
    monkeypatch.setattr(jobs.audit, "seal_day", lambda **given: 1 / 0)
    jobs.run_due(moment("2007-04-04 05:00"))
    assert runs(SEAL.kind)[1:] == [(SEAL.kind, "2007-04-01", "failed")]

    monkeypatch.setattr(jobs.audit, "seal_day", seal_day)
    jobs.run_due(moment("2007-04-04 05:10"))

    assert list(AuditSeal.objects.values_list("day", flat=True)) == [date(2007, 3, 31), date(2007, 4, 1),
                                                                     date(2007, 4, 2), date(2007, 4, 3)]  # fmt: skip
    assert list(jobs.audit.differences()) == []


def test_check_and_alarm_look_at_everything_so_the_newest_date_is_enough():
    jobs.run_due(moment("2007-04-01 05:00"))

    jobs.run_due(moment("2007-05-01 05:00"))

    assert dates(CHECK.kind) == ["2007-03-31", "2007-04-30"]
    assert dates(ALARM.kind) == ["2007-03-30", "2007-04-30"]
    assert (len(dates(LAPSES.kind)), len(dates(SEAL.kind)), len(dates(RECORD.kind))) == (31, 31, 21)


def test_closes_are_fetched_until_those_of_the_date_are_in(award, next_close):
    jobs.run_due(moment("2007-04-02 16:20"))
    assert runs(RECORD.kind) == [(RECORD.kind, "2007-04-02", "waiting")]
    assert JobRun.objects.get(kind=RECORD.kind).problem == "sp500 2007-04-02\nstock 2007-04-02"

    next_close()
    jobs.run_due(moment("2007-04-02 16:30"))

    assert runs(RECORD.kind) == [(RECORD.kind, "2007-04-02", "done")]


def test_source_that_fails_before_there_is_any_close_is_asked_again(monkeypatch):
    failed = {"stock": [{"source": "feed", "failed": True, "messages": ["feed: no answer"]}], "sp500": []}
    monkeypatch.setattr(jobs, "collect_closing_prices", lambda now: failed)

    jobs.run_due(moment("2007-04-02 16:20"))

    row = JobRun.objects.get(kind=RECORD.kind)
    assert (row.state, row.problem, row.did["sources"]) == ("waiting", "feed: no answer", failed)


def test_notices_are_priced_the_evening_their_close_comes_however_late(award, next_close):
    jobs.run_due(moment("2007-04-02 16:30"))  # nobody waits yet, but the close is not in
    notice = give(award, 5_000, "2007-04-02 17:00")
    jobs.run_due(moment("2007-04-02 17:10"))
    assert notice.state == "waiting"

    next_close()
    jobs.run_due(moment("2007-04-02 21:00"))

    notice.refresh_from_db()
    assert notice.pricing.consideration == PAID_2007_04_03
    assert (PRICE.kind, "2007-04-02", "done") in runs()


def test_missing_closes_are_alarmed_once_an_evening(award, mailoutbox):
    jobs.run_due(moment("2007-04-02 12:00"))  # the alarm of the last evening, 2007-03-30
    mailoutbox.clear()
    jobs.run_due(moment("2007-04-02 18:29:59"))
    assert [mail.subject for mail in mailoutbox] == ["Jobs that should have run have not"]  # since 16:20

    jobs.run_due(moment("2007-04-02 18:30"))
    jobs.run_due(moment("2007-04-02 18:40"))

    (mail,) = [mail for mail in mailoutbox if mail.subject == "Closing prices are missing"]
    assert mail.to == ["stock-plan@localhost"]
    assert [line.partition(":")[0] for line in mail.body.splitlines()] == ["Stock", "S&P 500"]
    assert mail.body.count("2007-04-02") == 2


def test_difference_is_alarmed(award, mailoutbox):
    Award.objects.filter(pk=award.pk).update(outstanding=9_999)

    (found,) = [run for run in jobs.run_due(moment("2007-04-03 04:00")) if run.kind == CHECK.kind]

    line = f"{award.number}: 9999 outstanding, and its ledger adds up to 10000"
    assert (found.state, found.problem, found.did) == ("done", line, {"differences": 1, "first": [line]})
    assert [mail.body for mail in mailoutbox if "do not add up" in mail.subject] == [line]


def test_sweep_of_a_night_runs_twice_and_writes_once():
    award = builders.granted_award()
    builders.ceased(award.grantee, "2006-08-03", recorded_on="2006-08-03")
    now = moment("2006-08-04 00:05")

    assert jobs.write_lapses(1, award.pk, date(2006, 8, 3), now) == {"due": 1, "awards": 1, "entries": 1}
    assert jobs.write_lapses(1, award.pk, date(2006, 8, 3), now) == {"due": 0, "awards": 0, "entries": 0}
    assert ledger_of(award)[1:] == [("lapsed_unvested", -500, "2006-08-03")]


def test_jobs_of_a_new_portal_are_late_half_an_hour_after_its_first(job):
    job.outcomes = [ValueError("broken")]
    run("2007-04-02 08:00")

    # Another tick, while the first one is still at it, has nothing to alarm anybody with.
    assert jobs.alarm_late(moment("2007-04-02 08:00")) == []
    assert jobs.alarm_late(moment("2007-04-02 08:30")) == []
    assert jobs.alarm_late(moment("2007-04-02 08:31")) == ["scripted for 2007-04-01 has been due for 506 minutes"]


def test_jobs_of_a_new_portal_that_begin_again_and_again_are_late(job):
    job.outcomes = [ValueError("broken")]
    run("2007-04-02 08:00")
    run("2007-04-02 08:05")

    assert jobs.alarm_late(moment("2007-04-02 08:05")) == ["scripted for 2007-04-01 has been due for 480 minutes"]


def test_job_that_has_not_run_is_mailed_once_a_day(job, mailoutbox):
    assert jobs.alarm_late(moment("2007-04-02 12:00")) == []  # a new portal has no nights
    run("2007-04-02 00:05")
    assert jobs.alarm_late(moment("2007-04-03 00:35")) == []

    lines = jobs.alarm_late(moment("2007-04-03 00:36"))
    jobs.alarm_late(moment("2007-04-03 00:38"))

    assert lines == ["scripted for 2007-04-02 has been due for 31 minutes"]
    run("2007-04-03 09:00")
    late = [mail for mail in mailoutbox if mail.subject == "Jobs that should have run have not"]
    assert [(mail.body, mail.to) for mail in late] == [(lines[0], ["stock-plan@localhost"])]


def test_run_of_a_day_that_was_none_of_trading_after_all_has_a_lag(award):
    JobRun.objects.create(
        kind=RECORD.kind, business_date=date(2007, 4, 1), state="failed", claimed_at=moment("2007-04-02")
    )

    assert jobs.lags(moment("2007-04-02 12:00"))[RECORD.kind][0] == date(2007, 4, 1)
    assert (RECORD.kind, "2007-04-01", "done") in [
        (run.kind, run.business_date.isoformat(), run.state) for run in jobs.run_due(moment("2007-04-02 12:00"))
    ]


def test_mail_goes_out_once(job, mailoutbox):
    outbox.queue(key="one", to="a@example.com", subject="S", body="B", now=moment("2007-04-03"))
    outbox.queue(key="one", to="a@example.com", subject="S", body="B", now=moment("2007-04-03"))

    run("2007-04-03 12:00")
    run("2007-04-03 12:02")

    assert [mail.to for mail in mailoutbox] == [["a@example.com"]]


def test_mail_that_cannot_be_sent_stays(job, mailoutbox, monkeypatch):
    outbox.queue(key="one", to="a@example.com", subject="S", body="B", now=moment("2007-04-03"))

    def refuse(self):
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", refuse)
        run("2007-04-03 12:00")
    message = OutboxMessage.objects.get()
    assert (message.sent_at, message.attempts) == (None, 1)
    assert message.last_error == "Connection unexpectedly closed"

    run("2007-04-03 12:14")
    assert len(mailoutbox) == 0

    run("2007-04-03 12:15")

    message.refresh_from_db()
    assert (message.sent_at, message.attempts, message.last_error) == (moment("2007-04-03 12:15"), 2, "")
    assert len(mailoutbox) == 1


def test_command_runs_what_is_due(job, at, capsys):
    at("2007-04-03T00:05-04:00")
    job.outcomes = [Outcome({"entries": 2})]

    call_command("run_due")
    call_command("run_due")

    assert capsys.readouterr().out == "scripted for 2007-04-02: done {'entries': 2}\n"


def test_command_that_only_alarms_mails_and_fails(job, at, mailoutbox):
    run("2007-04-02 00:05")
    at("2007-04-04T00:05-04:00")

    with pytest.raises(CommandError, match=r"^scripted for 2007-04-02 has been due for 1440 minutes$"):
        call_command("run_due", only_alarm=True)

    assert (len(job.attempts), len(mailoutbox)) == (1, 1)
    at("2007-04-02T00:10-04:00")
    call_command("run_due", only_alarm=True)


@pytest.mark.parametrize(
    ("made_at", "late"),
    [
        ("2007-04-02 07:31", None),
        ("2007-04-02 07:30", None),
        ("2007-04-02 07:29", "scripted for 2007-04-01 has been due for 475 minutes"),
    ],
)
def test_portal_whose_first_tick_never_came_is_told_of_from_outside(job, at, mailoutbox, made_at, late):
    MigrationRecorder(connection).migration_qs.update(applied=moment(made_at))
    at("2007-04-02T08:00-04:00")

    assert jobs.alarm_late(moment("2007-04-02 08:00")) == []  # its first tick
    if late is None:
        call_command("run_due", only_alarm=True)
    else:
        with pytest.raises(CommandError, match=f"^{late}$"):
            call_command("run_due", only_alarm=True)

    assert [mail.body for mail in mailoutbox] == ([late] if late else [])


def test_portal_whose_first_tick_has_just_come_is_not_late(job, at):
    MigrationRecorder(connection).migration_qs.update(applied=moment("2007-04-01"))
    run("2007-04-02 07:59")
    at("2007-04-02T08:00-04:00")

    call_command("run_due", only_alarm=True)


def test_tick_runs_what_is_due(job, at):
    at("2007-04-03T00:05-04:00")

    tasks.tick()
    tasks.tick()

    assert job.attempts == [("2007-04-02", moment("2007-04-03 00:05"))]
    assert tasks.tick.name == "exercises.tick"


def test_rehearsal_whose_clock_stands_still_goes_on_when_the_close_is_entered(award, at, next_close):
    at("2007-04-02T18:00-04:00")
    notice = give(award, 5_000, "2007-04-02 17:00")
    tasks.tick()

    next_close()
    tasks.tick()

    notice.refresh_from_db()
    assert notice.pricing.consideration == PAID_2007_04_03
