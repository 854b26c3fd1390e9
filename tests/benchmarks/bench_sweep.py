"""The night's sweep over the large company, ledger and audit included.

Held against a bare UPDATE of the same Awards and against `bulk_update`; its growth with what is stored and with what is
due; a finished night; and SQLite, in a process of its own: `python -m tests.benchmarks.bench_sweep --sqlite`.

The due are spread evenly over the table, as those of leavers are, which costs most. Awards whose terms end together
were granted on one Award Date and lie side by side: what the night costs then is told beside.

A machine that is shared changes its speed by half from one second to the next. So the two companies lie side by side,
all of it is done in turns, and a ratio is the median of the ratios of the turns.

Held against `bulk_update` is the same work: every row that the sweep writes, with the same content and the same locks,
from model objects in batches of 1,000. Who writes by rows has to lock and read the Awards, look up where their ledgers
end, `bulk_create` the entries, `bulk_update` all columns that the sweep keeps, and audit them; the ledgers are compared
afterwards. What one column alone costs stands in the detail.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import mean, median
from typing import Any, NamedTuple

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
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
# Of the sweep and the UPDATE; `bulk_update` takes longer than all the rest, and a part of the turns.
TURNS, OF_BULK = 15, 7
TURNS_TOGETHER, OF_BULK_TOGETHER = 7, 3
TURNS_OF_MORE_DUE = 9
SMALLER = "smaller"
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


def choose(due: int, *, apart: bool = True) -> list[int]:
    """So many Awards spread over the table, or side by side in its middle; none of them was going to lapse yet."""
    rows = Award.objects.filter(outstanding__gt=0, next_lapse_on__gt=YESTERDAY)
    found = list(rows.order_by("pk").values_list("pk", "outstanding"))
    first = (len(found) - due) // 2
    chosen = found[:: len(found) // due][:due] if apart else found[first : first + due]
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


def restore() -> None:
    """The chosen are not due any more, and what was swept of them is back."""
    make_due()
    execute("UPDATE awards_award SET next_lapse_on = '2099-01-01' FROM bench_award AS b WHERE b.id = awards_award.id")


def swept(due: int) -> float:
    choose(due)
    taken = timed(sweep)
    assert_nothing_is_due()
    restore()
    return taken


def update(keys: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE awards_award SET outstanding = 0 WHERE id = ANY(%s)", [keys])


def timed(work: Callable[[], object]) -> float:
    return seconds(work, repeat=1, before=make_due)


class Turn(NamedTuple):
    """Seconds of the sweep and of a bare UPDATE of the same Awards, where much is stored and where a tenth is."""

    sweep: float
    update: float
    sweep_of_fewer: float
    update_of_fewer: float


def turn(keys: list[int], smaller: BaseDatabaseWrapper, keys_of_fewer: list[int]) -> Turn:
    with connected(smaller):
        update_of_fewer, sweep_of_fewer = timed(lambda: update(keys_of_fewer)), timed(sweep)
        assert_nothing_is_due()
    floor, taken = timed(lambda: update(keys)), timed(sweep)
    assert_nothing_is_due()
    return Turn(taken, floor, sweep_of_fewer, update_of_fewer)


@contextmanager
def connected(other: BaseDatabaseWrapper) -> Iterator[None]:
    """Everything inside happens in the other database."""
    mine = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = mine


def beside(name: str) -> BaseDatabaseWrapper:
    """A database of that name on the same server, with the portal's tables."""
    execute(f"CREATE DATABASE {name}")
    made = connections[DEFAULT_DB_ALIAS].copy()
    made.settings_dict["NAME"] = name
    with connected(made):
        call_command("migrate", verbosity=0)
    return made


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


def bulk(keys: list[int]) -> float:
    """How many times that takes the time of the sweeps before and after it; what is written is the same."""
    before, expected = timed(sweep), ledgers(keys)
    by_row = timed(lambda: by_rows(keys))
    assert ledgers(keys) == expected
    return by_row / mean([before, timed(sweep)])


