"""What the rules say of each kind of Award in the large company: asked once per distinct terms, not once per Award."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.agreement.rounding import round_half_up
from awards.agreement.standing import Standing, standing
from awards.agreement.terms import Terms
from awards.agreement.worksheet import Worksheet
from awards.market.calendar import NEW_YORK, NewYorkCalendar
from awards.market.models import Series
from awards.valuation import Close, CloseBook, Market, pinned_closes, value
from awards.worksheet_record import as_record
from exercises.actions.pricing import FMV_PLACES

YEARS = 5
# OSOs of an Award, and the day of the month on which leavers left.
SIZES = tuple(range(40, 4_001, 99))
LEAVING_DAYS, LEAVING_SPAN = 36, timedelta(days=1_080)
# Trading Days after the first vesting on which some exercised.
EXERCISED_AFTER = (20, 120)
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Plan:
    """The company's dates. Keys count from one: `quarter` an Award Date, `leaving` a last day, `size` a number."""

    now: datetime
    terms: Terms
    calendar: NewYorkCalendar

    @property
    def today(self) -> date:
        return self.now.astimezone(NEW_YORK).date()

    @property
    def swept(self) -> date:
        """The last day whose lapses are written."""
        return self.today - timedelta(days=1)

    @cached_property
    def quarters(self) -> list[date]:
        first = self.today.year - YEARS
        days = [date(year, month, 1) for year in range(first, self.today.year + 1) for month in (1, 4, 7, 10)]
        return [day for day in days if self.today - timedelta(days=365 * YEARS) <= day < self.today]

    @cached_property
    def leavings(self) -> list[date]:
        step = LEAVING_SPAN / LEAVING_DAYS
        return sorted(self.today - timedelta(days=3) - step * number for number in range(LEAVING_DAYS))

    @cached_property
    def market(self) -> Market:
        start = self.calendar.previous_trading_day(self.quarters[0])
        return Market(self.calendar, CloseBook.between(start, self.today), ())

    def initial_close(self, award_date: date) -> Close:
        """The close of the Trading Day before, which is the Initial Price (§1)."""
        return self.market.closes.close(Series.STOCK, self.calendar.previous_trading_day(award_date))

    def quarter_rows(self) -> Iterator[Row]:
        for number, day in enumerate(self.quarters, start=1):
            close = self.initial_close(day)
            at = moment(day, "11:00")
            yield number, day, close.close, close.pk, at, at + timedelta(hours=2), at + timedelta(hours=4)

    def leaving_rows(self) -> Iterator[Row]:
        for number, day in enumerate(self.leavings, start=1):
            yield number, day, moment(day, "17:00"), sum(1 for award_date in self.quarters if award_date < day)

    def lapse_rows(self) -> Iterator[Row]:
        """By quarter, leaving (0 for none) and size: what lapses unvested and when, and when the vested lapse."""
        for quarter, award_date in enumerate(self.quarters, start=1):
            for leaving, left_on in enumerate([None, *self.leavings]):
                if left_on is not None and left_on <= award_date:
                    continue
                for size, options in enumerate(SIZES, start=1):
                    stands = self._standing(award_date, left_on, options)
                    last = stands.lapse.lapses_on
                    written = (_night_after(left_on or last), _night_after(last), last <= self.swept)
                    yield quarter, leaving, size, options, left_on, stands.unvested_lapsed, last, *written

    def _standing(self, award_date: date, left_on: date | None, options: int) -> Standing:
        facts = EMPLOYED if left_on is None else Employment(ceased_on=left_on, cessation=Cessation.OTHER)
        on = left_on or award_date
        return standing(
            award_date=award_date, options=options, unlapsed=options, on=on, employment=facts, terms=self.terms
        )

    @cached_property
    def exercises(self) -> list[tuple[int, int, date]]:
        """(quarter, number of the exercise, Exercise Date), where an exercise pays: none other would be confirmed."""
        found = []
        for quarter, award_date in enumerate(self.quarters, start=1):
            number = 0
            for day in self._exercise_days(award_date):
                if self._worksheet(award_date, day, SIZES[0] // 4).consideration:
                    number += 1
                    found.append((quarter, number, day))
        return found

    def _exercise_days(self, award_date: date) -> list[date]:
        vested_on = award_date + timedelta(days=370)
        days = [vested_on + timedelta(days=after) for after in EXERCISED_AFTER]
        return [on for day in days if (on := self.calendar.next_trading_day(day)) < self.today]

    def _worksheet(self, award_date: date, on: date, options: int) -> Worksheet:
        price = self.initial_close(award_date).close
        market = self.market
        return value(
            award_date=award_date,
            initial_price=price,
            options=options,
            exercise_date=on,
            market=market,
            terms=self.terms,
        )

    def exercise_rows(self) -> Iterator[Row]:
        """By quarter, number and size: an exercise at 11:00 of a part that has vested, priced at once."""
        for quarter, number, on in self.exercises:
            for size, options in enumerate(SIZES, start=1):
                sheet = self._worksheet(self.quarters[quarter - 1], on, options // 4)
                record = json.dumps(as_record(sheet))
                figures = (sheet.multiplier, round_half_up(sheet.fmv, FMV_PLACES), sheet.consideration)
                yield quarter, number, size, on, moment(on, "11:00"), options // 4, record, *figures

    def pin_rows(self) -> Iterator[Row]:
        for quarter, number, on in self.exercises:
            for close in pinned_closes(self.quarters[quarter - 1], on, self.terms, self.market):
                yield quarter, number, close.pk


def moment(day: date, at: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at), NEW_YORK).astimezone(UTC)


def _night_after(day: date) -> datetime:
    return moment(day + timedelta(days=1), "00:05")
