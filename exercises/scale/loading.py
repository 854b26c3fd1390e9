"""Loading the large company into an empty portal: the rules once per distinct terms, everything else set-based SQL."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, transaction

from awards.actions import audit
from awards.actions.master_agreement import record_master_agreement
from awards.market.calendar import trading_calendar
from awards.market.inserting import Progress, Provenance, insert_first_revisions, no_progress
from awards.market.models import ClosingPrice, Series
from awards.market.sources.simulated import NAME, ORIGIN, simulated_closes
from awards.models import AuditEvent, Award, EmploymentFact, Grantee, MasterAgreement, OptionEntry
from exercises.demo.company import AGREEMENT, DATED_ON, DOCUMENT
from exercises.models import ExerciseNotice, PinnedClose, Pricing
from exercises.scale import statements
from exercises.scale.plan import SIZES, Plan, Row, moment

# Awards, or Grantees, of one statement.
CHUNK = 50_000
GIVEN, FAMILY = (
    ("Ada", "Ben", "Chen", "Dora", "Emil", "Femi", "Gita", "Hugo", "Ines", "Jack", "Kira", "Liam", "Mona", "Nils"),
    ("Adeyemi", "Brandt", "Castillo", "Dubois", "Eriksen", "Fischer", "Garcia", "Hughes", "Ito", "Jansen", "Kumar"),
)
PLACES = ("US-CO", "US-NY", "US-CA", "US-TX", "US-CO")
LOADED = (User, Grantee, EmploymentFact, Award, OptionEntry, ExerciseNotice, Pricing, PinnedClose, AuditEvent)


class NotEmpty(Exception):
    """The portal has people or closes of its own, among which fiction has no place."""


def load(
    *, grantees: int, awards: int, seed: int, now: datetime, due: int = 0, progress: Progress = no_progress
) -> None:
    """Write so many Grantees and Awards with their history up to `now`, all of it or nothing.

    The lapses of the last `due` Awards whose lapse has come are left for the sweep. Raises NotEmpty.
    """
    if Grantee.objects.exists() or ClosingPrice.objects.exclude(source=NAME).exists():
        raise NotEmpty("The large company is for an empty portal, and this one is not empty.")
    with transaction.atomic(), _loading():
        proposer, approver = (_person(name, now) for name in ("scale.proposer", "scale.approver"))
        _record_closes(now)
        agreement = _agreement(proposer, now)
        plan = Plan(now, agreement.terms, trading_calendar())
        names = _names(plan, agreement, proposer, approver, seed, grantees)
        _write_plan(plan)
        _write_company(names, grantees, awards, due, progress)
        audit.record(actor=proposer, action="large company loaded", subject=agreement, at=now, after={"awards": awards})
        _reset_sequences()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


@contextmanager
def _loading() -> Iterator[None]:
    """SQLite has no SHA-256; PostgreSQL need not look up every foreign key again where it lets us leave that out."""
    may_leave_out = False
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            connection.connection.create_function("sha256_hex", 1, _sha256_hex, deterministic=True)
        else:
            cursor.execute(statements.SHA256)
            cursor.execute("SELECT current_setting('is_superuser') = 'on'")
            (may_leave_out,) = cursor.fetchone()
            if may_leave_out:
                cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        for table in ("number", *statements.TEMPORARY):
            cursor.execute(f"DROP TABLE IF EXISTS scale_{table}")
        if may_leave_out:
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _sha256_hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _person(username: str, now: datetime) -> User:
    return User.objects.get_or_create(username=username, defaults={"password": "!", "date_joined": now})[0]


def _record_closes(now: datetime) -> None:
    calendar = trading_calendar()
    last = now.astimezone(audit.NEW_YORK).date()
    for series in Series.values:
        recorded = set(ClosingPrice.objects.filter(series=series).values_list("trading_day", flat=True))
        closes = simulated_closes(series, ORIGIN, calendar.previous_trading_day(last), calendar)
        new = [(day, close, "") for day, close in closes if day not in recorded]
        insert_first_revisions(new, Provenance(series, NAME, None, now))


def _agreement(by: User, now: datetime) -> MasterAgreement:
    return MasterAgreement.objects.order_by("pk").first() or record_master_agreement(
        name=AGREEMENT,
        dated_on=DATED_ON,
        document=DOCUMENT.read_bytes(),
        document_type="text/plain",
        shareholders_approved_on=DATED_ON,
        by=by,
        now=now,
    )


def _names(
    plan: Plan, agreement: MasterAgreement, proposer: User, approver: User, seed: int, grantees: int
) -> dict[str, Any]:
    """What the statements need to be told; first keys are those after what is there."""
    first = {model._meta.model_name: _last_key(model) for model in LOADED}
    return {
        **{f"first_{name}": key for name, key in first.items()},
        "seed": seed,
        "grantees": grantees,
        "quarters": len(plan.quarters),
        "leavings": len(plan.leavings),
        "sizes": len(SIZES),
        "names": len(GIVEN) * len(FAMILY),
        "agreement": agreement.pk,
        "proposer": proposer.pk,
        "approver": approver.pk,
        "hired_on": _plain(plan.quarters[0]),
        "now": _plain(plan.now),
        "swept": _plain(plan.swept),
        "joined": _plain(moment(plan.quarters[0], "09:00")),
        "instant": plan.now.timestamp().hex(),
    }


def _last_key(model: Any) -> int:
    newest = model.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def _plain(value: Any) -> Any:
    """A value as the database's own driver takes it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return connection.ops.adapt_decimalfield_value(value) if isinstance(value, Decimal) else value


