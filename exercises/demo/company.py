"""The Company before its first Award, and the hours it keeps."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from django.contrib.auth.models import User

from awards.actions.master_agreement import record_master_agreement
from awards.market.calendar import NEW_YORK, NewYorkCalendar
from awards.models import Grantee, MasterAgreement
from exercises.demo import people
from exercises.demo.outlook import Outlook
from exercises.demo.people import Person
from exercises.models import WithholdingRate

AGREEMENT = "Master Award Agreement of July 1, 2005"
DATED_ON = date(2005, 7, 1)
DOCUMENT = Path(__file__).with_name("agreement.txt")
RATES = (
    ("US", "Federal income tax, supplemental", "22", date(2018, 1, 1)),
    ("US", "Medicare", "1.45", date(2018, 1, 1)),
    ("US", "Social Security", "6.2", date(2018, 1, 1)),
    ("US-CA", "California income tax, stock options", "10.23", date(2018, 1, 1)),
    ("US-CO", "Colorado income tax", "4.55", date(2018, 1, 1)),
    ("US-CO", "Colorado income tax", "4.40", date(2022, 1, 1)),
    ("US-NY", "New York income tax, supplemental", "11.70", date(2018, 1, 1)),
)
RATE_SOURCE = "Demonstration data, in the style of a published rate; not tax advice"


@dataclass(frozen=True, slots=True)
class Company:
    """What a story needs to know: the day it is told, the market, the office and the agreement."""

    now: datetime
    outlook: Outlook
    agreement: MasterAgreement

    @property
    def today(self) -> date:
        return self.now.astimezone(NEW_YORK).date()

    @property
    def calendar(self) -> NewYorkCalendar:
        return self.outlook.calendar

    def days_ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def trading_days_ago(self, count: int) -> date:
        """The Trading Day that many before today; today counts for none, whether it is one or not."""
        return self.calendar.trading_days_before(self.today, count)[0]

    def office(self, day: date, at: str, *, days: int = 0) -> datetime:
        """That time in New York on the first day the office is open: on or after `day`, then `days` open days later."""
        on = self.calendar.next_trading_day(day - timedelta(days=1))
        for _ in range(days):
            on = self.calendar.next_trading_day(on)
        return moment(on, at)

    def after(self, earlier: datetime, at: str, *, days: int = 1) -> datetime:
        """That time, `days` open days after the day of an earlier instant."""
        return self.office(earlier.astimezone(NEW_YORK).date(), at, days=days)

    def user(self, person: Person) -> User:
        return User.objects.get(username=person.username)

    def grantee(self, person: Person) -> Grantee:
        return Grantee.objects.get(user__username=person.username)


def moment(day: date, at: str) -> datetime:
    """A time of day in New York, as an instant in UTC."""
    return datetime.combine(day, time.fromisoformat(at), NEW_YORK).astimezone(UTC)


def record_agreement(*, now: datetime) -> MasterAgreement:
    """The one version of the Master Agreement, with a document that says it is fictional."""
    return record_master_agreement(
        name=AGREEMENT,
        dated_on=DATED_ON,
        document=DOCUMENT.read_bytes(),
        document_type="text/plain",
        shareholders_approved_on=DATED_ON,
        by=User.objects.get(username=people.PRIYA.username),
        now=now,
    )


def record_rates(*, now: datetime) -> None:
    recorded_by = User.objects.get(username=people.LUIS.username)
    for jurisdiction, tax, percent, effective_from in RATES:
        WithholdingRate.objects.create(
            jurisdiction=jurisdiction,
            tax=tax,
            rate_percent=Decimal(percent),
            effective_from=effective_from,
            source=RATE_SOURCE,
            recorded_by=recorded_by,
            recorded_at=now,
        )
