"""The night's sweep over the large company, ledger and audit included.

Held against a bare UPDATE of the same Awards and against `bulk_update`; its growth with what is stored and with what is
due; a finished night; and SQLite, in a process of its own: `python -m tests.benchmarks.bench_sweep --sqlite`.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from awards.actions.audit import NEW_YORK  # noqa: E402
from awards.actions.lapses import write_lapses  # noqa: E402
from awards.models import Award  # noqa: E402
from config import clock  # noqa: E402
from exercises.scale.loading import load  # noqa: E402
from tests.benchmarks.rows import Row, seconds  # noqa: E402

AWARDS = int(os.environ.get("BENCH_AWARDS", "1000000"))
DUE = AWARDS // 100
REPEAT = 5
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


def swept(due: int) -> float:
    choose(due)
    taken = seconds(sweep, repeat=REPEAT, before=make_due)
    assert Award.objects.filter(outstanding__gt=0, next_lapse_on__lte=YESTERDAY).count() == 0
    return taken


def restore() -> None:
    """The chosen are not due any more, and what was swept of them is back."""
    make_due()
    execute("UPDATE awards_award SET next_lapse_on = '2099-01-01' FROM bench_award AS b WHERE b.id = awards_award.id")


def bare(keys: list[int]) -> float:
    def update() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE awards_award SET outstanding = 0 WHERE id = ANY(%s)", [keys])

    return seconds(update, repeat=REPEAT, before=make_due)


def bulk(keys: list[int]) -> float:
    """Once: it takes longer than all the rest."""
    make_due()
    rows = list(Award.objects.filter(pk__in=keys))
    for row in rows:
        row.outstanding = 0
    return seconds(lambda: Award.objects.bulk_update(rows, ["outstanding"], batch_size=1000), repeat=1)


def on_sqlite() -> float:
    """Rows a second, of 100,000 Awards."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "tests.benchmarks.bench_sweep", ON_SQLITE]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(said.stdout.split()[-1])


def rows() -> Iterable[Row]:
    company(AWARDS // 10)
    fewer_stored = swept(DUE)
    company(AWARDS)
    keys = choose(DUE)
    floor, by_row = bare(keys), bulk(keys)
    taken = swept(DUE)
    again = seconds(sweep, repeat=REPEAT)
    restore()
    more_due = swept(10 * DUE)
    a_second = DUE / taken
    sqlite = on_sqlite()
    work = f"sweep of {DUE:,} due in {AWARDS:,} awards"
    yield Row(work, "a bare UPDATE of the same rows", taken / floor, 2, detail=f"{taken:.3f} s, {floor:.3f} s")
    yield Row(work, "bulk_update in batches of 1,000", by_row / taken, 30, at_least=True, detail=f"{by_row:.2f} s")
    yield Row("ten times the stored awards, same due", "itself", taken / fewer_stored, 1.25)
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
