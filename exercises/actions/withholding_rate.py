"""Rates of withholding, as data (§9.5): a change is a later row."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from awards.actions import audit
from awards.actions.grantee import require_jurisdiction
from awards.actions.refusal import Refused
from exercises.models import WithholdingRate


class SourceMissing(Refused):
    """A rate without the statute, circular or notice it is from."""

    code = "source_missing"


@transaction.atomic
def record_withholding_rate(
    *,
    jurisdiction: str,
    tax: str,
    rate_percent: Decimal,
    effective_from: date,
    source: str,
    by: Any,
    now: datetime,
) -> WithholdingRate:
    """Record a rate in per cent for Exercise Dates from `effective_from` until a later row of the same tax.

    Exercises that were provided for keep the rate they used. Raises SourceMissing, NoSuchJurisdiction; the database
    refuses a second rate of one tax from one day, and one outside 0…100.
    """
    require_jurisdiction(jurisdiction.strip())
    if not source.strip():
        raise SourceMissing("Say where the rate is from.")
    rate = WithholdingRate(
        jurisdiction=jurisdiction.strip(),
        tax=tax.strip(),
        rate_percent=rate_percent,
        effective_from=effective_from,
        source=source.strip(),
        recorded_by=by,
        recorded_at=now,
    )
    rate.save(force_insert=True)
    said = {
        "jurisdiction": rate.jurisdiction,
        "tax": rate.tax,
        "rate_percent": rate_percent,
        "effective_from": effective_from,
        "source": rate.source,
    }
    audit.record(actor=by, action="recorded", subject=rate, at=now, after=said)
    return rate
