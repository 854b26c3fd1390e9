"""The one place that reads the time.

Views, tasks and commands call it once and pass the answer on. `PORTAL_NOW` fixes it for rehearsals and tests.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

NEW_YORK = ZoneInfo("America/New_York")


def now() -> datetime:
    """The current instant in UTC, or the instant that `PORTAL_NOW` fixes."""
    fixed: datetime | None = settings.PORTAL_NOW
    return fixed if fixed is not None else datetime.now(UTC)


def today() -> date:
    """The current date in New York, where the Agreement's days are counted."""
    return new_york_date(now())


def new_york_date(instant: datetime) -> date:
    """The date in New York at an instant. A naive datetime is a ValueError."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(NEW_YORK).date()
