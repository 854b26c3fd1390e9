"""Loading the demo company into an empty portal, all of it or nothing."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min

from awards import news
from awards.actions import telling
from awards.actions.lapses import write_lapses
from awards.actions.swept import note_of
from awards.market.calendar import NEW_YORK, NewYorkCalendar, trading_calendar
from awards.market.models import ClosingPrice
from awards.market.parsing import DatedClose
from awards.market.recording import record_closes
from awards.market.sources.simulated import NAME, ORIGIN
from awards.models import Award, Grantee, MasterAgreement, Message, OptionEntry
from awards.roles import set_up_roles
from exercises.demo.company import Company, moment, record_agreement, record_rates
from exercises.demo.outlook import RECORDED_AFTER, Outlook, last_closed
from exercises.demo.people import create_people
from exercises.demo.stories import everybody
from exercises.demo.timeline import play

# The oldest Award is that old, and needs the close before it.
HISTORY = timedelta(days=1_710)
# How far back vestings and coming lapses were told, and since when messages are unread.
TOLD, UNREAD = timedelta(days=200), timedelta(days=8)


class NotLoaded(Exception):
    """Why there is no demo company in this portal, in words for the person at the terminal."""


@transaction.atomic
def load(*, now: datetime) -> None:
    """Write the company and its history up to `now`. Raises NotLoaded where it has no place."""
    today = now.astimezone(NEW_YORK).date()
    require_place(today)
    calendar = trading_calendar()
    outlook = Outlook(now=now, calendar=calendar)
    founded = moment(today - HISTORY, "09:00")
    set_up_roles()
    create_people(today=today, now=founded)
    record_rates(now=founded)
    company = Company(now=now, outlook=outlook, agreement=record_agreement(now=founded))
    nights = Nights(outlook, calendar, today - TOLD)
    play(everybody(company), until=now, before=nights.until)
    nights.until(now)
    _mail_is_old(now)


def require_place(today: date) -> None:
    """Raises NotLoaded unless this is an empty demo portal on a day with enough simulated closes before it."""
    if not settings.DEMO:
        raise NotLoaded("The demo company is for a demo portal only: set PORTAL_DEMO=1.")
    if Grantee.objects.exists() or MasterAgreement.objects.exists():
        raise NotLoaded("The demo company is for an empty portal, and this one is not empty.")
    if ClosingPrice.objects.exclude(source=NAME).exists():
        raise NotLoaded("The demo company has simulated closes, and closes of another source are recorded here.")
    if today - HISTORY <= ORIGIN:
        raise NotLoaded(f"The demo company needs {HISTORY.days} days of closes, and the simulation begins on {ORIGIN}.")


def _mail_is_old(now: datetime) -> None:
    """What was told in those years was mailed then, and read but for the last days."""
    Message.objects.update(posted_at=F("said_at"))
    Message.objects.filter(said_at__lt=now - UNREAD).update(read_at=F("said_at"))


class Nights:
    """The portal's own jobs while the stories pass: the closes of each evening, what lapsed and is told each night."""

    def __init__(self, outlook: Outlook, calendar: NewYorkCalendar, told: date) -> None:
        self._outlook, self._calendar = outlook, calendar
        self._recorded = ORIGIN - timedelta(days=1)
        self._told = told

    def until(self, at: datetime) -> None:
        """Do what they would have done by then."""
        self._record_closes(at)
        self._write_lapses(at)
        self._tell(at)

    def _record_closes(self, at: datetime) -> None:
        last = last_closed(at, self._calendar)
        if last <= self._recorded:
            return
        for series, closes in self._outlook.closes.items():
            new = [(day, close) for day, close in closes.items() if self._recorded < day <= last]
            record_closes(
                series=series,
                closes=[DatedClose(row, day, close) for row, (day, close) in enumerate(new, start=1)],
                source=NAME,
                recorded_by=None,
                now=self._calendar.close_at(last) + RECORDED_AFTER,
            )
        self._recorded = last

    def _write_lapses(self, at: datetime) -> None:
        while due := Award.objects.approved().filter(outstanding__gt=0).aggregate(day=Min("next_lapse_on"))["day"]:
            night = moment(due + timedelta(days=1), "00:05")
            if night > at:
                return
            write_lapses(through=due, now=night)
            self._tell_lapses(due, night)

    def _tell_lapses(self, day: date, night: datetime) -> None:
        entries = OptionEntry.objects.filter(note=note_of(day)).select_related("award__grantee")
        telling.tell([telling.lapsed(entry.award, entry) for entry in entries], now=night)

    def _tell(self, at: datetime) -> None:
        while (morning := moment(self._told + timedelta(days=1), "06:00")) <= at:
            self._told += timedelta(days=1)
            vesting, lapsing = news.vesting_on(self._told), news.lapsing_ahead_of(self._told)
            if vesting.exists():
                telling.tell(news.vestings(vesting, on=self._told, now=morning), now=morning)
            if lapsing.exists():
                telling.tell(news.lapses_ahead(lapsing, due_on=self._told, now=morning), now=morning)
