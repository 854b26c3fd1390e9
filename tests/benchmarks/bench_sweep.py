"""The night's sweep over the large company, ledger and audit included.

Held against a bare UPDATE of the same Awards, in turns with it, so that what else the machine does falls on both;
against `bulk_update`; its growth with what is stored and with what is due; a finished night; and SQLite, in a process
of its own: `python -m tests.benchmarks.bench_sweep --sqlite`.

Held against `bulk_update` is the same work: every row that the sweep writes, with the same content and the same locks,
from model objects in batches of 1,000. Who writes by rows has to lock and read the Awards, look up where their ledgers
end, `bulk_create` the entries, `bulk_update` all columns that the sweep keeps, and audit them; the ledgers are compared
afterwards. What one column alone costs stands in the detail.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Max  # noqa: E402

from awards.actions import audit  # noqa: E402
from awards.actions.audit import NEW_YORK  # noqa: E402
from awards.actions.lapses import Next, write_lapses  # noqa: E402
from awards.actions.swept import note_of  # noqa: E402
from awards.models import Award, OptionEntry  # noqa: E402
from config import clock  # noqa: E402
from exercises.scale.loading import load  # noqa: E402
from tests.benchmarks.rows import Row, seconds  # noqa: E402

AWARDS = int(os.environ.get("BENCH_AWARDS", "1000000"))
DUE = AWARDS // 100
REPEAT, BATCH = 5, 1000
NOW = clock.now()
YESTERDAY = NOW.astimezone(NEW_YORK).date() - timedelta(days=1)
ON_SQLITE = "--sqlite"


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def company(awards: int) -> None:
    if connection.vendor == "postgresql":
        execute("SET statement_timeout = 0")
    call_command("flush", interactive=False, verbosity=0)
    load(grantees=awards // 5, awards=awards, seed=7, now=NOW)
    execute("DROP TABLE IF EXISTS bench_award", "CREATE TABLE bench_award (id bigint PRIMARY KEY, outstanding integer)")


def choose(due: int) -> list[int]:
    """So many Awards spread over the table, none of which was going to lapse yet."""
    rows = Award.objects.filter(outstanding__gt=0, next_lapse_on__gt=YESTERDAY)
    found = list(rows.order_by("pk").values_list("pk", "outstanding"))
    step = max(len(found) // due, 1)
    chosen = found[::step][:due]
    execute("DELETE FROM bench_award")
    with connection.cursor() as cursor, transaction.atomic():
        cursor.executemany("INSERT INTO bench_award VALUES (%s, %s)", chosen)
    return [key for key, _ in chosen]


def make_due() -> None:
    """The chosen Awards as they were, and all of them due."""
    if connection.vendor == "postgresql":
        execute("SET session_replication_role = replica")
    else:
        execute("DROP TRIGGER IF EXISTS awards_optionentry_is_append_only")
    with transaction.atomic():
        execute(
            "DELETE FROM awards_optionentry WHERE note LIKE 'Sweep of%'",
            "DELETE FROM awards_auditevent WHERE subject LIKE 'sweep:%'",
            "UPDATE awards_award SET outstanding = b.outstanding, "
            f"next_lapse_on = '{YESTERDAY}', next_lapse_kind = 'lapsed_vested' "
            "FROM bench_award AS b WHERE b.id = awards_award.id",
        )
    if connection.vendor == "postgresql":
        execute("SET session_replication_role = DEFAULT", "VACUUM ANALYZE awards_award, awards_optionentry")


def sweep() -> int:
    return write_lapses(through=YESTERDAY, now=NOW)["entries"]


def assert_nothing_is_due() -> None:
    assert not Award.objects.filter(outstanding__gt=0, next_lapse_on__lte=YESTERDAY).exists()


def swept(due: int) -> float:
    choose(due)
    taken = seconds(sweep, repeat=REPEAT, before=make_due)
    assert_nothing_is_due()
    return taken


def restore() -> None:
    """The chosen are not due any more, and what was swept of them is back."""
    make_due()
    execute("UPDATE awards_award SET next_lapse_on = '2099-01-01' FROM bench_award AS b WHERE b.id = awards_award.id")


def update(keys: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE awards_award SET outstanding = 0 WHERE id = ANY(%s)", [keys])


def in_turns(keys: list[int]) -> tuple[float, float]:
    """The sweep and a bare UPDATE of the same Awards."""
    taken, floor = [], []
    for _ in range(REPEAT):
        floor.append(seconds(lambda: update(keys), repeat=1, before=make_due))
        taken.append(seconds(sweep, repeat=1, before=make_due))
    assert_nothing_is_due()
    return median(taken), median(floor)


def by_rows(keys: list[int]) -> None:
    """What the sweep does, by model objects."""
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            _write_batch(keys[start : start + BATCH])


def _write_batch(keys: list[int]) -> None:
    rows = list(Award.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    ends = OptionEntry.objects.filter(award__in=keys).order_by("award").values_list("award").annotate(Max("sequence"))
    entries = [_entry(row, last + 1) for row, (_, last) in zip(rows, ends, strict=True)]
    OptionEntry.objects.bulk_create(entries, batch_size=BATCH)
    for row in rows:
        row.outstanding = 0
    Award.objects.bulk_update(rows, ["outstanding", *Next._fields], batch_size=BATCH)
    lines = (f"{e.award_id}/{e.sequence} {e.kind} {e.options} {e.outstanding_after} {e.effective_on}" for e in entries)
    said = {"entries": len(entries), "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}
    audit.record(actor=None, action="lapses written by rows", subject=f"sweep:{keys[0]}", at=NOW, after=said)


def _entry(row: Award, sequence: int) -> OptionEntry:
    return OptionEntry(
        award=row,
        sequence=sequence,
        kind=row.next_lapse_kind,
        options=-row.outstanding,
        outstanding_after=0,
        effective_on=row.next_lapse_on,
        recorded_at=NOW,
        cause=f"{row.next_lapse_kind}/{sequence}",
        note=note_of(YESTERDAY),
    )


def one_column(keys: list[int]) -> None:
    rows = list(Award.objects.filter(pk__in=keys))
    for row in rows:
        row.outstanding = 0
    Award.objects.bulk_update(rows, ["outstanding"], batch_size=BATCH)


def ledgers(keys: list[int]) -> list[Any]:
    written = OptionEntry.objects.filter(award__in=keys, note=note_of(YESTERDAY))
    figures = ("award", "sequence", "kind", "options", "outstanding_after", "effective_on", "cause")
    return list(written.order_by("award", "sequence").values_list(*figures))


def bulk(keys: list[int]) -> tuple[float, float]:
    """All of it and one column alone, once: they take longer than all the rest."""
    make_due()
    sweep()
    expected = ledgers(keys)
    alone = seconds(lambda: one_column(keys), repeat=1, before=make_due)
    taken = seconds(lambda: by_rows(keys), repeat=1, before=make_due)
    assert ledgers(keys) == expected
    return taken, alone


def on_sqlite() -> float:
    """Rows a second, of 100,000 Awards."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "tests.benchmarks.bench_sweep", ON_SQLITE]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(said.stdout.split()[-1])


