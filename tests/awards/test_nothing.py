"""Why an exercise would pay nothing. A Period of 1.000 year from 100 and 1,000, and closes that then stay the same."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from awards.agreement.worksheet import Closes, WindowClose, Worksheet, worksheet
from awards.nothing import why_nothing


def sheet(stock: str, index: str, *, initial_price: str = "100", options: int = 1) -> Worksheet:
    last = date(2007, 3, 31)
    days = [last - timedelta(days=before) for before in reversed(range(10))]
    return worksheet(
        award_date=date(2006, 4, 1),
        initial_price=Decimal(initial_price),
        options=options,
        exercise_date=date(2007, 4, 1),
        closes=Closes(
            period_start=date(2006, 3, 31),
            sp_start=Decimal(1000),
            stock_start=Decimal(100),
            window=[WindowClose(day, Decimal(index), Decimal(stock)) for day in days],
        ),
    )


@pytest.mark.parametrize(
    ("given", "title", "text"),
    [
        (
            sheet("110", "1100"),
            "The Multiplier is 0, although the Stock is up",
            "The index rose as much as the Stock or more: +10.000% a year against +10.000%.",
        ),
        (
            sheet("110", "1200"),
            "The Multiplier is 0, although the Stock is up",
            "The index rose as much as the Stock or more: +20.000% a year against +10.000%.",
        ),
        # 0.001 × 4/11 is 0.00036.
        (
            sheet("110.001", "1100"),
            "The Multiplier rounds to 0",
            "The Stock is ahead of the index by only +0.001% a year,",
        ),
        (
            sheet("95", "1000"),
            "The Multiplier is 0",
            "The Stock did not outperform the index: −5.000% a year against 0.000% (§2.7).",
        ),
        # 120 moved by 5 % is 126.
        (
            sheet("110", "1050", initial_price="120"),
            "There is a Multiplier, but no gain for it to multiply",
            "its last close of $110.00 is not above the Adjusted Price of $126.00 (§2.6).",
        ),
        (
            sheet("110", "1000", initial_price="110"),
            "There is a Multiplier, but no gain for it to multiply",
            "its last close of $110.00 is not above the Adjusted Price of $110.00 (§2.6).",
        ),
        (
            sheet("110", "950", initial_price="120"),
            "There is a Multiplier, but no gain for it to multiply",
            "Price of $120.00. The index fell, and the Adjusted Price stays at the Initial Price (§2.1, §2.6).",
        ),
        # 0.001 × 3.636 an OSO.
        (
            sheet("110", "1000", initial_price="109.999"),
            "The amount rounds to zero",
            "1 option at $0.003636 is less than half a cent (§2.6).",
        ),
    ],
)
def test_why_it_pays_nothing(given: Worksheet, title: str, text: str) -> None:
    found = why_nothing(given)

    assert given.consideration == 0
    assert found is not None
    assert found.title == title
    assert text in found.text


def test_two_options_of_less_than_a_cent_each() -> None:
    # Twice 0.0001 × 3.636 is under half a cent, twice 0.001 × 3.636 is 0.007272: a cent.
    assert str(why_nothing(sheet("110", "1000", initial_price="109.9999", options=2))) == (
        "The amount rounds to zero. 2 options at $0.0003636 each are less than half a cent (§2.6)."
    )
    assert why_nothing(sheet("110", "1000", initial_price="109.999", options=2)) is None


def test_what_pays_has_no_reason() -> None:
    assert why_nothing(sheet("110", "1000")) is None
