"""Dates that other vesting engines publish, where their policy is the one of §2.3, §4.2(a) or §4.2(d).

Only dates and quantities are taken. vestlang: MattCantor/vestlang at d14dd7d, packages/core/tests, (c) MattCantor, MIT.
OCF-Tools: Open-Cap-Table-Coalition/OCF-Tools at 6b85ad9, vesting_compiler/__tests__, Copyright (c) Open Cap Table
Coalition, sample data Apache-2.0. cosmos-sdk at 18f0f73, x/auth/vesting/cmd/vestcalc, Apache-2.0.
"""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from awards.agreement.employment import Cessation, Employment
from awards.agreement.lapse import vested_lapse
from awards.agreement.months import add_months, anniversary
from awards.agreement.terms import Terms, Tranche
from awards.agreement.vesting import vested, vesting_schedule


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2024-01-31", 1, "2024-02-28"),
        ("2023-01-31", 1, "2023-02-27"),
        ("2024-01-31", 2, "2024-03-30"),
        ("2024-01-31", 3, "2024-04-29"),
        ("2025-01-01", 1, "2025-01-31"),
        ("2024-12-01", 1, "2024-12-31"),
        ("2024-01-15", 1, "2024-02-14"),
        ("2024-01-15", 12, "2025-01-14"),
    ],
)
def test_vestlang_day_before_dates(start: str, months: int, expected: str) -> None:
    one_tranche = Terms(name="one tranche", tranches=(Tranche(None, months),))
    (tranche,) = vesting_schedule(award_date=date.fromisoformat(start), options=8, terms=one_tranche)
    assert tranche == (date.fromisoformat(expected), 8)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2025-01-01", 12, "2026-01-01"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-01-31", 2, "2025-03-31"),
        ("2025-01-31", 3, "2025-04-30"),
        ("2025-01-31", 6, "2025-07-31"),
        ("2025-11-15", 3, "2026-02-15"),
        ("2024-03-31", 1, "2024-04-30"),
        ("2024-01-30", 1, "2024-02-29"),
        ("2023-01-30", 1, "2023-02-28"),
        ("2020-01-01", 12, "2021-01-01"),
    ],
)
def test_calendar_arithmetic_of_the_others(start: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("start", "years", "expected"),
    [("2025-01-01", 4, "2029-01-01"), ("2024-02-29", 1, "2025-02-28"), ("2024-01-15", 2, "2026-01-15")],
)
def test_vestlang_anniversaries(start: str, years: int, expected: str) -> None:
    assert anniversary(date.fromisoformat(start), years) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("ceased_on", "days", "expected"),
    [
        ("2025-01-01", 365, "2026-01-01"),
        ("2024-01-01", 366, "2025-01-01"),
        ("2025-03-01", 7, "2025-03-08"),
        ("2024-02-26", 14, "2024-03-11"),
        ("2024-10-27", 14, "2024-11-10"),
        ("2024-01-01", 84, "2024-03-25"),
    ],
)
def test_vestlang_days_after_a_cessation(ceased_on: str, days: int, expected: str) -> None:
    left = Employment(ceased_on=date.fromisoformat(ceased_on), cessation=Cessation.OTHER)
    terms = Terms(name="other days", other_cessation_days=days)
    assert vested_lapse(award_date=date(2023, 1, 1), employment=left, terms=terms).lapses_on == date.fromisoformat(
        expected
    )


def test_vestlang_half_at_the_cliff_then_equal_parts_on_the_day_before() -> None:
    """sch-minus-one-1000: their parts after the cliff round down cumulatively, so only the dates and the half apply."""
    sixth = Fraction(1, 6)
    terms = Terms(
        name="cliff", tranches=(Tranche(Fraction(1, 2), 3), Tranche(sixth, 4), Tranche(sixth, 5), Tranche(None, 6))
    )
    schedule = vesting_schedule(award_date=date(2025, 1, 31), options=1000, terms=terms)
    assert [str(tranche.vests_on) for tranche in schedule] == ["2025-04-29", "2025-05-30", "2025-06-29", "2025-07-30"]
    assert schedule[0].options == 500


def test_ocf_month_ends_do_not_drift() -> None:
    """sch-eom-600x6, sch-chain-eom."""
    expected = ["2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31", "2025-06-30", "2025-07-31"]
    assert [str(add_months(date(2025, 1, 31), months)) for months in range(1, 7)] == expected


@pytest.mark.parametrize(
    ("award_date", "options", "expected"),
    [
        (
            "2005-07-01",
            8,
            [("2006-06-30", 4), ("2006-09-30", 1), ("2006-12-31", 1), ("2007-03-31", 1), ("2007-06-30", 1)],
        ),
        (
            "2008-02-29",
            1000,
            [("2009-02-27", 500), ("2009-05-28", 125), ("2009-08-28", 125), ("2009-11-28", 125), ("2010-02-27", 125)],
        ),
        (
            "2006-05-31",
            25000,
            [
                ("2007-05-30", 12500),
                ("2007-08-30", 3125),
                ("2007-11-29", 3125),
                ("2008-02-28", 3125),
                ("2008-05-30", 3125),
            ],
        ),
    ],
)
def test_every_policy_agrees_where_eighths_are_whole(award_date: str, options: int, expected: list) -> None:
    schedule = vesting_schedule(award_date=date.fromisoformat(award_date), options=options)
    assert [(str(tranche.vests_on), tranche.options) for tranche in schedule] == expected


def test_vestlang_milestone_vests_the_whole_award_on_the_event() -> None:
    """sch-milestone and sch-milestone-unfired: §2.4(a) is such a milestone."""
    event = date(2027, 3, 1)
    award_date = date(2026, 6, 1)
    facts = Employment(died_on=event)
    days = (event - timedelta(days=1), event)
    assert [vested(award_date=award_date, options=100000, on=day, employment=facts) for day in days] == [0, 100000]
    assert vested(award_date=award_date, options=100000, on=event) == 0
