from datetime import date

import pytest

from awards.agreement.errors import DateOutOfRange
from awards.agreement.months import add_months, anniversary


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2005-08-01", 12, "2006-08-01"),
        ("2005-08-31", 12, "2006-08-31"),
        ("2005-08-31", 15, "2006-11-30"),
        ("2005-08-31", 18, "2007-02-28"),
        ("2005-08-31", 21, "2007-05-31"),
        ("2006-08-31", 18, "2008-02-29"),
        ("2005-12-31", 2, "2006-02-28"),
        ("2005-12-31", 12, "2006-12-31"),
        ("2005-12-01", 1, "2006-01-01"),
        ("2005-11-30", 1, "2005-12-30"),
        ("2008-02-29", 12, "2009-02-28"),
        ("2008-02-29", 48, "2012-02-29"),
        ("1999-01-31", 13, "2000-02-29"),
        ("1999-01-31", 1213, "2100-02-28"),
        ("2005-03-31", 0, "2005-03-31"),
        ("2005-03-31", -1, "2005-02-28"),
        ("2005-01-15", -1, "2004-12-15"),
    ],
)
def test_add_months_counts_from_the_day_and_clips(day: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [("2005-07-01", 4, "2009-07-01"), ("2008-02-29", 1, "2009-02-28"), ("2008-02-29", 4, "2012-02-29")],
)
def test_anniversary_of_29_february_is_the_28th_in_a_common_year(day: str, years: int, expected: str) -> None:
    assert anniversary(date.fromisoformat(day), years) == date.fromisoformat(expected)


def test_add_months_at_the_end_of_the_calendar() -> None:
    assert add_months(date(9998, 12, 31), 12) == date(9999, 12, 31)
    with pytest.raises(DateOutOfRange, match="1 months from 9999-12-01"):
        add_months(date(9999, 12, 1), 1)


def test_add_months_before_the_calendar() -> None:
    assert add_months(date(1, 2, 1), -1) == date(1, 1, 1)
    with pytest.raises(DateOutOfRange):
        add_months(date(1, 1, 1), -1)
