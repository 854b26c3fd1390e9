"""The whole simulated market at hand, to choose Award Dates and Exercise Dates by what they are worth."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from awards import valuation
from awards.agreement.worksheet import Worksheet
from awards.market.calendar import NEW_YORK, NewYorkCalendar
from awards.market.models import ClosingPrice, Series
from awards.market.sources.simulated import ORIGIN, simulated_closes

# When the nightly job records a day's closes, counted from the close of trading.
RECORDED_AFTER = timedelta(minutes=20)
QUARTERS = (1, 4, 7, 10)


def last_closed(at: datetime, calendar: NewYorkCalendar, *, since: timedelta = RECORDED_AFTER) -> date:
    """The last Trading Day whose close was that long ago or longer: by default, whose closes are recorded."""
    day = at.astimezone(NEW_YORK).date()
    if calendar.is_trading_day(day) and calendar.close_at(day) + since <= at:
        return day
    return calendar.previous_trading_day(day)


class Outlook:
    """What one OSO of any Award Date pays on any Exercise Date. The Initial Price is the close before the Award."""

    def __init__(self, *, now: datetime, calendar: NewYorkCalendar) -> None:
        self.calendar = calendar
        self.last_day = last_closed(now, calendar)
        # The Exercise Date that the closes recorded by now can value.
        self.on = calendar.next_trading_day(self.last_day)
        self.closes = {
            series: dict(simulated_closes(series, ORIGIN, self.last_day, calendar)) for series in Series.values
        }
        book = {series: _prices(series, closes) for series, closes in self.closes.items()}
        self._market = valuation.Market(calendar, valuation.CloseBook(book), ())

    def sheet(self, award_date: date, on: date | None = None) -> Worksheet:
        """The worksheet of one OSO; today's where no Exercise Date is named."""
        before = self.calendar.previous_trading_day(award_date)
        return valuation.value(
            award_date=award_date,
            initial_price=self.closes[Series.STOCK][before],
            options=1,
            exercise_date=on or self.on,
            market=self._market,
        )

    def worth(self, award_date: date, on: date | None = None) -> Decimal:
        """What it pays, in dollars, exact."""
        return self.sheet(award_date, on).per_option

    def paying(self, award_dates: Iterable[date], *ons: date) -> list[date]:
        """Those that pay on every one of the Exercise Dates (today's if none is named), best first."""
        least = {day: min(self.worth(day, on) for on in ons or (self.on,)) for day in award_dates}
        return sorted((day for day, value in least.items() if value), key=lambda day: -least[day])

    def paying_nothing(self, award_dates: Iterable[date]) -> list[date]:
        """Those whose Multiplier is 0 today, in order."""
        return [day for day in award_dates if not self.sheet(day).multiplier]

    def good_day(self, award_date: date, first: date, last: date, place: int = 0) -> date | None:
        """A day to exercise: one that pays half of what the best between the two does or more; None where none pays."""
        days = self.calendar.expected_days(first, last)[::7]
        values = {day: self.worth(award_date, day) for day in days}
        best = max(values.values(), default=Decimal(0))
        good = [day for day, value in values.items() if value and 2 * value >= best]
        return good[place % len(good)] if good else None


def quarter_days(first: date, last: date) -> list[date]:
    """1 January, April, July and October between the two days, both included: weekends and holidays among them."""
    days = (date(year, month, 1) for year in range(first.year, last.year + 1) for month in QUARTERS)
    return [day for day in days if first <= day <= last]


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _prices(series: str, closes: dict[date, Decimal]) -> dict[date, ClosingPrice]:
    return {day: ClosingPrice(series=series, trading_day=day, close=close) for day, close in closes.items()}
