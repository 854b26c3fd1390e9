"""One, two and four workers on the sweep of one large night, and one of them killed in the middle of it.

python -m tests.servers -- python -m tests.benchmarks.bench_workers        (BENCH_AWARDS=200000: so many due)
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import django
import psycopg
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from awards.models import Award, OptionEntry  # noqa: E402
from tests import builders  # noqa: E402
from tests.benchmarks.rows import Row  # noqa: E402
from tests.servers import Valkey  # noqa: E402

AWARDS = int(os.environ.get("BENCH_AWARDS", "1000000"))
ROOT = Path(__file__).parents[2]
NIGHT = "2006-08-04T00:06-04:00"
LONGEST_SECONDS = 3600
TURNS = 5
# Of what as many cores would give: the coordinator, the broker and the database's own work take some.
SHARE = 0.7
LEDGER = "SELECT count(*), sum(hashtextextended(concat_ws('|', award_id, sequence, kind, options, effective_on), 0))"


def rows() -> Iterable[Row]:
    """Throughput beside one worker's, and what a kill changed in the ledger."""
    cores = os.cpu_count() or 1
    with TemporaryDirectory() as folder:
        prepare()
        taken: dict[int, list[float]] = {1: [], 2: [], 4: []}
        ledgers = []
        for _ in range(TURNS):
            for workers, seconds in taken.items():
                took, ledger = night(workers, Path(folder))
                seconds.append(took)
                ledgers.append(ledger)
        _, ledger = night(2, Path(folder), kill=True)
    for workers in (2, 4):
        yield Row(
            work=f"sweep of {AWARDS:,} due, {workers} workers: throughput",
            against="one worker",
            measured=median(one / so_many for one, so_many in zip(taken[1], taken[workers], strict=True)),
            limit=SHARE * min(workers, cores),
            at_least=True,
            detail=" and ".join(f"{AWARDS / median(taken[many]):,.0f}" for many in (1, workers))
            + f" Awards a second on {cores} cores",
        )
    differences = sum(other != ledgers[0] for other in [*ledgers[1:], ledger])
    yield Row(
        work=f"sweep of {AWARDS:,} due, a worker killed: ledgers that differ",
        against="one worker, undisturbed",
        measured=differences,
        limit=0,
        unit="",
        detail=f"{ledger[0]:,} entries",
    )


def prepare() -> None:
    """Leavers, as many as there are Awards, of whom the ledgers lack the lapse of that night; copied from one."""
    call_command("migrate", verbosity=0)
    holder = builders.grantee("leaver")
    award = builders.granted_award(holder, options=1000)
    builders.ceased(holder, "2006-08-03", recorded_on="2006-08-03")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET session_replication_role = replica")
        cursor.execute(_copied(Award, "g"), {"count": AWARDS - 1, "award": award.pk})
        cursor.execute(_copied(OptionEntry, "g"), {"count": AWARDS - 1, "award": award.pk})
        cursor.execute("SET session_replication_role = DEFAULT; ANALYZE")
    connection.close()


def _copied(model: Any, number: str) -> str:
    table = model._meta.db_table
    own = "id" if model is Award else "award_id"
    columns = [field.column for field in model._meta.concrete_fields if field.column not in {"id", own}]
    names = ", ".join(columns)
    return (
        f"INSERT INTO {table} ({own}, {names}) SELECT %(award)s + {number}, {names}"
        f" FROM {table}, generate_series(1, %(count)s) AS {number} WHERE {own} = %(award)s"
    )


def night(workers: int, folder: Path, *, kill: bool = False) -> tuple[float, tuple[int, int]]:
    """The seconds from the tick to the end of the run on a copy of the database, and the sum of its ledgers."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url.rpartition("/")[0] + "/template1", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE night TEMPLATE {connection.settings_dict['NAME']}")
        try:
            night_url = url.rpartition("/")[0] + "/night"
            with Valkey() as valkey, started(workers, night_url, valkey.url, folder) as processes:
                seconds = written(night_url, valkey.url, processes[-1] if kill else None)
            with psycopg.connect(night_url) as reader:
                return seconds, reader.execute(f"{LEDGER} FROM awards_optionentry").fetchone()
        finally:
            admin.execute("DROP DATABASE night WITH (FORCE)")


@contextmanager
def started(workers: int, database: str, broker: str, folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    environment = os.environ | {
        "DATABASE_URL": database,
        "REDIS_URL": broker,
        "DJANGO_SETTINGS_MODULE": "tests.faults.worker_settings",
        "FAULT_NOW": NIGHT,
    }
    command = [sys.executable, "-m", "celery", "--app=config", "worker", "--concurrency=1"]
    with (folder / "log").open("ab") as log:
        own = {"env": environment, "cwd": ROOT, "stdout": log, "stderr": log, "start_new_session": True}
        processes = [subprocess.Popen([*command, f"--hostname=w{n}@bench"], **own) for n in range(workers)]
    try:
        with Celery(broker=broker, set_as_current=False) as sender:
            until(lambda: len(sender.control.ping(timeout=0.5)) == workers)
        yield processes
    finally:
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def written(database: str, broker: str, victim: subprocess.Popen[bytes] | None) -> float:
    with Celery(broker=broker, set_as_current=False) as sender, psycopg.connect(database, autocommit=True) as reader:
        began = time.perf_counter()
        sender.send_task("exercises.tick")
        if victim is not None:
            until(lambda: of_slices(reader) > 0)
            os.killpg(victim.pid, signal.SIGKILL)
            # The victim may have been the coordinator: the next tick goes on.
            sender.send_task("exercises.tick")
        until(lambda: is_done(reader))
        return time.perf_counter() - began


def of_slices(reader: psycopg.Connection[Any]) -> int:
    return reader.execute("SELECT count(*) FROM exercises_jobslice WHERE state = 'done'").fetchone()[0]


def is_done(reader: psycopg.Connection[Any]) -> bool:
    found = reader.execute("SELECT state FROM exercises_jobrun WHERE kind = 'write lapses'").fetchone()
    if found and found[0] == "failed":
        raise RuntimeError(reader.execute("SELECT problem FROM exercises_jobrun").fetchall())
    return bool(found and found[0] == "done")


def until(what: Any) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


if __name__ == "__main__":
    for row in rows():
        print("met   " if row.is_met else "MISSED", row)
