"""F1: the worker is killed in the middle of the sweep. Another finishes it, once, and no page was wrong meanwhile."""

import os
import signal
import subprocess
import sys
from datetime import date

import pytest
from django.db import connection

from awards.market.calendar import trading_calendar
from awards.models import Award
from awards.queries import holdings
from exercises import consistency, jobs
from exercises.models import JobRun
from tests.exercises.given import LEFT, leavers, ledger_of, moment
from tests.faults.killed import POINTS

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
NIGHT = moment("2006-08-04 00:06")


def killed_at(point: str) -> int:
    """The exit code of a worker that runs into that point, on this test's database."""
    at = connection.settings_dict
    url = f"postgres://{at['USER']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.killed", point, NIGHT.isoformat()],
        env=os.environ | {"DATABASE_URL": url},
        timeout=60,
        check=False,
    ).returncode


@pytest.mark.parametrize("point", POINTS)
def test_killed_sweep_is_finished_by_another(point):
    awards = leavers(5)

    assert killed_at(point) == -signal.SIGKILL

    assert JobRun.objects.get(kind="write lapses").state == "running"
    assert _exercisable() == [500] * 5
    assert list(consistency.differences()) == []
    jobs.run_due(moment("2006-08-04 00:20"))
    assert JobRun.objects.get(kind="write lapses").state == "running"

    jobs.run_due(moment("2006-08-04 00:21"))

    run = JobRun.objects.get(kind="write lapses")
    assert (run.state, run.attempts) == ("done", 2)
    assert [ledger_of(award) for award in awards] == [LEFT] * 5
    assert list(consistency.differences()) == []


def _exercisable() -> list[int]:
    found = holdings(Award.objects.order_by("pk"), on=date(2006, 8, 4), calendar=trading_calendar())
    return [holding.standing.exercisable for holding in found]
