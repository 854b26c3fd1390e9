"""§2.3, §2.4(a): what vests, and when."""

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from awards.agreement.employment import EMPLOYED, Employment
from awards.agreement.errors import InvalidAward
from awards.agreement.months import add_months
from awards.agreement.terms import FORM_2005, Terms

_ONE_DAY = timedelta(days=1)


class Vesting(NamedTuple):
    """One tranche: `options` whole OSOs, vested and exercisable from `vests_on` itself."""

    vests_on: date
    options: int


def require_options(options: int) -> int:
    """`options`, if it is a whole number of OSOs, one or more (§1). Raises InvalidAward."""
    if not isinstance(options, int) or options < 1:
        raise InvalidAward(f"An Award is of a whole number of OSOs, at least one: not {options}.")
    return options


def vesting_schedule(*, award_date: date, options: int, terms: Terms = FORM_2005) -> tuple[Vesting, ...]:
    """The tranches of an Award in order, always adding up to `options` (§2.3, I1, I2).

    Each vests the day before so many months from the Award Date. Each but the last is its share of the Award
    rounded half up to a whole OSO, never more than what is left; the last is the balance. Raises InvalidAward.
    """
    left = require_options(options)
    schedule = []
    days = _vesting_days(award_date, terms.vesting_steps)
    for (twice_numerator, denominator, _), vests_on in zip(terms.vesting_steps, days, strict=True):
        # options × numerator ÷ denominator, half up, in whole numbers.
        vesting = (options * twice_numerator + denominator) // (2 * denominator)
        if vesting > left:
            vesting = left
        left -= vesting
        schedule.append(Vesting(vests_on, vesting))
    return tuple(schedule)


# Grants share their Award Dates: a company has a few a year.
@lru_cache(maxsize=4096)
def _vesting_days(award_date: date, steps: tuple[tuple[int, int, int], ...]) -> tuple[date, ...]:
    return tuple(add_months(award_date, months) - _ONE_DAY for *_, months in steps)


def accelerates_on(employment: Employment) -> date | None:
    """The first day of death, disability or retirement while employed, which vests every Award (§2.4(a)).

    The last day of employment counts; after it nothing is left to vest (§4.1). None when there is no such day.
    """
    events = (employment.died_on, employment.disabled_on, employment.retired_on)
    ended_on = employment.ended_on
    return min((day for day in events if day is not None and (ended_on is None or day <= ended_on)), default=None)


def vested(
    *, award_date: date, options: int, on: date, employment: Employment = EMPLOYED, terms: Terms = FORM_2005
) -> int:
    """How many of the Award's original OSOs have vested by the end of `on` (§2.3, §2.4(a), I3).

    What was exercised or has lapsed since is not taken off. Raises InvalidAward.
    """
    schedule = vesting_schedule(award_date=award_date, options=options, terms=terms)
    facts = employment.since(award_date)
    accelerated = accelerates_on(facts)
    if accelerated is not None and max(accelerated, award_date) <= on:
        return options
    last = on if facts.ended_on is None else min(on, facts.ended_on)
    return sum(tranche.options for tranche in schedule if tranche.vests_on <= last)


def vestings(
    *, award_date: date, options: int, employment: Employment = EMPLOYED, terms: Terms = FORM_2005
) -> tuple[Vesting, ...]:
    """What vests on which day by the facts, what is still to vest included (§2.3, §2.4(a), I3); none of 0 OSOs.

    What lapses unvested is left out. In the Award's original OSOs. Raises InvalidAward.
    """
    schedule = vesting_schedule(award_date=award_date, options=options, terms=terms)
    accelerated = accelerates_on(employment.since(award_date))
    # The days on which the number can change: `vested` says whether it does.
    days = {row.vests_on for row in schedule} | ({max(accelerated, award_date)} if accelerated else set())
    found: list[Vesting] = []
    so_far = 0
    for day in sorted(days):
        now = vested(award_date=award_date, options=options, on=day, employment=employment, terms=terms)
        if now > so_far:
            found.append(Vesting(day, now - so_far))
            so_far = now
    return tuple(found)


def award_dates_vesting_on(day: date, terms: Terms = FORM_2005) -> tuple[date, ...]:
    """The Award Dates of which a tranche vests on `day` by the schedule (§2.3, I1), ascending."""
    after = day + _ONE_DAY
    found = set()
    for *_, months in terms.vesting_steps:
        near = add_months(after, -months)
        # Clipping to a month's last day sends up to four Award Dates to the same day.
        around = (near + timedelta(days=number) for number in range(-3, 4))
        found |= {award_date for award_date in around if add_months(award_date, months) == after}
    return tuple(sorted(found))
