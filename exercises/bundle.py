"""A statement as data: every input and every figure, from which anybody can compute it again.

Numbers are exact decimal text, days and instants ISO text. The hash is over all the rest, as canonical JSON.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from awards import agreement
from awards.actions import ledger
from awards.agreement.exercise_date import NEW_YORK
from awards.market.calendar import trading_calendar
from awards.models import Award
from awards.queries import Holding, holdings
from awards.sign_in import display_name
from awards.worksheet_record import as_record
from exercises.models import ExerciseNotice

FORMAT = "outperform-stock-options/statement/1"
Bundle = dict[str, Any]


def bundle(*, reader: Any, from_on: date, to_on: date, now: datetime) -> Bundle:
    """What the reader holds or acts for, from the end of the day before `from_on` to the end of `to_on`."""
    visible = Award.objects.visible_to(reader, now.astimezone(NEW_YORK).date()).filter(award_date__lte=to_on)
    calendar = trading_calendar()
    end = datetime.combine(to_on, time(23, 59, 59), NEW_YORK)
    at_end = holdings(visible, on=to_on, calendar=calendar, now=min(end, now))
    eve = holdings(visible, on=from_on - timedelta(days=1), calendar=calendar)
    before = {holding.award.pk: holding for holding in eve}
    notices = _notices(visible, from_on, to_on)
    said = {
        "format": FORMAT,
        "code_sha256": code_sha256(),
        "company": settings.COMPANY_NAME,
        "for": display_name(reader),
        "from_on": from_on.isoformat(),
        "to_on": to_on.isoformat(),
        "made_at": now.isoformat(),
        "awards": [_award(holding, before[holding.award.pk], from_on, to_on) for holding in reversed(at_end)],
        "exercises": [_exercise(notice) for notice in notices],
        "totals": _totals(notices),
    }
    return said | {"sha256": hash_of(said)}


def hash_of(said: Bundle) -> str:
    """SHA-256 of everything a bundle says, its own hash left out."""
    rest = {name: value for name, value in said.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@cache
def code_sha256() -> str:
    """SHA-256 over the agreement's code as it runs: the version that a figure was computed with."""
    digest = hashlib.sha256()
    for file in sorted(Path(agreement.__file__).parent.glob("*.py")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _notices(visible: Any, from_on: date, to_on: date) -> list[ExerciseNotice]:
    start = datetime.combine(from_on, time(0), NEW_YORK)
    end = datetime.combine(to_on + timedelta(days=1), time(0), NEW_YORK)
    rows = ExerciseNotice.objects.filter(award__in=visible, received_at__gte=start, received_at__lt=end)
    rows = rows.select_related("award", "pricing").prefetch_related("pricing__settlements")
    return list(rows.order_by("received_at", "pk"))


def _award(holding: Holding, before: Holding, from_on: date, to_on: date) -> Bundle:
    award = holding.award
    return {
        "number": award.number,
        "award_date": award.award_date.isoformat(),
        "options": award.options,
        "initial_price": f"{award.initial_price:f}",
        "agreement": award.master_agreement.name,
        "outstanding_before": before.position.outstanding,
        "entries": [_entry(row) for row in _between(holding.entries, from_on, to_on)],
        "outstanding": holding.position.outstanding,
        "vested": holding.standing.exercisable,
        "unvested": holding.standing.unvested,
        "exercisable": holding.exercisable,
        "last_moment": holding.last_moment.isoformat(),
        "worksheet": _worksheet(holding),
        "no_value_because": holding.value_reason,
    }


def _worksheet(holding: Holding) -> Bundle | None:
    """Of exercising all that was exercisable; None where nothing was, or where it has no value."""
    sheet = holding.worth.worksheet if holding.worth else None
    return None if sheet is None or holding.value is None else as_record(sheet)


def _between(entries: Iterable[ledger.Recorded], from_on: date, to_on: date) -> Sequence[ledger.Recorded]:
    eve = from_on - timedelta(days=1)
    return [row for row in entries if ledger.counts_on(row, to_on) and not ledger.counts_on(row, eve)]


def _entry(row: ledger.Recorded) -> Bundle:
    return {
        "effective_on": row.effective_on.isoformat(),
        "kind": row.kind,
        "options": row.options,
        "outstanding_after": row.outstanding_after,
    }


def _exercise(notice: ExerciseNotice) -> Bundle:
    said = {
        "number": notice.number,
        "award": notice.award.number,
        "options": notice.options,
        "received_at": notice.received_at.isoformat(),
        "exercise_date": notice.exercise_date.isoformat(),
        "state": notice.state,
    }
    if not notice.is_priced:
        return said | {"consideration": None, "worksheet": None}
    return said | {"consideration": f"{notice.pricing.consideration:f}", "worksheet": notice.pricing.worksheet}


def _totals(notices: Sequence[ExerciseNotice]) -> Bundle:
    paid = (notice.pricing.consideration for notice in notices if notice.is_priced)
    return {"exercised": sum(notice.options for notice in notices), "consideration": f"{sum(paid, Decimal(0)):f}"}
