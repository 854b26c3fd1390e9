"""§9.1: what the rules need to know of the exchange. Who knows it is awards.market's business."""

from datetime import date, datetime
from typing import Protocol

from awards.agreement.errors import NotATradingDay


class TradingCalendar(Protocol):
    """The exchange's calendar: which days are Trading Days, and when trading closes on each (I7, I11)."""

    def is_trading_day(self, day: date) -> bool:
        """Whether the Stock is traded on `day`."""

    def close_at(self, day: date) -> datetime:
        """The close of trading of the Trading Day `day`, aware, in New York; early closes included."""

    def next_trading_day(self, day: date) -> date:
        """The first Trading Day strictly after `day`."""

    def previous_trading_day(self, day: date) -> date:
        """The last Trading Day strictly before `day`."""

    def trading_days_before(self, day: date, count: int) -> tuple[date, ...]:
        """The `count` consecutive Trading Days before `day`, ascending."""


def require_trading_day(day: date, calendar: TradingCalendar) -> date:
    """`day`, if it is a Trading Day, as every Exercise Date is (§2.5). Raises NotATradingDay."""
    if not calendar.is_trading_day(day):
        raise NotATradingDay(day)
    return day
