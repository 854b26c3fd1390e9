"""From recorded closes to a Worksheet: finds the closes the Agreement names, puts them on one basis, asks the rules."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Self

from awards.agreement.calendar import TradingCalendar
from awards.agreement.capital import CapitalAdjustment as Adjustment
from awards.agreement.capital import in_force, price_on_basis
from awards.agreement.closes import Window
from awards.agreement.consideration import exercise_consideration
from awards.agreement.errors import AgreementError, MissingClose
from awards.agreement.exercise_date import NEW_YORK
from awards.agreement.exercise_date import exercise_date as exercise_date_of
from awards.agreement.rounding import cents
from awards.agreement.terms import FORM_2005, Terms
from awards.agreement.worksheet import Closes, WindowClose, Worksheet, worksheet
from awards.market.calendar import trading_calendar
from awards.market.models import ClosingPrice, Series
from awards.market.queries import RecordedClose, closes_between, latest_closes, recorded_closes
from awards.models import CapitalAdjustment

# No close is older; a date before it must not run off the calendar's end.
FIRST_CLOSE = date(1990, 1, 1)


Close = RecordedClose | ClosingPrice


class CloseBook:
    """Closes at hand: read once, then asked by series and day. `close` raises MissingClose (I11)."""

    def __init__(self, closes: Mapping[str, Mapping[date, Close]]) -> None:
        self._closes = closes

    @classmethod
    def of_days(cls, days: Collection[date]) -> "CloseBook":
        """The latest revisions for those days."""
        return cls(recorded_closes(days)())

    @classmethod
    def between(cls, start: date, end: date) -> "CloseBook":
        """The latest revisions of a whole range, for many worksheets: one query a series."""
        return cls({series: closes_between(series, start, end) for series in Series.values})

    def newest(self) -> date | None:
        """The newest day at hand that has a close of every series."""
        return max(set.intersection(*(set(self._closes[series]) for series in Series.values)), default=None)

    def joined(self, other: "CloseBook") -> "CloseBook":
        """The closes of both; a day in both is the same in both."""
        return CloseBook({series: {**self._closes[series], **other._closes[series]} for series in Series.values})

    def close(self, series: str, day: date) -> Close:
        found = self._closes[series].get(day)
        if found is None:
            raise MissingClose(series, day)
        return found


@dataclass(frozen=True, slots=True)
class Market:
    """What valuing needs beside the Award's own terms: the calendar, the closes, and capital adjustments in force."""

    calendar: TradingCalendar
    closes: CloseBook
    adjustments: tuple[Adjustment, ...]
    # Awards valued on one day share its window, whatever their number.
    _windows: dict[tuple[date, int, date], Window] = field(default_factory=dict, init=False, repr=False, compare=False)

    def on_basis_of(self, instant: datetime) -> Self:
        """The same without the adjustments that are still ahead: OSOs counted at that instant are valued as counted.

        An Exercise Date may be the first day on a new basis; its closes are all from before (§2.5, §6).
        """
        return replace(self, adjustments=in_force(self.adjustments, instant.astimezone(NEW_YORK).date()))

    def stock_close(self, day: date, basis_on: date) -> Decimal:
        """The Stock's close of `day` in the shares of the day `basis_on` (§6). Raises MissingClose."""
        return self.on_basis(self.closes.close(Series.STOCK, day).close, day, basis_on)

    def on_basis(self, price: Decimal, set_on: date, basis_on: date) -> Decimal:
        if basis_on <= set_on or not self.adjustments:
            return price
        return price_on_basis(price, set_on=set_on, basis_on=basis_on, adjustments=self.adjustments)

    def closes_of(self, award_date: date, exercise_date: date, terms: Terms, basis_on: date) -> Closes:
        """What a worksheet rests on: the closes of the Period's first day, and the window. Raises MissingClose."""
        start = self.calendar.previous_trading_day(award_date)
        return Closes(
            period_start=start,
            sp_start=self.closes.close(Series.SP500, start).close,
            stock_start=self.stock_close(start, basis_on),
            window=self.window(exercise_date, terms.averaging_days, basis_on),
        )

    def window(self, exercise_date: date, days: int, basis_on: date) -> Window:
        """Both closes of the `days` Trading Days before an Exercise Date, on that basis (§2.7). Raises MissingClose."""
        known = self._windows.get((exercise_date, days, basis_on))
        if known is None:
            known = self._windows[exercise_date, days, basis_on] = Window(
                WindowClose(day, self.closes.close(Series.SP500, day).close, self.stock_close(day, basis_on))
                for day in self.calendar.trading_days_before(exercise_date, days)
            )
        return known


