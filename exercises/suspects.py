# ruff: noqa: S608 - put together from this file's own text; every value is a parameter
"""The Awards whose ledgers need the rules one by one: all but those that the database shows to be in order.

The rules are asked once for each distinct terms. The database compares rows with rows and with the rules' answers, and
answers only with what differs. Each statement below says what it shows; an Award that none of them names is in order.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import connection

from exercises.lapse_terms import NEVER, Key, answers, as_rows

# Whose employment has a fact on record; `is_plain` where that is that they left, once and for no special reason.
_ON_RECORD = """
SELECT grantee_id, max(occurred_on) AS left_on,
    CASE WHEN count(*) = 1 THEN min(CASE WHEN kind = 'ceased' AND reason = 'other' AND reverses_id IS NULL THEN 1 END)
    END AS is_plain
FROM awards_employmentfact GROUP BY grantee_id
"""
_LEAVERS = f"""
SELECT DISTINCT award_date, master_agreement_id, left_on, options
FROM awards_award JOIN ({_ON_RECORD}) AS leaver USING (grantee_id) WHERE approved_at IS NOT NULL
"""
# From one date to the next by the index award_in_order: as many steps as there are dates, however many Awards.
_AWARD_DATES = """
WITH RECURSIVE found (day) AS (
    SELECT min(award_date) FROM awards_award
    UNION ALL
    SELECT (SELECT min(award_date) FROM awards_award WHERE award_date > found.day) FROM found WHERE day IS NOT NULL
)
SELECT day FROM found WHERE day IS NOT NULL
"""
_WORDS = {
    "postgresql": {
        "terms": """
            SELECT * FROM jsonb_to_recordset(%(terms)s::jsonb) AS rows
            (award_date date, agreement bigint, left_on date, tranches integer, lapses_on date, ended_on date)
        """,
        "unvested": """
            SELECT * FROM jsonb_to_recordset(%(unvested)s::jsonb) AS rows
            (agreement bigint, tranches integer, options integer, unvested integer)
        """,
    },
    "sqlite": {
        "terms": """
            SELECT value ->> 'award_date' AS award_date, value ->> 'agreement' AS agreement,
                value ->> 'left_on' AS left_on, value ->> 'tranches' AS tranches, value ->> 'lapses_on' AS lapses_on,
                value ->> 'ended_on' AS ended_on
            FROM json_each(%(terms)s)
        """,
        "unvested": """
            SELECT value ->> 'agreement' AS agreement, value ->> 'tranches' AS tranches, value ->> 'options' AS options,
                value ->> 'unvested' AS unvested
            FROM json_each(%(unvested)s)
        """,
    },
}
_BY_RULES = f"""
LEFT JOIN ({_ON_RECORD}) AS leaver ON leaver.grantee_id = award.grantee_id
LEFT JOIN ({{terms}}) AS terms ON terms.award_date = award.award_date
    AND terms.agreement = award.master_agreement_id AND terms.left_on = COALESCE(leaver.left_on, '{NEVER.isoformat()}')
"""
# Of the Grantee nothing is on record but a plain leaving, and the sweep looks on a day on which something lapses.
_LAPSES_PLAINLY = f"""
SELECT award.id FROM awards_award AS award {_BY_RULES}
WHERE approved_at IS NOT NULL AND NOT COALESCE(
    declined_at IS NULL AND (leaver.grantee_id IS NULL OR is_plain = 1)
    AND award.grantee_id NOT IN (SELECT grantee_id FROM awards_determination)
    AND (next_lapse_on = lapses_on OR next_lapse_on = ended_on), false)
"""
# The ledger begins with the grant of all the Award's OSOs.
_IS_GRANTED = """
SELECT award.id FROM awards_award AS award
WHERE approved_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM awards_optionentry AS entry WHERE entry.award_id = award.id AND sequence = 1 AND kind = 'granted'
        AND entry.options = award.options AND outstanding_after = award.options)
"""
# From the third entry on, each balance follows from the one before. (The second's is part of the account.)
_FOLLOWS = """
SELECT entry.award_id FROM awards_optionentry AS entry
LEFT JOIN awards_optionentry AS before
    ON before.award_id = entry.award_id AND before.sequence = entry.sequence - 1 AND before.sequence > 1
WHERE entry.sequence NOT IN (1, 2) AND NOT COALESCE(
    entry.outstanding_after = before.outstanding_after + entry.options, false)
"""
# Of an entry after the grant: whether it is of no ordinary kind, and what it says of lapses.
_LATER = """
SELECT award_id, sequence, options, outstanding_after,
    CASE WHEN options < 0 AND (kind = 'exercised' AND substr(cause, 1, 9) = 'exercise/'
        OR kind IN ('lapsed_unvested', 'lapsed_vested')) THEN 0 ELSE 1 END AS is_odd,
    CASE WHEN kind = 'lapsed_unvested' THEN -options ELSE 0 END AS lapsed_unvested,
    CASE WHEN kind = 'lapsed_unvested' THEN effective_on END AS unvested_on,
    CASE WHEN kind = 'lapsed_vested' THEN effective_on END AS vested_on
FROM awards_optionentry WHERE sequence
"""
_FROM_THE_THIRD = f"""
SELECT award_id, count(*) AS entries, max(sequence) AS last, sum(options) AS options, max(is_odd) AS is_odd,
    sum(lapsed_unvested) AS lapsed_unvested, count(unvested_on) AS unvested_entries, max(unvested_on) AS unvested_on,
    count(vested_on) AS vested_entries, max(vested_on) AS vested_on
