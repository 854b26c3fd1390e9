"""§2.4(b), I13: what a Change in Control would pay for every Award, by the best day of the look-back for its terms.

Each key of terms is valued once a day, exactly; the Awards themselves are only read for the report, and in chunks.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, TextIO

from awards import exposure, valuation
from awards.agreement.capital import price_on_basis
from awards.agreement.change_in_control import best_day, days, valued_days
from awards.agreement.consideration import exercise_consideration
from awards.agreement.errors import NothingToValue
from awards.agreement.rounding import ZERO, cents
from awards.agreement.worksheet import Worksheet
from awards.market.calendar import trading_calendar
from awards.models import Award

CHUNK = 5_000
COLUMNS = ("award", "employee_number", "award_date", "initial_price", "osos", "best_day", "per_oso", "amount")


@dataclass(frozen=True, slots=True)
class Best:
    """The best day of the look-back for one key; None, and nothing to pay, where no day has a value."""

    held: exposure.Held
    worksheet: Worksheet | None

    @property
    def per_option(self) -> Decimal:
        return ZERO if self.worksheet is None else self.worksheet.per_option

    @property
    def day(self) -> date | None:
        return None if self.worksheet is None else self.worksheet.exercise_date


class Line(NamedTuple):
    """One line of the report, in the order of COLUMNS."""

    award: str
    employee_number: str
    award_date: date
    initial_price: Decimal
    options: int
    best_day: date | None
    per_option: Decimal
    amount: Decimal


def look_back(*, effective_on: date, now: datetime) -> list[Best]:
    """The best day of each key of terms with anything outstanding, per OSO in the shares of `effective_on` (§6).

    Raises MissingClose, which blocks, and NotCountedAlike.
    """
    every = exposure.held()
    exposure.require_one_basis(effective_on, now)
    market = _market(every, effective_on).on_basis_of(now)
    return [Best(row, _best(row, effective_on, market)) for row in every]


def _market(every: Sequence[exposure.Held], effective_on: date) -> valuation.Market:
    """Every close of the look-back and its windows, and the first close of each key: four queries."""
    windows = max((row.terms.averaging_days for row in every), default=1)
    back = max((row.terms.change_in_control_days for row in every), default=1)
    # Twice as many calendar days as Trading Days, and a fortnight: September 2001 had the longest pause.
    first = effective_on - timedelta(days=back + 2 * windows + 14)
    recent = valuation.CloseBook.between(first, effective_on)
    calendar = trading_calendar()
    starts = {calendar.previous_trading_day(row.key.award_date) for row in every if row.key.award_date < effective_on}
    return valuation.Market(
        calendar, recent.joined(valuation.CloseBook.of_days(starts)), valuation.approved_adjustments()
    )


def _best(row: exposure.Held, effective_on: date, market: valuation.Market) -> Worksheet | None:
    def value(day: date) -> Worksheet:
        return _in_shares_of(effective_on, exposure.value_of_one(row, on=day, market=market), market)

    try:
        return best_day(valued_days(days(effective_on, row.terms), value))
    except NothingToValue:
        return None


def _in_shares_of(effective_on: date, sheet: Worksheet, market: valuation.Market) -> Worksheet:
    """A day before a split is compared, and paid, in the shares of after it: its value per OSO by the same ratio."""
    per_option = price_on_basis(
        sheet.per_option, set_on=sheet.exercise_date, basis_on=effective_on, adjustments=market.adjustments
    )
    return sheet if per_option == sheet.per_option else replace(sheet, per_option=per_option)


def lines(best: Sequence[Best]) -> Iterator[Line]:
    """Every Award with anything outstanding and what it would be paid, to the cent, read in chunks (§2.4(b), I10)."""
    by_key = {tuple(row.held.key): (row.day, row.per_option) for row in best}
    rows = (
        Award.objects.outstanding()
        .order_by("pk")
        .values_list(
            "pk", "grantee__employee_number", "award_date", "initial_price", "outstanding", "master_agreement_id"
        )
    )
    for pk, employee, award_date, initial_price, options, agreement in rows.iterator(chunk_size=CHUNK):
        day, per_option = by_key[award_date, initial_price, agreement]
        amount = cents(exercise_consideration(per_option, options)) if per_option else ZERO
        yield Line(Award(pk=pk).number, employee, award_date, initial_price, options, day, per_option, amount)


def total(best: Sequence[Best]) -> Decimal:
    """What all of them would be paid, each Award rounded to the cent: equal to the sum of the report's amounts."""
    counted = exposure.counted([(row.held.key, row.per_option) for row in best])
    return cents(sum((row.amount for row in counted), ZERO))


def write_report(
    best: Sequence[Best], out: TextIO, progress: Callable[[int, int], None] = lambda done, of: None
) -> Decimal:
    """Write every Award as CSV to `out`, a chunk in memory at a time, and answer with the sum of the amounts."""
    writer, paid = csv.writer(out, lineterminator="\n"), ZERO
    writer.writerow(COLUMNS)
    of = Award.objects.outstanding().count()
    for done, line in enumerate(lines(best), start=1):
        writer.writerow(line)
        paid += line.amount
        if done % CHUNK == 0 or done == of:
            progress(done, of)
    return paid
