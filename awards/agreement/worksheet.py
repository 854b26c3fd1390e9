"""§2.1, §2.6, §2.7: every step from the closes to the Exercise Consideration, unrounded and rounded."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from awards.agreement.adjusted_price import adjusted_price, adjusted_price_before_floor, aggregate_percentage
from awards.agreement.closes import Closes, Window, WindowClose
from awards.agreement.consideration import consideration_per_option, exercise_consideration, gain
from awards.agreement.errors import InvalidAward, InvalidCloses, NoDuration
from awards.agreement.multiplier import annualized_percentage, multiplier_unrounded, outperform_percentage
from awards.agreement.period import duration, duration_unrounded
from awards.agreement.rounding import cents, percent, round_half_up
from awards.agreement.terms import FORM_2005, Terms
from awards.agreement.vesting import require_options

__all__ = ["Closes", "Step", "WindowClose", "Worksheet", "worksheet"]


class Step(NamedTuple):
    """One line of the calculation. `places` is None where the agreement rounds nothing (I10)."""

    clause: str
    name: str
    formula: str
    unrounded: Decimal
    value: Decimal
    places: int | None


@dataclass(frozen=True, slots=True)
class Worksheet:
    """What an exercise of `options` OSOs on `exercise_date` pays, and why (§2.1, §2.6, §2.7).

    Prices and amounts in dollars, percentages in percent, the Duration in years.
    """

    award_date: date
    initial_price: Decimal
    options: int
    exercise_date: date
    terms: Terms
    closes: Closes
    period_start: date
    period_end: date
    duration: Decimal
    sp_start: Decimal
    sp_end: Decimal
    stock_start: Decimal
    stock_end: Decimal
    aggregate_sp_unrounded: Decimal
    aggregate_sp: Decimal
    adjusted_price_before_floor: Decimal
    adjusted_price: Decimal
    annualized_sp_unrounded: Decimal
    annualized_sp: Decimal
    annualized_stock_unrounded: Decimal
    annualized_stock: Decimal
    outperform: Decimal
    multiplier_unrounded: Decimal
    multiplier: Decimal
    fmv: Decimal
    gain: Decimal
    per_option: Decimal
    consideration_unrounded: Decimal
    consideration: Decimal

    @property
    def is_floored(self) -> bool:
        """Whether the floor of §2.1 holds the Adjusted Price at the Initial Price."""
        return self.adjusted_price_before_floor < self.adjusted_price

    @property
    def is_capped(self) -> bool:
        """Whether the outperformance has reached what the top Multiplier needs (§2.7)."""
        return self.outperform >= self.terms.outperform_cap

    @property
    def index_rose_more(self) -> bool:
        """Whether the Stock rose, but no more than the index: the Multiplier is 0 (§2.7)."""
        return self.multiplier == 0 and self.stock_end > self.stock_start

    @property
    def no_gain(self) -> bool:
        """Whether there is a Multiplier, but nothing above the Adjusted Price for it to multiply (§2.6)."""
        return self.multiplier > 0 and self.gain <= 0

    def of_options(self, options: int) -> "Worksheet":
        """The same exercise of another number of OSOs: all else is the same for any (§2.6). Raises InvalidAward."""
        unrounded = exercise_consideration(self.per_option, require_options(options))
        return replace(self, options=options, consideration_unrounded=unrounded, consideration=cents(unrounded))

    def steps(self) -> tuple[Step, ...]:
        """Every step in the order the agreement takes them, for a page to show."""
        return (*self._price_steps(), *self._multiplier_steps(), *self._consideration_steps())

    def _price_steps(self) -> tuple[Step, ...]:
        floor = ", never below the Initial Price" if self.terms.adjusted_price_has_floor else ""
        return (
            _exact("§2.7(a)", "S&P Start Number", "the index's close on the Period's first day", self.sp_start),
            _exact("§2.7(b)", "S&P End Number", self._average_of("the index's closes"), self.sp_end),
            Step(
                "§2.1",
                "Aggregate Percentage S&P Performance",
                "(S&P End Number − S&P Start Number) × 100 ÷ S&P Start Number",
                self.aggregate_sp_unrounded,
                self.aggregate_sp,
                3,
            ),
            Step(
                "§2.1",
                "Adjusted Price",
                "Initial Price × (1 + Aggregate Percentage S&P Performance ÷ 100)" + floor,
                self.adjusted_price_before_floor,
                self.adjusted_price,
                None,
            ),
        )

    def _multiplier_steps(self) -> tuple[Step, ...]:
        terms = self.terms
        top = _bare(terms.multiplier_cap)
        return (
            Step(
                "§2.7(e)",
                "Duration",
                "whole years, and the remaining days over the days of their year",
                duration_unrounded(self.period_start, self.period_end),
                self.duration,
                3,
            ),
            _exact("§2.7(c)", "Stock Start Number", "the Stock's close on the Period's first day", self.stock_start),
            _exact("§2.7(d)", "Stock End Number", self._average_of("the Stock's closes"), self.stock_end),
            Step(
                "§2.7(f)",
                "Annualized Percentage S&P Performance",
                "(S&P End Number − S&P Start Number) × 100 ÷ (S&P Start Number × Duration)",
                self.annualized_sp_unrounded,
                self.annualized_sp,
                3,
            ),
            Step(
                "§2.7(g)",
                "Annualized Percentage Company Stock Price Performance",
                "(Stock End Number − Stock Start Number) × 100 ÷ (Stock Start Number × Duration)",
                self.annualized_stock_unrounded,
                self.annualized_stock,
                3,
            ),
            _exact("§2.7", "Outperform Percentage", "Annualized Stock − Annualized S&P", self.outperform),
            Step(
                "§2.7",
                "Multiplier",
                f"Outperform Percentage × {top}/{_bare(terms.outperform_cap)}, from 0 to {top}",
                self.multiplier_unrounded,
                self.multiplier,
                3,
            ),
        )

    def _consideration_steps(self) -> tuple[Step, ...]:
        return (
            _exact("§9.1", "Fair Market Value", "the Stock's close on the Period's last day", self.fmv),
            _exact("§2.6", "Gain per OSO", "Fair Market Value − Adjusted Price", self.gain),
            _exact("§2.6", "Consideration per OSO", "Gain per OSO × Multiplier, never below 0", self.per_option),
            Step(
                "§2.6",
                "Exercise Consideration",
                f"Consideration per OSO × {self.options:,}",
                self.consideration_unrounded,
                self.consideration,
                2,
            ),
        )

    def _average_of(self, closes: str) -> str:
        return f"the average of {closes} on the {self.terms.averaging_days} Trading Days before the Exercise Date"


def _bare(number: Decimal) -> str:
    # Terms kept in a database column come with its zeros: 4.000 is the 4 of the agreement's 4/11.
    return f"{number.normalize():f}"


def _exact(clause: str, name: str, formula: str, value: Decimal) -> Step:
    return Step(clause, name, formula, value, value, None)


def worksheet(
    *,
    award_date: date,
    initial_price: Decimal,
    options: int,
    exercise_date: date,
    closes: Closes,
    terms: Terms = FORM_2005,
) -> Worksheet:
    """What an exercise of `options` OSOs pays (§2.1, §2.6, §2.7, I9, I10).

    `initial_price` and all Stock closes are on one basis (§6). Raises InvalidAward, InvalidCloses when the closes are
    not those of the two dates, ExerciseDateBeforePeriod, NoDuration.
    """
    require_options(options)
    require_initial_price(initial_price)
    _require_closes_of(award_date, exercise_date, closes, terms)
    window = Window.of(closes.window)
    start, end, fmv = closes.period_start, window[-1].day, window[-1].stock
    years = duration(start, end)
    if not years:
        raise NoDuration(start)

    sp_end, stock_end = window.sp_average, window.stock_average
    aggregate_unrounded = aggregate_percentage(closes.sp_start, sp_end)
    aggregate = percent(aggregate_unrounded)
    before_floor = adjusted_price_before_floor(initial_price, aggregate)
    adjusted = adjusted_price(initial_price, before_floor, terms)

    sp_unrounded = annualized_percentage(closes.sp_start, sp_end, years)
    stock_unrounded = annualized_percentage(closes.stock_start, stock_end, years)
    annualized_sp, annualized_stock = percent(sp_unrounded), percent(stock_unrounded)
    outperform = outperform_percentage(annualized_stock, annualized_sp)
    times_unrounded = multiplier_unrounded(outperform, terms)
    times = round_half_up(times_unrounded, 3)

    gain_per_option = gain(fmv, adjusted)
    per_option = consideration_per_option(gain_per_option, times)
    consideration = exercise_consideration(per_option, options)
    return Worksheet(
        award_date=award_date,
        initial_price=initial_price,
        options=options,
        exercise_date=exercise_date,
        terms=terms,
        closes=closes,
        period_start=start,
        period_end=end,
        duration=years,
        sp_start=closes.sp_start,
        sp_end=sp_end,
        stock_start=closes.stock_start,
        stock_end=stock_end,
        aggregate_sp_unrounded=aggregate_unrounded,
        aggregate_sp=aggregate,
        adjusted_price_before_floor=before_floor,
        adjusted_price=adjusted,
        annualized_sp_unrounded=sp_unrounded,
        annualized_sp=annualized_sp,
        annualized_stock_unrounded=stock_unrounded,
        annualized_stock=annualized_stock,
        outperform=outperform,
        multiplier_unrounded=times_unrounded,
        multiplier=times,
        fmv=fmv,
        gain=gain_per_option,
        per_option=per_option,
        consideration_unrounded=consideration,
        consideration=cents(consideration),
    )


def require_initial_price(initial_price: Decimal) -> Decimal:
    """`initial_price`, if it is a price above zero (§1). Raises InvalidAward."""
    if not isinstance(initial_price, Decimal) or not initial_price.is_finite() or initial_price <= 0:
        raise InvalidAward(f"An Initial Price is a decimal amount above zero: not {initial_price}.")
    return initial_price


def _require_closes_of(award_date: date, exercise_date: date, closes: Closes, terms: Terms) -> None:
    window = closes.window
    if len(window) != terms.averaging_days:
        raise InvalidCloses(
            f"An Exercise Date rests on the closes of {terms.averaging_days} Trading Days: {len(window)} were given."
        )
    if closes.period_start >= award_date:
        raise InvalidCloses(f"The Period begins before the Award Date {award_date}, not on {closes.period_start}.")
    if window[-1].day >= exercise_date:
        raise InvalidCloses(f"The Period ends before the Exercise Date {exercise_date}, not on {window[-1].day}.")
