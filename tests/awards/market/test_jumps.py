from datetime import date
from decimal import Decimal

import pytest

from awards.market.calendar import NewYorkCalendar
from awards.market.jumps import Judged, Jump, is_jump, judge


@pytest.mark.parametrize(
    ("close", "is_one"),
    [("14.00", False), ("14.000001", True), ("6.00", False), ("5.999999", True), ("10.00", False)],
)
def test_jump_is_beyond_the_threshold_and_not_at_it(close: str, is_one: bool) -> None:
    assert is_jump(Decimal(close), Decimal("10.00"), Decimal(40)) is is_one


@pytest.mark.parametrize(
    ("close", "percent"),
    [("20.00", "100.0"), ("5.00", "-50.0"), ("10.0049", "0.0"), ("10.005", "0.1"), ("9.995", "-0.1")],
)
def test_jump_says_its_percentage_half_up(close: str, percent: str) -> None:
    jump = Jump(date(2007, 3, 27), Decimal(close), date(2007, 3, 26), Decimal("10.00"))
    assert str(jump.percent) == percent


def week(*closes: str | None) -> dict[date, Decimal]:
    """Closes from Monday 2007-03-26 on; None for a day that has none."""
    return {date(2007, 3, day): Decimal(close) for day, close in enumerate(closes, 26) if close}


def judged(new: dict[date, Decimal], recorded: dict[date, Decimal], *, confirm: bool = True) -> dict[str, list[int]]:
    result = judge(new, recorded, percent=Decimal(40), calendar=NewYorkCalendar(), confirm=confirm)
    return {
        "believed": [day.day for day in result.believed],
        "confirmed": [jump.day.day for jump in result.confirmed],
        "unconfirmed": [jump.day.day for jump in result.unconfirmed],
    }


@pytest.mark.parametrize(
    ("new", "recorded", "believed", "confirmed", "unconfirmed"),
    [
        (week("10", "11", "10"), {}, [26, 27, 28], [], []),
        (week("10", "100", "101", "99"), {}, [26, 27, 28, 29], [27], []),
        (week("10", "100", "10", "11"), {}, [26, 28, 29], [], [27]),
        (week("10", "11", "100"), {}, [26, 27], [], [28]),
        (week("10", "100", None, "101"), {}, [26], [], [27, 29]),
        (week("10", "100", "30", "31"), {}, [26, 28, 29], [28], [27]),
        (week("100"), {}, [26], [], []),
        (week(None, "100"), week("10"), [], [], [27]),
        (week(None, "100", "101"), week("10"), [27, 28], [27], []),
        (week(None, "100"), week("10", None, "101"), [27], [27], []),
        (week(None, "100"), week("10", None, "10"), [], [], [27]),
        (week("10"), week(None, "100"), [26], [], []),
        (week(None, None, None, None, "100"), week("10"), [], [], [30]),
    ],
    ids=["no jump", "confirmed", "jumps back", "last row", "next Trading Day absent", "settles elsewhere",
         "first close", "alone", "confirmed in the batch", "confirmed by a recorded close",
         "contradicted by a recorded close", "nothing before", "after a gap"],
)  # fmt: skip
def test_closes_are_judged(
    new: dict[date, Decimal], recorded: dict[date, Decimal], believed: list[int], confirmed: list[int],
    unconfirmed: list[int],
) -> None:  # fmt: skip
    assert judged(new, recorded) == {"believed": believed, "confirmed": confirmed, "unconfirmed": unconfirmed}


def test_jump_is_not_confirmed_when_nobody_looks() -> None:
    assert judged(week(None, "100", "101"), week("10"), confirm=False) == {
        "believed": [], "confirmed": [], "unconfirmed": [27, 28],
    }  # fmt: skip


def test_recorded_close_outweighs_the_new_one_of_the_same_day() -> None:
    new, recorded = week(None, "100", "101"), week("10", None, "10")
    assert judged(new, recorded)["unconfirmed"][0] == 27


def test_friday_is_confirmed_by_monday() -> None:
    new = {date(2007, 3, 29): Decimal(10), date(2007, 3, 30): Decimal(20), date(2007, 4, 2): Decimal(21)}
    assert judge(new, {}, percent=Decimal(40), calendar=NewYorkCalendar(), confirm=True) == Judged(
        believed=tuple(new),
        confirmed=(Jump(date(2007, 3, 30), Decimal(20), date(2007, 3, 29), Decimal(10)),),
        unconfirmed=(),
    )
