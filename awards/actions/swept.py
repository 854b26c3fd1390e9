"""What the rules decided beforehand of many Awards, written at once: their ledgers by one statement, then what is left.

An Award says what lapses next, when, and how much (`Award.next_lapse_*`). Its lock is taken first; what is outstanding
at the time of the statement lapses, and a second sweep finds nothing left that is due.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from awards.models import Award, OptionEntry

VESTED = OptionEntry.Kind.LAPSED_VESTED.value
_LARGEST = 2**62


class Swept(NamedTuple):
    """The entries that one statement wrote: how many, between which keys, of which Awards, and the hash of them."""

    entries: int
    first_entry: int
    last_entry: int
    first_award: int
    last_award: int
    sha256: str


def note_of(through: date) -> str:
    return f"Sweep of {through}"


# What the rules decided can be written where what is to lapse is there.
_DECIDED = "next_lapse_kind <> '' AND outstanding >= COALESCE(next_lapse_options, 1)"
_DUE = f"outstanding > 0 AND declined_at IS NULL AND next_lapse_on <= %(through)s AND {_DECIDED}"
# In order, as everybody locks Awards. By WITH, because of a sub-query PostgreSQL locks no more rows than are asked for.
_LOCK = """
WITH locked AS (
    SELECT id, next_lapse_on <= %(through)s AND NOT ({decided}) AS is_undecided
    FROM awards_award WHERE {among} AND outstanding > 0 ORDER BY id {for_update}
)
SELECT id FROM locked WHERE is_undecided ORDER BY id
"""
# The unvested may leave the vested due as well. The last sequence comes from the index of the unique key alone. As the
# Awards come in order, each is read once and nothing is set aside.
_INSERT = """
WITH due AS (
    SELECT id, outstanding, COALESCE(next_lapse_options, outstanding) AS part, next_lapse_kind, next_lapse_on,
        then_lapse_on, (SELECT max(sequence) FROM awards_optionentry WHERE award_id = award.id) AS sequence
    FROM awards_award AS award WHERE {among} AND {due} ORDER BY id
), line AS (
    SELECT id, sequence + 1 + after AS sequence,
        CASE after WHEN 0 THEN next_lapse_kind ELSE %(vested)s END AS kind,
        CASE after WHEN 0 THEN part ELSE outstanding - part END AS part,
        CASE after WHEN 0 THEN outstanding - part ELSE 0 END AS left_over,
        CASE after WHEN 0 THEN next_lapse_on ELSE then_lapse_on END AS lapses_on
    FROM due CROSS JOIN (SELECT 0 AS after UNION ALL SELECT 1) AS lapse
    WHERE after = 0 OR then_lapse_on <= %(through)s AND outstanding > part
)
INSERT INTO awards_optionentry (award_id, sequence, kind, options, outstanding_after, effective_on, recorded_at, cause,
    note)
SELECT id, sequence, kind, -part, left_over, lapses_on, %(now)s, kind || '/' || sequence, %(note)s
FROM line ORDER BY id, sequence
"""
# What is left after the unvested lapses as vested on a day of its own. What has lapsed whole is due no more.
_UPDATE = """
UPDATE awards_award SET
    outstanding = CASE WHEN then_lapse_on <= %(through)s THEN 0
        ELSE outstanding - COALESCE(next_lapse_options, outstanding) END,
    next_lapse_on = COALESCE(then_lapse_on, next_lapse_on), next_lapse_kind = %(vested)s, next_lapse_options = NULL,
    then_lapse_on = NULL
