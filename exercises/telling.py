"""What there is to tell of exercises: as each step is taken, and of a night that corrected closes or wrote lapses."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from awards.acting import acting_by
from awards.actions import audit, telling
from awards.actions.swept import note_of
from awards.actions.telling import Kind, News
from awards.agreement.period import period_end
from awards.agreement.worksheet import Worksheet
from awards.market.models import ClosingPrice
from awards.models import AuditEvent, Award, Message, OptionEntry
from awards.queries import representatives
from exercises.actions.reading import Reading
from exercises.models import ExerciseNotice, JobRun, PinnedClose, Pricing, Settlement

ONE_DAY = timedelta(days=1)
SWEEP = "write lapses"


def receipt_messages(
    notice: ExerciseNotice, sheet: Worksheet | None, reading: Reading, *, now: datetime
) -> list[Message]:
    """The receipt for whoever acts for the Award now: with what it pays, or with the close it waits for."""
    award = notice.award
    said: dict[str, Any] = {"received_at": notice.received_at}
    said["consideration_amount"] = sheet.consideration if sheet else None
    if sheet is None:
        said["waits_for_on"] = period_end(notice.exercise_date, reading.calendar)
    news = _of(notice, Kind.RECEIPT, f"receipt/{notice.pk}", notice.exercise_date, said)
    today = now.astimezone(audit.NEW_YORK).date()
    in_force = representatives(award, today) if reading.has_representatives else []
    return telling.messages(news, acting_by(award, today, in_force), now=now)


def tell_priced(pricing: Pricing, *, now: datetime) -> None:
    """What an exercise that waited for a close pays."""
    notice, said = pricing.notice, {"consideration_amount": pricing.consideration}
    telling.tell([_of(notice, Kind.PRICED, f"priced/{notice.pk}", notice.exercise_date, said)], now=now)


def tell_paid(settlement: Settlement, *, now: datetime) -> None:
    notice = settlement.pricing.notice
    said = {
        "net_cash_amount": settlement.net_cash,
        "net_shares": settlement.net_shares,
        "reference": settlement.payment_reference,
    }
    on = now.astimezone(audit.NEW_YORK).date()
    telling.tell([_of(notice, Kind.PAID, f"paid/{settlement.pk}", on, said)], now=now)


def _of(notice: ExerciseNotice, kind: Any, key: str, on: date, said: dict[str, Any]) -> News:
    known = {"notice": notice.pk, "number": notice.number, "options": notice.options}
    return News(kind, key, notice.award, on, {**known, "exercise_on": notice.exercise_date, **said})


def written_dates(kind: str, dates: Sequence[date]) -> set[date]:
    """The dates of these for which a job in slices has written every slice, or refused it."""
    runs = JobRun.objects.filter(kind=kind, business_date__in=dates, due__isnull=False)
    return set(runs.exclude(slices__state="open").values_list("business_date", flat=True))


def lapses_swept_on(day: date) -> "QuerySet[Award]":
    """The Awards whose lapses the sweep of that business date wrote by statement."""
    found: QuerySet[Award] = Award.objects.filter(pk__in=_swept(day).values("award_id"))
    return found


def lapses_swept(awards: Any, day: date) -> Iterator[News]:
    """What the sweep of that business date wrote of those Awards."""
    entries = _swept(day).filter(award__in=awards).order_by("award_id", "sequence").select_related("award__grantee")
    for entry in entries.prefetch_related("award__grantee__employment_facts"):
        yield telling.lapsed(entry.award, entry)


def _swept(day: date) -> "QuerySet[OptionEntry]":
    """The ledger entries of a sweep: its audit events, found by when it ran, say between which keys they are."""
    run = JobRun.objects.filter(kind=SWEEP, business_date=day).first()
    if run is None:
        return OptionEntry.objects.none()
    events = AuditEvent.objects.filter(action=audit.SWEPT, subject__startswith=f"sweep:{day}/")
    # Another worker's slice may have been written later than the last attempt began.
    ran = (_midnight(day), run.claimed_at + ONE_DAY)
    said = list(events.filter(at__range=ran).values_list("after", flat=True))
    if not said:
        return OptionEntry.objects.none()
    first, last = min(row["first_entry"] for row in said), max(row["last_entry"] for row in said)
    return OptionEntry.objects.filter(pk__gte=first, pk__lte=last, note=note_of(day))


def corrections(day: date) -> Iterator[News]:
    """For each close corrected on that day the exercises priced on a former revision: what was promised stays.

    From the few corrected closes to the pricings by key; `consistency.corrected_since` is all of them at any time.
    """
    corrected = ClosingPrice.objects.filter(recorded_at__gte=_midnight(day), recorded_at__lt=_midnight(day + ONE_DAY))
    for close in corrected.filter(revision__gt=1).order_by("pk"):
        same = {"closing_price__series": close.series, "closing_price__trading_day": close.trading_day}
        pins = PinnedClose.objects.filter(**same, closing_price__revision__lt=close.revision).order_by("pk")
        for pin in pins.select_related("closing_price", "pricing__notice__award__grantee"):
            yield _corrected(pin, close)


def _corrected(pin: PinnedClose, close: ClosingPrice) -> News:
    notice = pin.pricing.notice
    said = {
        "series": close.series,
        "trading_on": close.trading_day,
        "was_amount": pin.closing_price.close,
        "is_amount": close.close,
        "consideration_amount": pin.pricing.consideration,
    }
    key = f"corrected/{notice.pk}/{close.pk}"
    return _of(notice, Kind.CLOSE_CORRECTED, key, close.trading_day, said)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), audit.NEW_YORK)
