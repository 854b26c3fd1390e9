"""§2.4(b): on a Change in Control every Award is cancelled as to its unexercised OSOs and pays cash."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from awards.agreement.consideration import exercise_consideration
from awards.agreement.errors import ExerciseDateBeforePeriod, InvalidWithholding, NoDuration, NothingToValue
from awards.agreement.payment import require_cents
from awards.agreement.rounding import EXACT, ZERO, cents
from awards.agreement.terms import FORM_2005, Terms
from awards.agreement.vesting import require_options
from awards.agreement.worksheet import Worksheet


@dataclass(frozen=True, slots=True)
class CashOut:
    """What cancelling `options` OSOs pays in dollars: `consideration` before and `cash` after withholding."""

    best: Worksheet
    options: int
    per_option: Decimal
    consideration_unrounded: Decimal
    consideration: Decimal
    withheld: Decimal
    cash: Decimal


def days(effective_on: date, terms: Terms = FORM_2005) -> tuple[date, ...]:
    """The calendar days whose values are compared, ascending: with 60 days, E − 59 … E (§2.4(b), I13)."""
    count = terms.change_in_control_days
    return tuple(effective_on - timedelta(days=back) for back in range(count - 1, -1, -1))


def valued_days(exercise_dates: Iterable[date], value: Callable[[date], Worksheet]) -> tuple[Worksheet, ...]:
    """The Worksheet of each day that has one (§2.4(b), I13).

    A day before the Award, or on which its Period had no length yet, is left out. Whatever else `value` raises, a
    missing close above all, is not caught: it blocks.
    """
    found = []
    for day in exercise_dates:
        try:
            found.append(value(day))
        except (NoDuration, ExerciseDateBeforePeriod):
            continue
    return tuple(found)


def best_day(candidates: Iterable[Worksheet]) -> Worksheet:
    """The Worksheet with the highest exact consideration per OSO; of equals, the earliest day (§2.4(b), I13).

    Raises NothingToValue when there is none.
    """
    best: Worksheet | None = None
    for candidate in candidates:
        if best is None or _is_better(candidate, best):
            best = candidate
    if best is None:
        raise NothingToValue
    return best


def _is_better(candidate: Worksheet, best: Worksheet) -> bool:
    if candidate.per_option == best.per_option:
        return candidate.exercise_date < best.exercise_date
    return candidate.per_option > best.per_option


def cash_out(*, best: Worksheet, options: int, withheld: Decimal = ZERO) -> CashOut:
    """The cash for `options` unexercised OSOs, vested or not, at the value of the best day (§2.4(b)).

    Rounded once, to the cent; withholding comes out of it. Raises InvalidAward, InvalidPayment, InvalidWithholding.
    """
    unrounded = exercise_consideration(best.per_option, require_options(options))
    consideration = cents(unrounded)
    if require_cents(withheld, "The withholding") > consideration:
        raise InvalidWithholding(f"{withheld} would be withheld from {consideration} of cash.")
    return CashOut(
        best=best,
        options=options,
        per_option=best.per_option,
        consideration_unrounded=unrounded,
        consideration=consideration,
        withheld=withheld,
        cash=EXACT.subtract(consideration, withheld),
    )
