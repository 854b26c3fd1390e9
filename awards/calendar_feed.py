"""A person's days as a calendar (RFC 5545): vestings, lapses, last moments to exercise, of the Awards they see.

An event keeps its UID for ever. Its SEQUENCE counts what has been recorded that could move or cancel it, so that it
never goes back; an event that will not come, or is over because nothing is left, stays as CANCELLED.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from awards.market.calendar import trading_calendar
from awards.market.models import TradingDayOverride
from awards.models import Award, language_of
from awards.queries import Holding, holdings
from awards.templatetags.figures import day, minute, options
from config.clock import new_york_date

MOMENT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: a whole day, or the minutes that end at an instant."""

    name: str
    at: date | datetime
    summary: str
    text: str
    options: int
    is_cancelled: bool


def address(pk: int, secret: str) -> str:
    """Where a calendar program finds it."""
    return settings.PORTAL_URL + reverse("told:calendar", args=[pk, secret])


def write(user: Any, *, with_amounts: bool, now: datetime) -> bytes:
    """The calendar of what the person sees today: a fixed number of queries, whatever the number of Awards."""
    today = new_york_date(now)
    visible = Award.objects.visible_to(user, today)
    overrides = TradingDayOverride.objects.count()
    with translation.override(language_of(user)):
        calendar = _empty()
        for holding in reversed(holdings(visible, on=today, calendar=trading_calendar())):
            sequence = _recorded(holding) + overrides
            for entry in _entries(holding, today):
                calendar.add_component(_event(holding.award, entry, sequence, with_amounts, now))
    return bytes(calendar.to_ical())


def _empty() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Outperform Stock Options//Portal//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Outperform Stock Options"))
    calendar.add("x-published-ttl", "PT12H")
    return calendar


def _recorded(holding: Holding) -> int:
    """How much is on record that bears on the Award's days. Nothing of it is ever taken away."""
    grantee = holding.award.grantee
    determined = sum(row.is_approved for row in grantee.determinations.all())
    return len(grantee.employment_facts.all()) + determined + len(holding.entries)


def _entries(holding: Holding, today: date) -> Iterator[Entry]:
    lapses_on, ended_on = holding.standing.lapse.lapses_on, holding.employment.ended_on
    for number, tranche in enumerate(holding.schedule, start=1):
        gone = ended_on is not None and holding.award.award_date <= ended_on < tranche.vests_on
        # What vested early by an event of §2.4(a) does not vest again on its day.
        is_early = tranche.is_vested and tranche.vests_on > today
        cancelled = gone or is_early or _is_over(holding) or not tranche.options
        yield Entry(f"vests-{number}", tranche.vests_on, _("Options vest"), "", tranche.options, cancelled)
    # Vested counts what has lapsed too: a lapse that came stays in the calendar, one of nothing is cancelled.
    left = holding.standing.vested + holding.standing.unvested
    at = holding.last_moment
    yield Entry(
        "lapses", lapses_on, _("Options lapse"), _("What is not exercised by the last moment is gone."), left, not left
    )
    text = _("Last moment to exercise: %(at)s, New York time.") % {"at": minute(at)}
    yield Entry("last-moment", at, _("Last moment to exercise options"), text, left, not left)


def _is_over(holding: Holding) -> bool:
    """Declined, or cancelled whole."""
    return holding.award.declined_at is not None or holding.cancelled > 0


def _event(award: Award, entry: Entry, sequence: int, with_amounts: bool, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{entry.name}-{award.pk}@{urlsplit(settings.PORTAL_URL).hostname}")
    event.add("dtstamp", now)
    event.add("sequence", sequence)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("summary", f"{entry.summary}: {_('Award of %(date)s') % {'date': day(award.award_date)}}")
    event.add("transp", "TRANSPARENT")
    event.add("url", settings.PORTAL_URL + reverse("awards:award", args=[award.pk]))
    event.add("description", "\n".join(_said(award, entry, with_amounts)))
    _when(event, entry.at)
    return event


def _said(award: Award, entry: Entry, with_amounts: bool) -> Iterator[str]:
    yield _("Award %(number)s") % {"number": award.number}
    if entry.text:
        yield entry.text
    if with_amounts:
        yield _("Options: %(number)s") % {"number": options(entry.options)}
    yield _("The Master Award Agreement and the Plan govern; this is a summary (§9.6). Days are New York days.")


def _when(event: Event, at: date | datetime) -> None:
    if isinstance(at, datetime):
        event.add("dtstart", (at - MOMENT).astimezone(UTC))
        event.add("dtend", at.astimezone(UTC))
    else:
        event.add("dtstart", at)
        event.add("dtend", at + timedelta(days=1))
