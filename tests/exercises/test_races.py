"""Real threads, each with a connection of its own, on PostgreSQL. The controls show that the races are real."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier, Event
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from awards.actions import ledger, outbox, swept
from awards.actions.lapses import write_lapses
from awards.models import AuditEvent, Award, EmploymentFact, OptionEntry, OutboxMessage
from exercises import consistency, jobs
from exercises.actions import notice as notices
from exercises.actions import settlement as settling
from exercises.actions.notice import AwardBusy, FormUsedAlready, MoreThanExercisable
from exercises.actions.pricing import price_notice
from exercises.actions.reviewed import Reviewed
from exercises.actions.settlement import SettlementStands, WrongStep
from exercises.models import ExerciseNotice, JobRun, Pricing, Settlement
from tests import builders
from tests.exercises.given import LEFT, give, leavers, ledger_of, moment, rate

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
THREADS = 8
NOW = moment("2007-04-03 09:00")


def together(act: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """What `act(0)`, `act(1)`, … answer, or the exceptions they raise, when all of them begin at the same instant."""
    start = Barrier(threads, timeout=30)

    def one(number: int) -> Any:
        try:
            with connection.cursor() as cursor:
                # How long they wait for each other is the machine's business, not this test's.
                cursor.execute("SET lock_timeout = '60s'")
            start.wait()
            return act(number)
        except Exception as error:  # noqa: BLE001 - whatever it was is what the test looks at
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(threads)))


def kinds(answers: list[Any]) -> dict[type, int]:
    return dict(Counter(type(answer) for answer in answers))


@pytest.fixture
def last_100() -> Award:
    """200 OSOs of which 100 have vested, and the closes of 2007-04-02: 100 of them pay 124.68."""
    builders.closes(builders.CLOSES_2007_04_02)
    return builders.granted_award(options=200, award_date="2006-04-01", initial_price="5.18")


SEEN = Reviewed(date(2007, 4, 2), Decimal("124.68"))


def confirm(award: Award, key: Any = None) -> ExerciseNotice:
    return give(Award.objects.get(pk=award.pk), 100, key=key or uuid4(), reviewed=SEEN)


def test_last_options_are_exercised_once(last_100):
    answers = together(lambda number: confirm(last_100))

    assert kinds(answers) == {ExerciseNotice: 1, MoreThanExercisable: THREADS - 1}
    assert ledger_of(last_100)[1:] == [("exercised", -100, "2007-04-02")]
    assert (ExerciseNotice.objects.count(), Pricing.objects.count()) == (1, 1)
    assert list(consistency.differences()) == []


def test_award_that_is_held_too_long_is_a_named_refusal(last_100):
    is_held, may_go = Event(), Event()

    def act(number: int) -> Any:
        if number == 0:
            with transaction.atomic():
                ledger.locked(last_100)
                is_held.set()
                return may_go.wait(30)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        is_held.wait(30)
        try:
            return confirm(last_100)
        finally:
            may_go.set()

    assert kinds(together(act, threads=2)) == {bool: 1, AwardBusy: 1}
    assert ExerciseNotice.objects.count() == 0


@pytest.fixture
def unlocked(monkeypatch) -> None:
    """The Award is read without its lock, and nobody writes before everybody has checked."""
    everybody_has_checked = Barrier(THREADS, timeout=30)
    write = notices.write_received

    def write_together(*args: Any, **given: Any) -> None:
        everybody_has_checked.wait()
        write(*args, **given)

    monkeypatch.setattr(ledger, "FOR_UPDATE", "")
    monkeypatch.setattr(notices, "write_received", write_together)


@pytest.fixture
def unconstrained() -> Iterator[None]:
    """The ledger, its Awards and the audit chain written with it, without what the database itself refuses."""
    constraints = [
        (model, row)
        for model in (OptionEntry, Award, AuditEvent)
        for row in model._meta.constraints
        if row.name.endswith(("_once", "_not_negative"))
    ]
    with connection.schema_editor() as editor:
        for model, constraint in constraints:
            editor.remove_constraint(model, constraint)
    yield
    call_command("flush", interactive=False, verbosity=0)
    with connection.schema_editor() as editor:
        for model, constraint in constraints:
            editor.add_constraint(model, constraint)


def test_control_without_lock_and_constraints_everybody_wins(last_100, unlocked, unconstrained):
    answers = together(lambda number: confirm(last_100))

    assert kinds(answers) == {ExerciseNotice: THREADS}
    assert ledger_of(last_100)[1:] == [("exercised", -100, "2007-04-02")] * THREADS
    assert len(list(consistency.differences())) == THREADS  # seven entries that do not follow, and the balance


def test_control_without_the_lock_the_constraints_hold(last_100, unlocked):
    answers = together(lambda number: confirm(last_100))

    assert kinds(answers) == {ExerciseNotice: 1, IntegrityError: THREADS - 1}
    assert ledger_of(last_100)[1:] == [("exercised", -100, "2007-04-02")]
    assert list(consistency.differences()) == []


def test_same_form_by_all_gives_one_notice_and_the_same_receipt(last_100):
    key = uuid4()

    answers = together(lambda number: confirm(last_100, key))

    assert [answer.pk for answer in answers] == [ExerciseNotice.objects.get().pk] * THREADS
    assert ledger_of(last_100)[1:] == [("exercised", -100, "2007-04-02")]


def test_same_form_for_awards_that_do_not_wait_for_each_other(last_100):
    key = uuid4()
    awards = [
        builders.granted_award(options=200, award_date="2006-04-01", initial_price="5.18") for _ in range(THREADS)
    ]

    answers = together(lambda number: confirm(awards[number], key))

    assert kinds(answers) == {ExerciseNotice: 1, FormUsedAlready: THREADS - 1}
    assert OptionEntry.objects.filter(kind="exercised").count() == 1


def test_sweeps_at_once_write_once():
    awards = leavers(12)

    answers = together(lambda number: write_lapses(through=date(2007, 2, 1), now=NOW, batch=5), threads=4)

    assert sum(answer["entries"] for answer in answers) == 24
    for award in awards:
        assert ledger_of(award) == [*LEFT, ("lapsed_vested", -500, "2007-01-30")]
    assert list(consistency.differences()) == []


@pytest.fixture
def unlocked_sweeps(monkeypatch) -> None:
    """Two sweeps look for what is due without locking it, and both have looked before either commits."""
    both_have_looked, write = Barrier(2, timeout=30), swept.write

    def write_together(keys: Any, **given: Any) -> Any:
        both_have_looked.wait()
        wrote = write(keys, **given)
        sleep(0.5)  # the other's statement has begun
        return wrote

    monkeypatch.setitem(swept._DIALECT["postgresql"], "for_update", "")
    monkeypatch.setattr(swept, "write", write_together)


def sweep_together() -> list[Any]:
    return together(lambda number: write_lapses(through=date(2006, 8, 3), now=moment("2006-08-04 00:06")), threads=2)


def test_control_sweeps_without_lock_and_constraints_lapse_twice(unlocked_sweeps, unconstrained):
    awards = leavers(3)

    assert kinds(sweep_together()) == {dict: 2}
    assert [ledger_of(award) for award in awards] == [[*LEFT, LEFT[1]]] * 3
    assert list(consistency.differences()) != []


def test_control_sweeps_without_the_lock_are_refused_by_the_constraints(unlocked_sweeps):
    awards = leavers(3)

    assert kinds(sweep_together()) == {dict: 1, IntegrityError: 1}
    assert [ledger_of(award) for award in awards] == [LEFT] * 3
    assert list(consistency.differences()) == []


def test_sweeps_and_exercises_of_the_same_awards():
    awards = leavers(4)

    def act(number: int) -> Any:
        if number < 4:
            return write_lapses(through=date(2006, 8, 3), now=moment("2006-08-04 00:05"), batch=3)
        return [give(award, 100, "2006-08-04 11:00", reviewed=Reviewed(date(2006, 8, 4), None)) for award in awards]

    answers = together(act)

    assert [type(answer) for answer in answers] == [dict] * 4 + [list] * 4
    for award in awards:
        assert ledger_of(award) == [*LEFT, *[("exercised", -100, "2006-08-04")] * 4]
    assert list(consistency.differences()) == []


def test_notice_and_cessation_at_once():
    """Whichever comes first, the other is right afterwards: nothing unvested is exercised and nothing is lost."""
    awards = [builders.granted_award(builders.grantee(f"holder{n}"), options=1000) for n in range(THREADS // 2)]

    def act(number: int) -> Any:
        award = awards[number // 2]
        if number % 2:
            return builders.ceased(award.grantee, "2006-08-03", recorded_on="2006-08-04")
        return give(award, 500, "2006-08-04 11:00", reviewed=Reviewed(date(2006, 8, 4), None))

    assert kinds(together(act)) == {ExerciseNotice: 4, EmploymentFact: 4}
    for award in awards:
        assert sorted(ledger_of(award)[1:]) == [("exercised", -500, "2006-08-04"), LEFT[1]]
    assert list(consistency.differences()) == []


def test_check_beside_exercises_finds_nothing():
    award = builders.granted_award(options=1000)
    builders.approver()

    def act(number: int) -> Any:
        if number % 2:
            return [line for _ in range(10) for line in consistency.differences()]
        return [
            give(award, 1, "2006-08-04 11:00", reviewed=Reviewed(date(2006, 8, 4), None)).options for _ in range(10)
        ]

    assert together(act, threads=4) == [[1] * 10, [], [1] * 10, []]


def test_waiting_notice_is_priced_once_by_all(last_100):
    notice = give(last_100, 100, "2007-04-02 17:00")
    builders.closes(builders.CLOSE_OF_2007_04_02)

    answers = together(lambda number: price_notice(ExerciseNotice.objects.get(pk=notice.pk), now=NOW))

    assert [answer.pk for answer in answers] == [Pricing.objects.get().pk] * THREADS


def test_settlement_is_chosen_once(last_100):
    notice, committee = confirm(last_100), builders.person("committee")

    answers = together(
        lambda number: settling.choose_settlement(notice=notice, stock_portion=Decimal(0), by=committee, now=NOW)
    )

    assert kinds(answers) == {Settlement: 1, SettlementStands: THREADS - 1}
    assert Settlement.objects.count() == 1


def test_settlement_is_approved_once_and_paid_once(last_100):
    rate("US", "25")
    chosen = settling.choose_settlement(
        notice=confirm(last_100), stock_portion=Decimal(0), by=builders.person("committee"), now=NOW
    )
    settling.provide_withholding(settlement=chosen, taken_from={}, by=builders.person("payroll"), now=NOW)
    approvers = [builders.person(f"approver{number}") for number in range(THREADS)]

    approvals = together(lambda n: settling.approve_settlement(settlement=chosen, by=approvers[n], now=NOW))
    payments = together(
        lambda n: settling.record_payment(settlement=chosen, reference=f"Wire {n}", by=approvers[n], now=NOW)
    )

    assert kinds(approvals) == {Settlement: 1, WrongStep: THREADS - 1}
    assert kinds(payments) == {Settlement: 1, WrongStep: THREADS - 1}


def test_approval_and_withdrawal_at_once(last_100):
    rate("US", "25")
    chosen = settling.choose_settlement(
        notice=confirm(last_100), stock_portion=Decimal(0), by=builders.person("committee"), now=NOW
    )
    settling.provide_withholding(settlement=chosen, taken_from={}, by=builders.person("payroll"), now=NOW)
    second = builders.person("second")

    def act(number: int) -> Settlement:
        if number:
            return settling.approve_settlement(settlement=chosen, by=second, now=NOW)
        return settling.withdraw_settlement(settlement=chosen, reason="Stock instead", by=second, now=NOW)

    assert kinds(together(act, threads=2)) == {Settlement: 1, WrongStep: 1}


def test_run_is_claimed_once():
    answers = together(lambda number: jobs.claim("scripted", date(2007, 4, 2), NOW))

    assert kinds(answers) == {JobRun: 1, type(None): THREADS - 1}


def test_abandoned_run_is_taken_over_once():
    jobs.claim("scripted", date(2007, 4, 2), moment("2007-04-03 08:00"))

    answers = together(lambda number: jobs.claim("scripted", date(2007, 4, 2), NOW))

    assert kinds(answers) == {JobRun: 1, type(None): THREADS - 1}
    assert JobRun.objects.get().attempts == 2


def test_ticks_at_once_run_each_job_once(mailoutbox):
    awards = leavers(3)
    outbox.queue(key="one", to="a@example.com", subject="S", body="B", now=NOW)

    answers = together(lambda number: jobs.run_due(moment("2006-08-04 06:00")), threads=4)

    # A run in slices is shared by whoever comes to it while it runs.
    assert {(run.kind, run.attempts) for runs in answers for run in runs} == {(job.kind, 1) for job in jobs.JOBS}
    assert list(JobRun.objects.order_by("kind").values_list("kind", "state")) == sorted(
        (job.kind, JobRun.State.DONE) for job in jobs.JOBS
    )
    assert [ledger_of(award) for award in awards] == [LEFT] * 3
    # Of each leaver the letter, the 180 days and what lapsed; and the one that waited.
    assert (len(mailoutbox), OutboxMessage.objects.filter(sent_at=None).count()) == (10, 0)
    assert len({(mail.to[0], mail.subject, mail.body) for mail in mailoutbox}) == 10
