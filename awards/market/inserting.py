"""First revisions into their table, as fast as the database takes them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import connection

from awards.market.models import ClosingPrice

# Told after each batch how many of how many closes are in.
Progress = Callable[[int, int], None]
_BATCH = 1_000
_COLUMNS = "series, trading_day, revision, close, source, recorded_at, recorded_by_id, reason"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the closes of one delivery have in common."""

    series: str
    source: str
    recorded_by: User | None
    now: datetime


def no_progress(done: int, of: int) -> None:
    """Tells nobody."""


def insert_first_revisions(
    closes: Sequence[tuple[date, Decimal, str]], of: Provenance, progress: Progress = no_progress
) -> None:
    """Insert a first revision for each (day, close, reason). Raises IntegrityError when a day has one already."""
    insert = _copy if connection.vendor == "postgresql" else _create
    insert(closes, of, progress)


def _batches(
    closes: Sequence[tuple[date, Decimal, str]], progress: Progress
) -> Iterator[Sequence[tuple[date, Decimal, str]]]:
    for start in range(0, len(closes), _BATCH):
        yield closes[start : start + _BATCH]
        progress(min(start + _BATCH, len(closes)), len(closes))


def _create(closes: Sequence[tuple[date, Decimal, str]], of: Provenance, progress: Progress) -> None:
    shared = {"series": of.series, "source": of.source, "recorded_at": of.now, "recorded_by": of.recorded_by}
    for batch in _batches(closes, progress):
        ClosingPrice.objects.bulk_create(
            ClosingPrice(trading_day=day, close=close, reason=reason, **shared) for day, close, reason in batch
        )


def _copy(closes: Sequence[tuple[date, Decimal, str]], of: Provenance, progress: Progress) -> None:
    """COPY checks what an INSERT checks, and is spared reading and planning statements of thousands of values."""
    before = f"{_text(of.series)}\t"
    recorded_by = r"\N" if of.recorded_by is None else str(of.recorded_by.pk)
    after = f"\t{_text(of.source)}\t{of.now.isoformat()}\t{recorded_by}\t"
    statement = f"COPY {ClosingPrice._meta.db_table} ({_COLUMNS}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        for batch in _batches(closes, progress):
            copy.write("".join(f"{before}{day}\t1\t{close}{after}{_text(reason)}\n" for day, close, reason in batch))


def _text(value: str) -> str:
    """A value as COPY's text format writes it."""
    return value.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
