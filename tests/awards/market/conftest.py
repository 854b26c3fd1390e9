from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from awards.market.calendar import NewYorkCalendar
from awards.market.models import ClosingPrice
from awards.market.parsing import DatedClose


@pytest.fixture
def calendar() -> NewYorkCalendar:
    return NewYorkCalendar()


@pytest.fixture
def now() -> datetime:
    """Friday 2007-03-30, 17:00 in New York."""
    return datetime(2007, 3, 30, 21, 0, tzinfo=UTC)


@pytest.fixture
def maker(db: None) -> User:
    return User.objects.create_user("maker@example.com", password="maker-of-proposals")


@pytest.fixture
def checker(db: None) -> User:
    return User.objects.create_user("checker@example.com", password="checker-of-proposals")


@pytest.fixture
def record(db: None, now: datetime) -> Callable[..., ClosingPrice]:
    """Records one close: `record("2007-03-29", "6.10")`."""

    def make(day: str, close: str, **fields: object) -> ClosingPrice:
        values = {"series": "stock", "source": "test", "recorded_at": now} | fields
        return ClosingPrice.objects.create(trading_day=date.fromisoformat(day), close=Decimal(close), **values)

    return make


@pytest.fixture
def dated() -> Callable[..., list[DatedClose]]:
    """Closes as a source gives them: `dated(("2007-03-29", "6.10"), ...)`."""

    def make(*rows: tuple[str, str]) -> list[DatedClose]:
        return [DatedClose(row, date.fromisoformat(day), Decimal(close)) for row, (day, close) in enumerate(rows, 2)]

    return make
