"""Reconciliation of the large company, pricings recomputed, held against a scan of its ledger."""

import os
import resource
from collections.abc import Iterable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from config import clock  # noqa: E402
from exercises import consistency  # noqa: E402
from exercises.scale.loading import load  # noqa: E402
from tests.benchmarks.rows import Row, seconds  # noqa: E402

AWARDS = int(os.environ.get("BENCH_AWARDS", "1000000"))


def scan() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(options), max(outstanding_after), max(cause) FROM awards_optionentry")
        cursor.fetchone()


def reconcile() -> None:
    assert list(consistency.differences()) == []


def rows() -> Iterable[Row]:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    load(grantees=AWARDS // 5, awards=AWARDS, seed=7, now=clock.now())
    floor, taken = seconds(scan), seconds(reconcile)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    detail = f"{taken:.1f} s, {floor:.2f} s; at most {memory} MB"
    yield Row(f"reconciliation of {AWARDS:,} awards", "a scan of the ledger", taken / floor, 40, detail=detail)


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    for row in rows():
        print(f"{row.work:<40} {row.against:<24} {row.measured:8.2f} {row.limit:8.2f} {row.is_met} {row.detail}")