def days_needed(award_date: date, exercise_date: date, terms: Terms, calendar: TradingCalendar) -> tuple[date, ...]:
    """The Trading Days whose closes a worksheet rests on: the Period's first day, and the averaging window (§2.7)."""
    start = calendar.previous_trading_day(award_date)
    return (start, *calendar.trading_days_before(exercise_date, terms.averaging_days))


def market_for(
    needs: Iterable[tuple[date, date, Terms]],
    calendar: TradingCalendar,
    adjustments: tuple[Adjustment, ...] | None = None,
) -> Market:
    """The market for these (Award Date, Exercise Date, terms): a query or two, whatever their number."""
    rows = list(needs)
    days = {calendar.previous_trading_day(award_date) for award_date in {award_date for award_date, _, _ in rows}}
    # Those who exercise on one day share its window.
    for on, length in {(on, terms.averaging_days) for _, on, terms in rows}:
        days.update(calendar.trading_days_before(on, length))
    return Market(calendar, CloseBook.of_days(days), approved_adjustments() if adjustments is None else adjustments)


def approved_adjustments() -> tuple[Adjustment, ...]:
    return tuple(row.as_agreed for row in CapitalAdjustment.objects.approved().order_by("effective_on"))


def pinned_closes(award_date: date, exercise_date: date, terms: Terms, market: Market) -> Sequence[Close]:
    """The very rows a worksheet rests on, both series, in date order. Raises MissingClose."""
    days = days_needed(award_date, exercise_date, terms, market.calendar)
    return [market.closes.close(series, day) for series in Series.values for day in dict.fromkeys(days)]


def value(
    *,
    award_date: date,
    initial_price: Decimal,
    options: int,
    exercise_date: date,
    market: Market,
    terms: Terms = FORM_2005,
    basis_on: date | None = None,
) -> Worksheet:
    """What an exercise of `options` OSOs on `exercise_date` pays, from the recorded closes (§2.1, §2.6, §2.7, §6).

    `initial_price` is as granted and the closes are as traded; both are put on the basis of the Exercise Date here, or
    of a later day `basis_on`, in whose OSOs and shares the days before it can be compared with it.
    Raises MissingClose and whatever `agreement.worksheet` refuses.
    """
    basis = basis_on or exercise_date
    return worksheet(
        award_date=award_date,
        initial_price=market.on_basis(initial_price, award_date, basis),
        options=options,
        exercise_date=exercise_date,
        terms=terms,
        closes=market.closes_of(award_date, exercise_date, terms, basis),
    )


def proposed_initial_price(award_date: date) -> tuple[ClosingPrice | None, Decimal | None]:
    """The close of the Trading Day before the Award Date, and it on the Award Date's basis (§1), where recorded."""
    day = trading_calendar().previous_trading_day(award_date)
    close = latest_closes(Series.STOCK, [day]).get(day)
    if close is None:
        return None, None
    return close, price_on_basis(close.close, set_on=day, basis_on=award_date, adjustments=approved_adjustments())


def exercise_dates_now(now: datetime, calendar: TradingCalendar) -> tuple[date, date]:
    """The Exercise Date a notice would get now (I7), and the Trading Day before it, whose closes came in earlier."""
    on = exercise_date_of(now, calendar)
    return on, calendar.previous_trading_day(on)