def rows() -> Iterable[Row]:
    company(AWARDS // 10)
    fewer_stored, floor_of_fewer = in_turns(choose(DUE))
    company(AWARDS)
    keys = choose(DUE)
    taken, floor = in_turns(keys)
    again = seconds(sweep, repeat=REPEAT)
    by_row, alone = bulk(keys)
    restore()
    more_due = swept(10 * DUE)
    a_second = DUE / taken
    sqlite = on_sqlite()
    work = f"sweep of {DUE:,} due in {AWARDS:,} awards"
    yield Row(work, "a bare UPDATE of the same rows", taken / floor, 2, detail=f"{taken:.3f} s, {floor:.3f} s")
    yield Row(
        work, "bulk_update in batches of 1,000", by_row / taken, 30, at_least=True,
        detail=f"{by_row:.2f} s; one column alone {alone:.2f} s",
    )  # fmt: skip
    yield Row(
        "ten times the stored awards, same due", "itself", taken / fewer_stored, 1.25,
        detail=f"{fewer_stored:.3f} s at a tenth; the bare UPDATE grows {floor / floor_of_fewer:.2f} ×",
    )  # fmt: skip
    yield Row("ten times the due, same stored", "itself", more_due / taken, 8, detail=f"{more_due:.3f} s")
    yield Row("a finished night run again", "its first run", again / taken, 1 / 5, detail=f"{again * 1000:.1f} ms")
    yield Row(
        f"sweep on SQLite, {AWARDS // 10:,} awards", "PostgreSQL's rows a second", sqlite / a_second, 1 / 5,
        at_least=True, detail=f"{sqlite:,.0f} and {a_second:,.0f} rows a second",
    )  # fmt: skip


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    if ON_SQLITE in sys.argv:
        company(AWARDS // 10)
        print(DUE / swept(DUE))
    else:
        for row in rows():
            print(f"{row.work:<50} {row.against:<34} {row.measured:8.2f} {row.limit:8.2f} {row.is_met} {row.detail}")