FROM ({_LATER} > 2) AS later GROUP BY award_id
"""
# What was taken from each Award that has less than granted, beside what the rules say of its lapses. Most have no more
# than a second entry, so only the few that have a third are grouped.
_ACCOUNT = f"""
SELECT award.id AS award_id, award.options AS granted, outstanding, lapses_on, ended_on,
    CASE WHEN ended_on IS NULL THEN 0 ELSE rule.unvested END AS unvested,
    second.options + COALESCE(rest.options, 0) AS taken, second.outstanding_after - second.options AS started,
    2 + COALESCE(rest.entries, 0) AS entries, COALESCE(rest.last, 2) AS last,
    second.is_odd + COALESCE(rest.is_odd, 0) AS odd,
    second.lapsed_unvested + COALESCE(rest.lapsed_unvested, 0) AS lapsed_unvested,
    CASE WHEN second.unvested_on IS NULL THEN 0 ELSE 1 END + COALESCE(unvested_entries, 0) AS unvested_entries,
    COALESCE(second.unvested_on, rest.unvested_on) AS unvested_on,
    CASE WHEN second.vested_on IS NULL THEN 0 ELSE 1 END + COALESCE(vested_entries, 0) AS vested_entries,
    COALESCE(second.vested_on, rest.vested_on) AS vested_on
FROM awards_award AS award
LEFT JOIN ({_LATER} = 2) AS second ON second.award_id = award.id
LEFT JOIN ({_FROM_THE_THIRD}) AS rest ON rest.award_id = award.id
{_BY_RULES}
LEFT JOIN ({{unvested}}) AS rule ON rule.agreement = award.master_agreement_id AND rule.tranches = terms.tranches
    AND rule.options = award.options
WHERE approved_at IS NOT NULL AND outstanding <> award.options
"""
# Where a lapse is written, so is every other that the rules give by then, each on its day.
_LAPSES_IN_ORDER = """
unvested_entries + vested_entries = 0
OR lapsed_unvested = unvested
    AND (unvested_entries = 0 OR unvested_entries = 1 AND unvested_on = ended_on)
    AND (vested_entries = 0 AND lapses_on > ended_on
        OR vested_entries = 1 AND vested_on = lapses_on AND outstanding = 0)
"""
# The entries add up to what the Award says, none is missing between them, and the lapses are the rules'.
_ADDS_UP = f"""
SELECT award_id FROM ({_ACCOUNT}) AS account
WHERE NOT COALESCE(started = granted AND granted + taken = outstanding AND entries = last AND odd = 0
    AND ({_LAPSES_IN_ORDER}), false)
"""
_SHOWN = (_LAPSES_PLAINLY, _IS_GRANTED, _FOLLOWS, _ADDS_UP)
# There are as many first entries as Awards, and as many second ones as Awards that have less than granted. Where each
# of these is shown to have its own, no other is anywhere.
_ARE_AS_MANY = """
SELECT ones = awards AND twos = less FROM (
    SELECT sum(CASE WHEN sequence = 1 THEN 1 ELSE 0 END) AS ones, sum(CASE WHEN sequence = 2 THEN 1 ELSE 0 END) AS twos
    FROM awards_optionentry
) AS entry, (
    SELECT count(*) AS awards, sum(CASE WHEN outstanding <> options THEN 1 ELSE 0 END) AS less
    FROM awards_award WHERE approved_at IS NOT NULL
) AS award
"""
# Where they are not as many: the places taken twice, though a key forbids it, and the Awards that say they have it all.
_TAKEN_TWICE = "SELECT award_id FROM awards_optionentry GROUP BY award_id, sequence HAVING count(*) > 1"
_HAS_ALL = """
SELECT DISTINCT award.id FROM awards_award AS award JOIN awards_optionentry AS entry ON entry.award_id = award.id
WHERE sequence <> 1 AND (outstanding = award.options OR approved_at IS NULL)
"""
_MISPLACED = (_TAKEN_TWICE, _HAS_ALL)


def suspects() -> list[int]:
    """The keys of the Awards that have to be looked at one by one, in order."""
    with connection.cursor() as cursor:
        asked = _rules_answers(cursor)
        found = {key for statement in _SHOWN for key in _named(cursor, statement, asked)}
        cursor.execute(_ARE_AS_MANY)
        # One too many and one missing are as many as there should be: but then the missing one is found.
        if found or not all(cursor.fetchone()):
            found |= {key for statement in _MISPLACED for key in _named(cursor, statement, asked)}
    return sorted(found)


def _rules_answers(cursor: Any) -> dict[str, str]:
    cursor.execute(_AWARD_DATES)
    days = [_day(day) for (day,) in cursor.fetchall()]
    cursor.execute(_LEAVERS)
    leavers = [(Key(_day(on), agreement, _day(left)), options) for on, agreement, left, options in cursor.fetchall()]
    return {name: json.dumps(rows) for name, rows in as_rows(answers(days, leavers)).items()}


def _day(value: Any) -> date:
    """SQLite answers with a date's text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def _named(cursor: Any, statement: str, asked: dict[str, str]) -> Iterator[int]:
    cursor.execute(statement.format(**_WORDS[connection.vendor]), asked)
    return (key for (key,) in cursor.fetchall())
