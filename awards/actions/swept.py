"""What the rules decided beforehand of many Awards, written into their ledgers by one statement.

An Award says what lapses next, when, and how much (`Award.next_lapse_*`). The caller holds the Awards' locks; what is
outstanding at the time of the statement lapses, and a second sweep finds nothing left that is due.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from awards.models import OptionEntry

UNVESTED, VESTED = OptionEntry.Kind.LAPSED_UNVESTED.value, OptionEntry.Kind.LAPSED_VESTED.value


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


# An Award is in a statement where it is due still, and where what is to lapse is there.
_DUE = """
outstanding > 0 AND declined_at IS NULL AND next_lapse_on <= %(through)s AND next_lapse_kind = %(kind)s
AND outstanding >= COALESCE(next_lapse_options, 1)
"""
_PART = "COALESCE(award.next_lapse_options, award.outstanding)"
# What is left after the unvested lapses as vested on a day of its own. What has lapsed whole is due no more.
_AFTER = {
    UNVESTED: f"outstanding = award.outstanding - {_PART}, next_lapse_on = award.then_lapse_on, "
    "next_lapse_kind = %(then)s, next_lapse_options = NULL, then_lapse_on = NULL",
    VESTED: f"outstanding = award.outstanding - {_PART}",
}
_INSERT = """
INSERT INTO awards_optionentry (award_id, sequence, kind, options, outstanding_after, effective_on, recorded_at, cause,
    note)
SELECT id, sequence + 1, %(kind)s, -part, outstanding - part, next_lapse_on, %(now)s,
    %(cause)s || (lapses + 1), %(note)s
"""
_LINE = (
    "award_id || '/' || sequence || ' ' || kind || ' ' || options || ' ' || outstanding_after || ' ' || effective_on"
)
_SUMS = "count(*), min(id), max(id), min(award_id), max(award_id)"
_POSTGRESQL = """
WITH due AS (
    SELECT award.id, outstanding, {part} AS part, next_lapse_on, last.sequence, last.lapses
    FROM awards_award AS award CROSS JOIN LATERAL (
        SELECT max(sequence) AS sequence, count(*) FILTER (WHERE kind IN ('lapsed_unvested', 'lapsed_vested')) AS lapses
        FROM awards_optionentry WHERE award_id = award.id
    ) AS last
    WHERE award.id = ANY(%(keys)s) AND {due}
), kept AS (
    UPDATE awards_award AS award SET {after} FROM due WHERE award.id = due.id
), written AS ({insert} FROM due ORDER BY id RETURNING *)
SELECT {sums}, string_agg({line}, chr(10) ORDER BY award_id, sequence) FROM written
"""
_SQLITE_INSERT = """
{insert} FROM (
    SELECT id, outstanding, {part} AS part, next_lapse_on,
        (SELECT max(sequence) FROM awards_optionentry WHERE award_id = award.id) AS sequence,
        (SELECT count(*) FROM awards_optionentry WHERE award_id = award.id
            AND kind IN ('lapsed_unvested', 'lapsed_vested')) AS lapses
    FROM awards_award AS award WHERE id IN (SELECT value FROM json_each(%(keys)s)) AND {due}
) ORDER BY id
"""
_SQLITE_UPDATE = (
    "UPDATE awards_award AS award SET {after} WHERE id IN (SELECT value FROM json_each(%(keys)s)) AND {due}"
)
_WRITTEN = """
SELECT {sums}, {aggregate} FROM (
    SELECT id, award_id, {line} AS line FROM awards_optionentry WHERE id > %(before)s AND note = %(note)s
    AND recorded_at = %(now)s AND award_id BETWEEN %(first_award)s AND %(last_award)s AND id <= %(last_entry)s
    ORDER BY award_id, sequence
) AS line
"""


def write(keys: Sequence[int], kind: str, *, through: date, now: datetime) -> Swept | None:
    """Write the lapses of one kind that are due by the end of `through` into the ledgers of these locked Awards.

    `keys` ascend. None where nothing was due.
    """
    if not keys:
        return None
    said = {
        "kind": kind,
        "through": connection.ops.adapt_datefield_value(through),
        "now": connection.ops.adapt_datetimefield_value(now),
        "cause": f"{kind}/",
        "note": note_of(through),
        "then": VESTED,
    }
    given = _on_postgresql if connection.vendor == "postgresql" else _on_sqlite
    *sums, lines = given(keys, kind, said)
    return Swept._make([*sums, _sha256(lines)]) if sums[0] else None


def _on_postgresql(keys: Sequence[int], kind: str, said: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(_filled(_POSTGRESQL, kind), said | {"keys": list(keys)})
        return cursor.fetchone()


def _on_sqlite(keys: Sequence[int], kind: str, said: dict[str, Any]) -> Any:
    said = said | {"keys": str(list(keys)), "first_award": keys[0], "last_award": keys[-1], "last_entry": 2**62}
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(max(id), 0) FROM awards_optionentry")
        (before,) = cursor.fetchone()
        cursor.execute(_filled(_SQLITE_INSERT, kind), said)
        cursor.execute(_filled(_SQLITE_UPDATE, kind), said)
        cursor.execute(_filled(_WRITTEN, kind), said | {"before": before})
        return cursor.fetchone()


def _filled(statement: str, kind: str) -> str:
    aggregate = "string_agg(line, chr(10))" if connection.vendor == "postgresql" else "group_concat(line, char(10))"
    return statement.format(
        part=_PART, due=_DUE, after=_AFTER[kind], insert=_INSERT, sums=_SUMS, line=_LINE, aggregate=aggregate
    )


def _sha256(lines: str | None) -> str:
    return hashlib.sha256((lines or "").encode()).hexdigest()


def again(said: dict[str, Any]) -> dict[str, Any]:
    """What an audit event says of a statement's entries, from the ledger as it is now."""
    by = {
        "kind": said["kind"],
        "before": said["first_entry"] - 1,
        "last_entry": said["last_entry"],
        "first_award": said["first_award"],
        "last_award": said["last_award"],
        "note": note_of(date.fromisoformat(said["through"])),
        "now": connection.ops.adapt_datetimefield_value(datetime.fromisoformat(said["recorded_at"])),
    }
    with connection.cursor() as cursor:
        cursor.execute(_filled(_WRITTEN, said["kind"]), by)
        *sums, lines = cursor.fetchone()
    return said | Swept._make([*sums, _sha256(lines)])._asdict()
