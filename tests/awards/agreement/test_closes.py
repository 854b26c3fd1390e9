from datetime import date
from decimal import Decimal

import pytest

from awards.agreement.closes import Closes, WindowClose, average
from awards.agreement.errors import InvalidCloses

START, FIRST, SECOND = date(2005, 6, 30), date(2006, 6, 29), date(2006, 6, 30)
PRICE = Decimal("4.44")


def test_average_is_exact() -> None:
    assert average([Decimal("1.01"), Decimal("1.02"), Decimal("1.04"), Decimal("1.06")], 4) == Decimal("1.0325")


def closes(first: WindowClose, second: WindowClose, sp_start: object = PRICE, stock_start: object = PRICE) -> Closes:
    return Closes(START, sp_start, stock_start, (first, second))


def test_closes_that_ascend_are_kept_as_given() -> None:
    window = (WindowClose(FIRST, PRICE, PRICE), WindowClose(SECOND, PRICE, PRICE))
    assert closes(*window).window == window


@pytest.mark.parametrize(("first", "second"), [(SECOND, FIRST), (FIRST, FIRST)])
def test_closes_refuse_a_window_that_does_not_ascend(first: date, second: date) -> None:
    with pytest.raises(InvalidCloses, match="must ascend"):
        closes(WindowClose(first, PRICE, PRICE), WindowClose(second, PRICE, PRICE))


@pytest.mark.parametrize(
    "bad", [Decimal(0), Decimal("-1"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), 4.44, 4, None]
)
def test_closes_refuse_what_is_not_a_positive_decimal(bad: object) -> None:
    good = WindowClose(SECOND, PRICE, PRICE)
    with pytest.raises(InvalidCloses, match="the S&P 500 on 2006-06-29"):
        closes(WindowClose(FIRST, bad, PRICE), good)
    with pytest.raises(InvalidCloses, match="the Stock on 2006-06-29"):
        closes(WindowClose(FIRST, PRICE, bad), good)
    with pytest.raises(InvalidCloses, match="the S&P 500 on 2005-06-30"):
        closes(WindowClose(FIRST, PRICE, PRICE), good, sp_start=bad)
    with pytest.raises(InvalidCloses, match="the Stock on 2005-06-30"):
        closes(WindowClose(FIRST, PRICE, PRICE), good, stock_start=bad)