WHERE {among} AND {due}
"""
_LINE = (
    "award_id || '/' || sequence || ' ' || kind || ' ' || options || ' ' || outstanding_after || ' ' || effective_on"
)
_SUMS = "count(*), min(id), max(id), min(award_id), max(award_id)"
_INSERTED = """
WITH written AS ({insert} RETURNING id, award_id, sequence, kind, options, outstanding_after, effective_on)
SELECT {sums}, string_agg({line}, chr(10) ORDER BY award_id, sequence) FROM written
"""
_WRITTEN = """
SELECT {sums}, {aggregate} FROM (
    SELECT id, award_id, {line} AS line FROM awards_optionentry WHERE id > %(before)s AND note = %(note)s
    AND recorded_at = %(now)s AND award_id BETWEEN %(first_award)s AND %(last_award)s AND id <= %(last_entry)s
    ORDER BY award_id, sequence
) AS line
"""
_DIALECT = {
    "postgresql": {
        "among": "id = ANY(%(keys)s::bigint[])",
        "for_update": "FOR UPDATE",
        "aggregate": "string_agg(line, chr(10))",
    },
    "sqlite": {
        "among": "id IN (SELECT value FROM json_each(%(keys)s))",
        # A transaction that writes has the whole database to itself from its start.
        "for_update": "",
        "aggregate": "group_concat(line, char(10))",
    },
}


def keys_of(awards: QuerySet[Award]) -> list[int]:
    """The keys of these Awards, in their order: thousands take the ORM three times as long."""
    statement, given = awards.values_list("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [key for (key,) in cursor.fetchall()]


def listed(keys: Iterable[int]) -> str:
    """The keys of Awards as the statements take them: a list of thousands takes the driver longer than the database."""
    text = ",".join(map(str, keys))
    return f"{{{text}}}" if connection.vendor == "postgresql" else f"[{text}]"


def lock(keys: str, *, through: date) -> list[int]:
    """Lock the `listed` Awards in order; the keys of those that are due and for which the rules have to be asked."""
    with connection.cursor() as cursor:
        cursor.execute(_filled(_LOCK), {"keys": keys} | _until(through))
        return [key for (key,) in cursor.fetchall()]


def write(keys: str, *, through: date, now: datetime) -> tuple[int, Swept] | None:
    """Write the lapses that are decided and due by the end of `through` into the ledgers of `listed`, locked Awards.

    How many Awards it wrote, and what; None where nothing was due.
    """
    instant = connection.ops.adapt_datetimefield_value(now)
    said = _until(through) | {"keys": keys, "now": instant, "note": note_of(through), "vested": VESTED}
    inserted = _insert_on_postgresql if connection.vendor == "postgresql" else _insert_on_sqlite
    with connection.cursor() as cursor:
        *sums, lines = inserted(cursor, said)
        if not sums[0]:
            return None
        cursor.execute(_filled(_UPDATE), said)
        return cursor.rowcount, Swept._make([*sums, _sha256(lines)])


def _insert_on_postgresql(cursor: Any, said: dict[str, Any]) -> Any:
    cursor.execute(_filled(_INSERTED), said)
    found = cursor.fetchone()
    # Foreign keys are checked while an Award has one version: after the UPDATE two are looked up, and locked anew.
    connection.check_constraints()
    return found


def _insert_on_sqlite(cursor: Any, said: dict[str, Any]) -> Any:
    cursor.execute("SELECT COALESCE(max(id), 0) FROM awards_optionentry")
    (before,) = cursor.fetchone()
    cursor.execute(_filled(_INSERT), said)
    between = {"before": before, "last_entry": _LARGEST, "first_award": 0, "last_award": _LARGEST}
    cursor.execute(_filled(_WRITTEN), said | between)
    return cursor.fetchone()


def _until(through: date) -> dict[str, Any]:
    return {"through": connection.ops.adapt_datefield_value(through)}


def _filled(statement: str) -> str:
    given = _DIALECT[connection.vendor] | {"decided": _DECIDED, "due": _DUE, "sums": _SUMS, "line": _LINE}
    return statement.format(insert=_INSERT.format(**given), **given)


def _sha256(lines: str | None) -> str:
    return hashlib.sha256((lines or "").encode()).hexdigest()


def again(said: dict[str, Any]) -> dict[str, Any]:
    """What an audit event says of a statement's entries, from the ledger as it is now."""
    by = {
        "before": said["first_entry"] - 1,
        "last_entry": said["last_entry"],
        "first_award": said["first_award"],
        "last_award": said["last_award"],
        "note": note_of(date.fromisoformat(said["through"])),
        "now": connection.ops.adapt_datetimefield_value(datetime.fromisoformat(said["recorded_at"])),
    }
    with connection.cursor() as cursor:
        cursor.execute(_filled(_WRITTEN), by)
        *sums, lines = cursor.fetchone()
    return said | Swept._make([*sums, _sha256(lines)])._asdict()
