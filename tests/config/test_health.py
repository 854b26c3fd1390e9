import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from awards.market.models import ClosingPrice, Series
from config import health
from config.health import Check
from exercises import jobs
from exercises.models import JobRun
from tests.servers import Valkey

# A Monday: the close of Friday is the last one due.
NOW = datetime(2007, 4, 2, 14, 0, tzinfo=UTC)
FRIDAY = date(2007, 3, 30)
THURSDAY = date(2007, 3, 29)


def record_close(series: str, day: date) -> None:
    ClosingPrice.objects.create(series=series, trading_day=day, close=Decimal("12.50"), source="test", recorded_at=NOW)


def run_of(kind: str, day: date, state: str) -> None:
    finished = NOW if state == "done" else None
    JobRun.objects.create(kind=kind, business_date=day, state=state, claimed_at=NOW, finished_at=finished)


def all_done() -> None:
    """The last date of each job: of those for trading Friday's, of those of the morning today's, else yesterday's."""
    for job in jobs.JOBS:
        of_any_day = date(2007, 4, 2) if job.after < timedelta(hours=10) else date(2007, 4, 1)
        run_of(job.kind, FRIDAY if job.trading_days_only else of_any_day, "done")


def test_process_answers_without_the_database_and_under_any_name(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client(headers={"host": "10.0.0.7:8000"}).get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probe_is_read_only(path: str) -> None:
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize(
    ("wrong", "state", "status", "strict"),
    [
        (set(), "ready", 200, 200),
        ({"broker"}, "degraded", 200, 503),
        ({"closes"}, "degraded", 200, 503),
        ({"jobs"}, "degraded", 200, 503),
        ({"migrations"}, "not ready", 503, 503),
        ({"database", "migrations", "closes", "jobs"}, "not ready", 503, 503),
    ],
)
def test_readiness(monkeypatch: pytest.MonkeyPatch, wrong: set[str], state: str, status: int, strict: int) -> None:
    names = ("database", "migrations", "broker", "closes", "jobs")
    found = {name: Check(name not in wrong, "gone" if name in wrong else "") for name in names}
    monkeypatch.setattr(health, "checks", lambda now: found)
    answer = Client().get("/readyz")
    assert answer.status_code == status
    assert answer.json() == {
        "status": state,
        "checks": {name: {"ok": name not in wrong, "why": "gone" if name in wrong else ""} for name in names},
    }
    assert Client().get("/readyz?strict").status_code == strict


@pytest.mark.django_db
def test_everything_is_well() -> None:
    for series in Series.values:
        record_close(series, FRIDAY)
    all_done()
    well = Check(ok=True)
    assert dict(health.ask_database(NOW)) == {"database": well, "migrations": well, "closes": well, "jobs": well}


@pytest.mark.django_db
def test_migration_not_applied() -> None:
    MigrationRecorder.Migration.objects.filter(app="exercises", name="0002_append_only").delete()
    assert dict(health.ask_database(NOW))["migrations"] == Check(False, "not applied: exercises.0002_append_only")


@pytest.mark.django_db
def test_close_that_is_due_and_not_there() -> None:
    record_close(Series.STOCK, THURSDAY)
    record_close(Series.SP500, FRIDAY)
    (label,) = [series.label for series in Series if series == Series.STOCK]
    expected = f"{label}: the close of 2007-03-30 is due, the newest is 2007-03-29"
    assert dict(health.ask_database(NOW))["closes"] == Check(False, expected)


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "late"), [(29, False), (30, False), (31, True)])
def test_job_is_late_after_half_an_hour(minutes: int, late: bool) -> None:
    all_done()
    # The lapses of April 2 are due at five past midnight of April 3, New York time.
    due = datetime(2007, 4, 3, 4, 5, tzinfo=UTC)
    now = due + timedelta(minutes=minutes)
    assert jobs.lags(now)["write lapses"] == (date(2007, 4, 2), timedelta(minutes=minutes))
    why = dict(health.ask_database(now))["jobs"].why
    assert (f"write lapses for 2007-04-02 has been due for {minutes} minutes" in why) == late


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "late"), [("failed", True), ("running", True), ("waiting", False), ("done", False)])
def test_run_that_waits_is_not_late_and_one_that_failed_is(state: str, late: bool) -> None:
    all_done()
    JobRun.objects.filter(kind="price notices").update(state=state, finished_at=NOW if state == "done" else None)
    assert ("price notices" in jobs.lags(NOW)) == late


def test_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(now: datetime) -> list[str]:
        raise OperationalError('connection to server at "10.0.0.9" failed for user "portal"')

    monkeypatch.setattr(health, "_database", away)
    unknown = Check(False, "the database is away")
    assert dict(health.ask_database(NOW)) == {
        "database": Check(False, "OperationalError"),
        "migrations": unknown,
        "closes": unknown,
        "jobs": unknown,
    }


def test_slow_check_takes_none_of_the_others_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    well = Check(ok=True)

    def slow(now: datetime) -> Iterator[tuple[str, Check]]:
        yield "database", well
        yield "migrations", well
        time.sleep(0.6)
        yield "jobs", well

    monkeypatch.setattr(health, "LONGEST_SECONDS", 0.2)
    monkeypatch.setattr(health, "ask_database", slow)
    monkeypatch.setattr(health, "ask_broker", lambda now: iter([("broker", well)]))
    found = health.checks(NOW)
    assert [name for name, check in found.items() if check.ok] == ["database", "migrations", "broker"]
    assert found["jobs"].why == "no answer within 0.2 seconds"
    assert health.state(found) == "degraded"
    time.sleep(0.6)  # the thread ends before the next test


@pytest.fixture
def valkey(settings: Settings) -> Iterator[Valkey]:
    """A Valkey of this test's own, which it may freeze."""
    with Valkey() as server:
        settings.REDIS_URL = server.url
        yield server
        server.kill()


@pytest.mark.valkey
def test_broker_that_is_up_frozen_and_gone(valkey: Valkey) -> None:
    assert dict(health.ask_broker(NOW)) == {"broker": Check(ok=True)}
    freeze(valkey)
    assert dict(health.ask_broker(NOW)) == {"broker": Check(False, "TimeoutError")}
    valkey.kill()
    assert dict(health.ask_broker(NOW)) == {"broker": Check(False, "ConnectionError")}


@pytest.mark.valkey
@pytest.mark.django_db(transaction=True)
def test_frozen_broker_leaves_the_portal_ready_and_answers_within_three_seconds(
    valkey: Valkey, at: Callable[[str], datetime]
) -> None:
    at("2007-04-02T10:00-04:00")
    freeze(valkey)
    started = time.monotonic()
    answer = Client().get("/readyz")
    assert time.monotonic() - started < 3
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["broker"] == {"ok": False, "why": "TimeoutError"}
    assert answer.json()["checks"]["database"] == {"ok": True, "why": ""}


def freeze(server: Valkey) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)


def test_broker_of_files(settings: Settings, tmp_path: object) -> None:
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path)}
    assert dict(health.ask_broker(NOW)) == {"broker": Check(ok=True)}
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": f"{tmp_path}/none"}
    assert dict(health.ask_broker(NOW)) == {"broker": Check(False, "its folder cannot be written")}