@dataclass(frozen=True, slots=True)
class CurrentValue:
    """What OSOs would pay: the worksheet of one of them and the Exercise Date it is for, or why there is none."""

    of_one: Worksheet | None
    options: int
    exercise_date: date
    reason: str = ""
    waits: bool = False

    @property
    def worksheet(self) -> Worksheet | None:
        """That of all of them."""
        return None if self.of_one is None else self.of_one.of_options(self.options)

    @property
    def consideration(self) -> Decimal | None:
        """What all of them pay, as their worksheet says it."""
        return None if self.of_one is None else cents(exercise_consideration(self.of_one.per_option, self.options))


@dataclass(frozen=True, slots=True)
class ValuesNow:
    """Values of exercises now, of OSOs as they are counted today: what any number of Awards share, found once.

    A notice now may get the next Trading Day as its Exercise Date `on` (I7); `before` is the Trading Day before it.
    """

    on: date
    before: date
    market: Market

    @classmethod
    def of(cls, market: Market, now: datetime) -> "ValuesNow":
        return cls(*exercise_dates_now(now, market.calendar), market.on_basis_of(now))

    def of_award(self, *, award_date: date, initial_price: Decimal, options: int, terms: Terms) -> CurrentValue:
        """The value of an exercise now.

        Between a close and its arrival it is that of an exercise on the Exercise Date before, marked `waits`.
        """

        def on_day(exercise_date: date) -> Worksheet:
            return of_one(
                award_date=award_date,
                initial_price=initial_price,
                exercise_date=exercise_date,
                market=self.market,
                terms=terms,
            )

        try:
            return CurrentValue(on_day(self.on), options, self.on)
        except MissingClose as missing:
            reason = str(missing)
        except AgreementError as refusal:
            return CurrentValue(None, options, self.on, str(refusal))
        try:
            return CurrentValue(on_day(self.before), options, self.before, reason, waits=True)
        except AgreementError:
            return CurrentValue(None, options, self.on, reason, waits=True)


def of_one(*, award_date: date, initial_price: Decimal, exercise_date: date, market: Market, terms: Terms) -> Worksheet:
    """What `value` answers for one OSO, worked out once for everybody with the same terms and closes."""
    closes = market.closes_of(award_date, exercise_date, terms, exercise_date)
    price = market.on_basis(initial_price, award_date, exercise_date)
    return _of_one(award_date, price, exercise_date, terms, closes)


# Kept beyond a request, which nothing that can change may be: this follows from its key alone, revised closes included.
@lru_cache(maxsize=2048)
def _of_one(award_date: date, initial_price: Decimal, exercise_date: date, terms: Terms, closes: Closes) -> Worksheet:
    """The worksheet of one OSO: the same for everybody with that Award Date and Initial Price."""
    return worksheet(
        award_date=award_date,
        initial_price=initial_price,
        options=1,
        exercise_date=exercise_date,
        terms=terms,
        closes=closes,
    )


def market_now(
    awards: Iterable[tuple[date, Terms]],
    now: datetime,
    calendar: TradingCalendar,
    adjustments: tuple[Adjustment, ...] | None = None,
) -> Market:
    """The market for valuing those (Award Date, terms) now, the Exercise Date before included."""
    dates = exercise_dates_now(now, calendar)
    return market_for([(award_date, on, terms) for award_date, terms in awards for on in dates], calendar, adjustments)


def covering(award_date: date, start: date, end: date, terms: Terms = FORM_2005) -> Market:
    """The market for every Exercise Date from `start` to `end` of one Award Date: for grids and charts."""
    calendar = trading_calendar()
    # Twice as many calendar days as Trading Days, and a fortnight: September 2001 had the longest pause.
    margin = timedelta(days=2 * terms.averaging_days + 14)
    first = max(min(award_date, start), FIRST_CLOSE) - margin
    return Market(calendar, CloseBook.between(first, end), approved_adjustments())
