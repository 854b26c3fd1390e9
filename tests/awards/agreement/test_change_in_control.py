from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from awards.agreement.change_in_control import best_day, cash_out, days, valued_days
from awards.agreement.errors import (
    ExerciseDateBeforePeriod,
    InvalidAward,
    InvalidPayment,
    InvalidWithholding,
    MissingClose,
    NoDuration,
    NothingToValue,
)
from awards.agreement.terms import Terms
from awards.agreement.worksheet import Worksheet, worksheet


@pytest.mark.parametrize(
    ("effective_on", "first"),
    [("2007-03-31", "2007-01-31"), ("2008-03-31", "2008-02-01"), ("2006-01-01", "2005-11-03")],
)
def test_days_are_sixty_calendar_days_to_the_effective_date(effective_on: str, first: str) -> None:
    found = days(date.fromisoformat(effective_on))
    assert (str(found[0]), str(found[-1]), len(found)) == (first, effective_on, 60)
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(found))


def test_days_follow_other_terms() -> None:
    terms = Terms(name="later form", change_in_control_days=3)
    assert days(date(2007, 3, 31), terms) == (date(2007, 3, 29), date(2007, 3, 30), date(2007, 3, 31))


@pytest.fixture
def one(real_closes) -> Worksheet:
    return worksheet(
        award_date=date(2006, 4, 1),
        initial_price=Decimal("5.18"),
        options=1,
        exercise_date=date(2007, 4, 2),
        closes=real_closes["2007-04-02"],
    )


def valued(one: Worksheet, *per_option: str) -> list[Worksheet]:
    first = date(2007, 3, 1)
    return [
        replace(one, exercise_date=first + timedelta(days=day), per_option=Decimal(value))
        for day, value in enumerate(per_option)
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("3", "2", "1"), "2007-03-01"),
        (("1", "3", "2"), "2007-03-02"),
        (("1", "2", "3"), "2007-03-03"),
        (("1", "3", "3"), "2007-03-02"),
        (("3", "1", "3"), "2007-03-01"),
        (("0", "0", "0"), "2007-03-01"),
        (("3.0000000001", "3.0000000002", "3"), "2007-03-02"),
        (("1",), "2007-03-01"),
    ],
)
def test_best_day_is_the_highest_and_of_equals_the_earliest(one: Worksheet, values: tuple, expected: str) -> None:
    candidates = valued(one, *values)
    assert str(best_day(candidates).exercise_date) == expected
    assert str(best_day(reversed(candidates)).exercise_date) == expected


def test_best_day_refuses_an_award_without_a_valued_day() -> None:
    with pytest.raises(NothingToValue):
        best_day([])


def test_valued_days_leave_out_days_before_the_period_has_a_length(one: Worksheet) -> None:
    award_date, first = date(2007, 3, 3), date(2007, 3, 1)

    def value(day: date) -> Worksheet:
        if day < award_date:
            raise ExerciseDateBeforePeriod(award_date, day)
        if day == award_date:
            raise NoDuration(award_date)
        return replace(one, exercise_date=day)

    found = valued_days([first + timedelta(days=day) for day in range(5)], value)
    assert [str(candidate.exercise_date) for candidate in found] == ["2007-03-04", "2007-03-05"]


def test_valued_days_are_blocked_by_a_missing_close() -> None:
    def value(day: date) -> Worksheet:
        raise MissingClose("stock", day)

    with pytest.raises(MissingClose, match="2007-03-30"):
        valued_days([date(2007, 3, 30)], value)


def test_a_weekend_is_worth_what_the_next_trading_day_is(real_closes) -> None:
    sunday, monday = (
        worksheet(
            award_date=date(2006, 4, 1),
            initial_price=Decimal("5.18"),
            options=1,
            exercise_date=day,
            closes=real_closes["2007-04-02"],
        )
        for day in (date(2007, 4, 1), date(2007, 4, 2))
    )
    assert best_day([monday, sunday]) is sunday
    assert sunday.per_option == monday.per_option


def test_cash_out_pays_every_unexercised_oso_less_withholding(one: Worksheet) -> None:
    paid = cash_out(best=one, options=10_000, withheld=Decimal("3116.90"))
    assert paid.consideration_unrounded == Decimal("12467.608036")
    assert (paid.consideration, paid.cash) == (Decimal("12467.61"), Decimal("9350.71"))
    assert cash_out(best=one, options=10_000).cash == Decimal("12467.61")


@pytest.mark.parametrize(
    ("options", "withheld", "refusal"),
    [
        (0, "0", InvalidAward),
        (1, "-0.01", InvalidPayment),
        (1, "0.001", InvalidPayment),
        (1, "1.26", InvalidWithholding),
    ],
)
def test_cash_out_refuses_what_it_cannot_bear(one: Worksheet, options: int, withheld: str, refusal: type) -> None:
    with pytest.raises(refusal):
        cash_out(best=one, options=options, withheld=Decimal(withheld))
    assert cash_out(best=one, options=1, withheld=Decimal("1.25")).cash == 0