def _write_plan(plan: Plan) -> None:
    names = [f"{given} {family}" for given in GIVEN for family in FAMILY]
    rows: dict[str, Iterable[Row]] = {
        "name": ((number, name, PLACES[number % len(PLACES)]) for number, name in enumerate(names)),
        "quarter": plan.quarter_rows(),
        "leaving": plan.leaving_rows(),
        "lapse": plan.lapse_rows(),
        "exercise": plan.exercise_rows(),
        "pin": plan.pin_rows(),
        "award": (),
    }
    for name, columns in statements.TEMPORARY.items():
        _write_temporary(f"scale_{name}", columns, rows[name])


def _write_temporary(table: str, columns: str, rows: Iterable[Row]) -> None:
    marks = ", ".join(["%s"] * (columns.count(", ") + 1))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")
        insert = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 - a name of this package's own
        cursor.executemany(insert, [[*map(_plain, row)] for row in rows])
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {table}")


def _write_company(names: dict[str, Any], grantees: int, awards: int, due: int, progress: Progress) -> None:
    steps: list[tuple[str, int, int]] = []
    for kind, many in ((statements.PEOPLE, grantees), (statements.AWARDS, awards)):
        for start in range(0, many, CHUNK):
            steps += [(sql, start, min(start + CHUNK, many)) for sql in kind]
    with connection.cursor() as cursor:
        cursor.execute(statements.NUMBERS, {"most": max(grantees, awards)})
        cursor.execute(statements.NUMBERED, names | {"awards": awards})
        _leave_due(cursor, names, awards, due)
        for done, (sql, start, end) in enumerate(steps, start=1):
            cursor.execute(sql.format(**statements.WORDS[connection.vendor]), names | {"start": start, "end": end})
            progress(done, len(steps))


def _leave_due(cursor: Any, names: dict[str, Any], awards: int, due: int) -> None:
    """Tell the statements from which Award on what has lapsed is left for the sweep: `due` of them."""
    names["unswept_from"] = awards + 1
    if due:
        words = statements.WORDS[connection.vendor]
        cursor.execute(statements.NTH_DUE.format(**words), names | {"start": 0, "end": awards, "due": due})
        row = cursor.fetchone()
        names["unswept_from"] = row[0] if row else 1


def _reset_sequences() -> None:
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(LOADED)):
            cursor.execute(sql)
