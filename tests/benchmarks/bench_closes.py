"""What fifty years of both closes cost to load: `python -m tests.servers -- python tests/benchmarks/bench_closes.py`.

Held against COPY into a temporary table and one INSERT … ON CONFLICT DO NOTHING, on the same PostgreSQL, in turns. Ours
also sorts out revisions, judges jumps, and looks for gaps. Prints medians of seven; beyond twice the time it exits
with 1.
"""

# ruff: noqa: E402
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction

from awards.market.calendar import trading_calendar
from awards.market.models import ClosingPrice, Series
from awards.market.parsing import DatedClose
from awards.market.queries import missing_closes
from awards.market.recording import record_closes
from tests.benchmarks.rows import Row

REPEATS, TARGET = 7, 2
FIRST, LAST = date(1990, 1, 1), date(2039, 12, 30)
NOW = datetime(2040, 1, 2, 22, tzinfo=UTC)
REVISED = 500
COLUMNS = "series, trading_day, revision, close, source, recorded_at, reason"
WHAT = {
    "floor": "COPY and one INSERT … ON CONFLICT",
    "ours": "recorded, with revisions and gap check",
    "ours again": "the same again, all unchanged",
}
Delivered = dict[str, list[DatedClose]]


def delivered() -> Delivered:
    """A close for every Trading Day of fifty years, none of which jumps."""
    days, random = trading_calendar().expected_days(FIRST, LAST), Random(473)
    return {
        series: [
            DatedClose(row, day, Decimal(4_000 + row // 4 + random.randint(0, 99)).scaleb(-2))
            for row, day in enumerate(days)
        ]
        for series in Series.values
    }


def begin(closes: Delivered) -> None:
    """Every table as before the load: of five hundred days of each series a first close and its correction."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE market_closingprice, market_heldclose CASCADE")
    maker, checker = (User.objects.get_or_create(username=name)[0] for name in ("maker", "checker"))
    for series, each in closes.items():
        kept = {"series": series, "source": "corrected", "recorded_at": NOW, "recorded_by": maker}
        for dated in each[:: len(each) // REVISED]:
            first = ClosingPrice(trading_day=dated.day, close=dated.close + 1, revision=1, **kept)
            second = ClosingPrice(
                trading_day=dated.day, close=dated.close, revision=2, reason="misprint", approved_by=checker, **kept
            )
            ClosingPrice.objects.bulk_create([first, second])


def copy_and_insert(closes: Delivered) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE loaded ON COMMIT DROP AS SELECT {COLUMNS} FROM market_closingprice LIMIT 0")
        with cursor.cursor.copy(f"COPY loaded ({COLUMNS}) FROM STDIN") as copy:
            for series, each in closes.items():
                rows = (f"{series}\t{dated.day}\t1\t{dated.close}\tbench\t{NOW.isoformat()}\t\n" for dated in each)
                copy.write("".join(rows))
        columns = f"INSERT INTO market_closingprice ({COLUMNS}) SELECT {COLUMNS} FROM loaded"
        cursor.execute(f"{columns} ON CONFLICT (series, trading_day, revision) DO NOTHING")


def record(closes: Delivered) -> None:
    for series, each in closes.items():
        record_closes(series=series, closes=each, source="bench", recorded_by=None, now=NOW)
    for series in closes:
        assert missing_closes(series, FIRST, LAST, trading_calendar()) == ()


def seconds(work: Callable[[Delivered], None], closes: Delivered) -> float:
    start = time.perf_counter()
    work(closes)
    return time.perf_counter() - start


def medians() -> dict[str, float]:
    closes = delivered()
    taken: dict[str, list[float]] = {"floor": [], "ours": [], "ours again": []}
    for repeat in range(REPEATS + 1):
        begin(closes)
        floor = seconds(copy_and_insert, closes)
        begin(closes)
        round_of = {"floor": floor, "ours": seconds(record, closes), "ours again": seconds(record, closes)}
        for name, took in round_of.items():
            taken[name] += [took] if repeat else []  # the first round warms both up
    return {name: statistics.median(every) for name, every in taken.items()}


def rows() -> Iterable[Row]:
    if connection.vendor != "postgresql":
        raise SystemExit("bench_closes needs PostgreSQL: python -m tests.benchmarks closes")
    call_command("migrate", verbosity=0)
    took = medians()
    detail = "; ".join(f"{what}: {took[name] * 1000:,.0f} ms" for name, what in WHAT.items())
    work = "fifty years of both closes, revisions and gap check"
    yield Row(work, WHAT["floor"], took["ours"] / took["floor"], TARGET, detail=detail)


def main() -> int:
    measured = list(rows())
    for row in measured:
        print(f"{row.work}: {row.measured:.2f} × {row.against}, goal ≤ {row.limit}. {row.detail}")
    return 0 if all(row.is_met for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