def on_sqlite() -> float:
    """Rows a second, of 100,000 Awards."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    command = [sys.executable, "-m", "tests.benchmarks.bench_sweep", ON_SQLITE]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(said.stdout.split()[-1])


class Turns(NamedTuple):
    """What the turns of one choice of Awards came to, as ratios but for the seconds."""

    seconds: Turn
    to_update: float
    growth: float
    growth_of_update: float
    in_bulk: list[float]

    def __str__(self) -> str:
        return f"{self.seconds.sweep:.3f} s, {self.seconds.update:.3f} s"


def in_turns(smaller: BaseDatabaseWrapper, *, apart: bool, turns: int, of_bulk: int) -> Turns:
    with connected(smaller):
        keys_of_fewer = choose(DUE, apart=apart)
    keys = choose(DUE, apart=apart)
    taken = [turn(keys, smaller, keys_of_fewer) for _ in range(turns)]
    in_bulk = [bulk(keys) for _ in range(of_bulk)]
    restore()
    with connected(smaller):
        restore()
    return Turns(
        seconds=Turn._make(median(each) for each in zip(*taken, strict=True)),
        to_update=median(each.sweep / each.update for each in taken),
        growth=median(each.sweep / each.sweep_of_fewer for each in taken),
        growth_of_update=median(each.update / each.update_of_fewer for each in taken),
        in_bulk=in_bulk,
    )


def rows() -> Iterable[Row]:
    smaller = beside(SMALLER)
    with connected(smaller):
        company(AWARDS // 10)
    company(AWARDS)
    apart = in_turns(smaller, apart=True, turns=TURNS, of_bulk=OF_BULK)
    together = in_turns(smaller, apart=False, turns=TURNS_TOGETHER, of_bulk=OF_BULK_TOGETHER)
    keys = choose(DUE)
    taken = timed(sweep)
    again = seconds(sweep, repeat=REPEAT)
    alone = timed(lambda: one_column(keys))
    restore()
    more_due = [(swept(DUE), swept(10 * DUE)) for _ in range(TURNS_OF_MORE_DUE)]
    a_second = DUE / apart.seconds.sweep
    sqlite = on_sqlite()
    work = f"sweep of {DUE:,} due in {AWARDS:,} awards"
    yield Row(
        work, "a bare UPDATE of the same rows", apart.to_update, 2,
        detail=f"{apart}; side by side {together.to_update:.2f} × ({together})",
    )  # fmt: skip
    yield Row(
        work, "bulk_update in batches of 1,000", median(apart.in_bulk), 30, at_least=True,
        detail=f"{min(apart.in_bulk):.1f} to {max(apart.in_bulk):.1f} ×; one column alone {alone / taken:.1f} ×; "
        f"side by side {median(together.in_bulk):.1f} ×",
    )  # fmt: skip
    yield Row(
        "ten times the stored awards, same due", "itself", apart.growth, 1.25,
        detail=f"{apart.seconds.sweep_of_fewer:.3f} s of a tenth, the UPDATE {apart.growth_of_update:.2f} ×; "
        f"side by side {together.growth:.2f} ×, the UPDATE {together.growth_of_update:.2f} ×",
    )  # fmt: skip
    yield Row(
        "ten times the due, same stored", "itself", median(many / few for few, many in more_due), 8,
        detail=f"{median(many for _, many in more_due):.3f} s",
    )  # fmt: skip
    yield Row("a finished night run again", "its first run", again / taken, 1 / 5, detail=f"{again * 1000:.1f} ms")
    yield Row(
        f"sweep on SQLite, {AWARDS // 10:,} awards", "PostgreSQL's rows a second", sqlite / a_second, 1 / 5,
        at_least=True, detail=f"{sqlite:,.0f} and {a_second:,.0f} rows a second",
    )  # fmt: skip


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    if ON_SQLITE in sys.argv:
        company(AWARDS // 10)
        print(DUE / median(swept(DUE) for _ in range(REPEAT)))
    else:
        for row in rows():
            print(f"{row.work:<50} {row.against:<34} {row.measured:8.2f} {row.limit:8.2f} {row.is_met} {row.detail}")
