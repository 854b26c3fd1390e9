# ruff: noqa: S608 - put together from this file's own text; every value is a parameter
"""The Awards whose ledgers need the rules one by one: all but those that one statement shows to be in order.

An Award is in order where its entries follow from each other and add up, and its lapses are those that the rules give
for its terms: an employee's, or those of one who left once for no special reason. The rules are asked once for each
distinct terms.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import connection

from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.agreement.errors import AgreementError
from awards.agreement.standing import standing
from awards.agreement.terms import Terms
from awards.models import MasterAgreement

NEVER = "9999-12-31"
_LEAVERS = """
SELECT grantee_id, count(*) AS facts, max(occurred_on) AS left_on,
    max(CASE WHEN kind = 'ceased' AND reason = 'other' AND reverses_id IS NULL THEN 0 ELSE 1 END) AS special
FROM awards_employmentfact GROUP BY grantee_id
"""
_DISTINCT = f"""
SELECT DISTINCT award_date, master_agreement_id, leaver.left_on,
    CASE WHEN leaver.left_on IS NULL THEN 0 ELSE award.options END
FROM awards_award AS award LEFT JOIN ({_LEAVERS}) AS leaver ON leaver.grantee_id = award.grantee_id
WHERE approved_at IS NOT NULL
"""
_TERMS = {
    "postgresql": """
        SELECT * FROM jsonb_to_recordset(%(terms)s::jsonb) AS
        terms(award_date date, agreement bigint, left_on date, options integer, lapses_on date, ended_on date,
            unvested integer)
    """,
    "sqlite": """
        SELECT value ->> 'award_date' AS award_date, value ->> 'agreement' AS agreement, value ->> 'left_on' AS left_on,
            value ->> 'options' AS options, value ->> 'lapses_on' AS lapses_on, value ->> 'ended_on' AS ended_on,
            value ->> 'unvested' AS unvested
        FROM json_each(%(terms)s)
    """,
}
_CHAINED = """
SELECT award_id, kind, options, effective_on,
    CASE WHEN sequence <> row_number() OVER entries
        OR outstanding_after <> COALESCE(lag(outstanding_after) OVER entries, 0) + options
        OR kind NOT IN ('granted', 'exercised', 'lapsed_unvested', 'lapsed_vested')
        OR (kind = 'granted') <> (options > 0)
        OR kind = 'exercised' AND substr(cause, 1, 9) <> 'exercise/'
    THEN 1 ELSE 0 END AS off
FROM awards_optionentry WINDOW entries AS (PARTITION BY award_id ORDER BY sequence)
"""
_SUMMED = f"""
SELECT award_id, max(off) AS off, sum(options) AS total,
    sum(CASE WHEN kind = 'granted' THEN options ELSE 0 END) AS granted,
    sum(CASE WHEN kind = 'lapsed_unvested' THEN -options ELSE 0 END) AS unvested,
    sum(CASE WHEN kind = 'lapsed_unvested' THEN 1 ELSE 0 END) AS unvested_entries,
    max(CASE WHEN kind = 'lapsed_unvested' THEN effective_on END) AS unvested_on,
    sum(CASE WHEN kind = 'lapsed_vested' THEN 1 ELSE 0 END) AS vested_entries,
    max(CASE WHEN kind = 'lapsed_vested' THEN effective_on END) AS vested_on
FROM ({_CHAINED}) AS entry GROUP BY award_id
"""
_LAPSES_IN_ORDER = """
unvested_entries + vested_entries = 0
OR summed.unvested = terms.unvested
    AND (unvested_entries = 0 OR unvested_entries = 1 AND unvested_on = ended_on)
    AND (vested_entries = 0 AND lapses_on > ended_on
        OR vested_entries = 1 AND vested_on = lapses_on AND award.outstanding = 0)
"""
_SUSPECTS = f"""
SELECT award.id FROM awards_award AS award
LEFT JOIN ({_SUMMED}) AS summed ON summed.award_id = award.id
LEFT JOIN ({_LEAVERS}) AS leaver ON leaver.grantee_id = award.grantee_id
LEFT JOIN (SELECT DISTINCT grantee_id FROM awards_determination) AS determined
    ON determined.grantee_id = award.grantee_id
LEFT JOIN ({{terms}}) AS terms ON terms.award_date = award.award_date AND terms.agreement = award.master_agreement_id
    AND terms.left_on = COALESCE(leaver.left_on, '{NEVER}')
    AND terms.options = CASE WHEN leaver.left_on IS NULL THEN 0 ELSE award.options END
WHERE approved_at IS NOT NULL AND NOT COALESCE(
    declined_at IS NULL AND off = 0 AND total = award.outstanding AND granted = award.options
    AND determined.grantee_id IS NULL AND COALESCE(facts, 0) <= 1 AND COALESCE(special, 0) = 0
    AND (award.next_lapse_on = lapses_on OR award.next_lapse_on = ended_on)
    AND ({_LAPSES_IN_ORDER}), false)
ORDER BY award.id
"""


def suspects() -> list[int]:
    """The keys of the approved Awards that have to be looked at one by one, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_DISTINCT)
        terms = json.dumps(list(_by_rules(cursor.fetchall())))
        cursor.execute(_SUSPECTS.format(terms=_TERMS[connection.vendor]), {"terms": terms})
        return [key for (key,) in cursor.fetchall()]


def _by_rules(distinct: list[tuple[Any, int, Any, int]]) -> Iterator[dict[str, Any]]:
    agreements = {row.pk: row.terms for row in MasterAgreement.objects.defer("document")}
    for award_date, agreement, left_on, options in distinct:
        key = {
            "award_date": str(award_date),
            "agreement": agreement,
            "left_on": str(left_on or NEVER),
            "options": options,
        }
        left = _day(left_on) if left_on else None
        try:
            yield key | _lapses(_day(award_date), left, options or 1, agreements[agreement])
        except AgreementError:
            continue  # without its terms an Award is looked at alone, where the error is reported


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _lapses(award_date: date, left_on: date | None, options: int, terms: Terms) -> dict[str, Any]:
    """When everything lapses that is left, and what lapses unvested before; nothing where that is not so plain."""
    counts = left_on is not None and left_on >= award_date
    facts = Employment(ceased_on=left_on, cessation=Cessation.OTHER) if counts else EMPLOYED

    def on(day: date) -> Any:
        return standing(award_date=award_date, options=options, unlapsed=options, on=day, employment=facts, terms=terms)

    first = on(left_on if counts and left_on is not None else award_date)
    last = first.lapse.lapses_on
    if on(last).unvested or (counts and left_on is not None and last < left_on):
        return {}
    ended_on = left_on.isoformat() if counts and left_on is not None else None
    return {"lapses_on": last.isoformat(), "ended_on": ended_on, "unvested": first.unvested_lapsed}
