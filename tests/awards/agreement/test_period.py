from datetime import date
from decimal import Decimal

import pytest

from awards.agreement.errors import ExerciseDateBeforePeriod
from awards.agreement.period import PeriodLength, duration, duration_unrounded, period_end, period_length, period_start


@pytest.mark.parametrize(
    ("start", "end", "length", "expected"),
    [
        ("2005-06-30", "2005-06-30", (0, 0, 365), "0.000"),
        ("2005-06-30", "2005-07-01", (0, 1, 365), "0.003"),
        ("2005-06-30", "2006-06-29", (0, 364, 365), "0.997"),
        ("2005-06-30", "2006-06-30", (1, 0, 365), "1.000"),
        ("2005-06-30", "2006-07-03", (1, 3, 365), "1.008"),
        ("2005-06-30", "2007-06-30", (2, 0, 366), "2.000"),
        ("2005-06-30", "2008-02-21", (2, 236, 366), "2.645"),
        ("2005-12-30", "2008-01-31", (2, 32, 366), "2.087"),
        ("2006-03-31", "2007-03-30", (0, 364, 365), "0.997"),
        ("2005-07-01", "2009-07-01", (4, 0, 365), "4.000"),
        # from 29 February: anniversaries on the 28th, and on the 29th again after four years
        ("2008-02-29", "2009-02-27", (0, 364, 365), "0.997"),
        ("2008-02-29", "2009-02-28", (1, 0, 365), "1.000"),
        ("2008-02-29", "2012-02-28", (3, 365, 366), "3.997"),
        ("2008-02-29", "2012-02-29", (4, 0, 365), "4.000"),
        # 183/366 and 73/365 come out; 1/366 = 0.00273…
        ("2007-03-01", "2007-08-31", (0, 183, 366), "0.500"),
        ("2006-03-01", "2006-05-13", (0, 73, 365), "0.200"),
        ("2007-03-01", "2007-03-02", (0, 1, 366), "0.003"),
    ],
)
def test_duration_counts_anniversaries_then_days(start: str, end: str, length: tuple, expected: str) -> None:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert period_length(first, last) == PeriodLength(*length)
    assert str(duration(first, last)) == expected


def test_duration_before_rounding_is_exact() -> None:
    assert duration_unrounded(date(2005, 6, 30), date(2008, 2, 21)) * 366 == Decimal(2 * 366 + 236)
    assert duration_unrounded(date(2007, 3, 1), date(2007, 8, 31)) == Decimal("0.5")


def test_a_period_cannot_end_before_it_begins() -> None:
    with pytest.raises(ExerciseDateBeforePeriod, match="end on 2005-06-29, before it begins on 2005-06-30"):
        duration(date(2005, 6, 30), date(2005, 6, 29))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2005-07-05", "2005-07-01"),
        ("2006-04-01", "2006-03-31"),
        ("2007-04-02", "2007-03-30"),
        ("2007-01-03", "2006-12-29"),
    ],
)
def test_the_period_runs_between_the_trading_days_before(calendar, day: str, expected: str) -> None:
    assert period_start(date.fromisoformat(day), calendar) == date.fromisoformat(expected)
    assert period_end(date.fromisoformat(day), calendar) == date.fromisoformat(expected)
