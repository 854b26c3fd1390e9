from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.agreement.errors import DateOutOfRange, InvalidAward
from awards.agreement.terms import Share, Terms, Tranche
from awards.agreement.vesting import (
    Vesting,
    accelerates_on,
    award_dates_vesting_on,
    vested,
    vesting_schedule,
    vestings,
)

AWARD_DATE = date(2005, 7, 1)


@pytest.mark.parametrize(
    ("award_date", "expected"),
    [
        ("2005-07-01", "2006-06-30 2006-09-30 2006-12-31 2007-03-31 2007-06-30"),
        ("2005-08-31", "2006-08-30 2006-11-29 2007-02-27 2007-05-30 2007-08-30"),
        ("2005-08-01", "2006-07-31 2006-10-31 2007-01-31 2007-04-30 2007-07-31"),
        ("2008-02-29", "2009-02-27 2009-05-28 2009-08-28 2009-11-28 2010-02-27"),
        ("2006-02-28", "2007-02-27 2007-05-27 2007-08-27 2007-11-27 2008-02-27"),
        ("2006-03-01", "2007-02-28 2007-05-31 2007-08-31 2007-11-30 2008-02-29"),
        ("2005-12-31", "2006-12-30 2007-03-30 2007-06-29 2007-09-29 2007-12-30"),
        ("2006-11-30", "2007-11-29 2008-02-28 2008-05-29 2008-08-29 2008-11-29"),
        ("2006-04-01", "2007-03-31 2007-06-30 2007-09-30 2007-12-31 2008-03-31"),
    ],
)
def test_vesting_dates_are_the_day_before(award_date: str, expected: str) -> None:
    schedule = vesting_schedule(award_date=date.fromisoformat(award_date), options=1000)
    assert [str(tranche.vests_on) for tranche in schedule] == expected.split()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (1, (1, 0, 0, 0, 0)),
        (2, (1, 0, 0, 0, 1)),
        (3, (2, 0, 0, 0, 1)),
        (4, (2, 1, 1, 0, 0)),
        (5, (3, 1, 1, 0, 0)),
        (6, (3, 1, 1, 1, 0)),
        (7, (4, 1, 1, 1, 0)),
        (8, (4, 1, 1, 1, 1)),
        (9, (5, 1, 1, 1, 1)),
        (10, (5, 1, 1, 1, 2)),
        (11, (6, 1, 1, 1, 2)),
        (12, (6, 2, 2, 2, 0)),
        (13, (7, 2, 2, 2, 0)),
        (14, (7, 2, 2, 2, 1)),
        (15, (8, 2, 2, 2, 1)),
        (16, (8, 2, 2, 2, 2)),
        (100, (50, 13, 13, 13, 11)),
        (1002, (501, 125, 125, 125, 126)),
        (1003, (502, 125, 125, 125, 126)),
        (1004, (502, 126, 126, 126, 124)),
        (25000, (12500, 3125, 3125, 3125, 3125)),
    ],
)
def test_tranches_round_half_up_and_the_last_is_the_balance(options: int, expected: tuple[int, ...]) -> None:
    schedule = vesting_schedule(award_date=AWARD_DATE, options=options)
    assert tuple(tranche.options for tranche in schedule) == expected


# From 17 on every sixteen more are 8, 2, 2, 2, 2 more, and no tranche meets the end of the Award: what remains beyond
# the last sixteen adds to the half, to each eighth, and to the balance.
BEYOND_SIXTEENS = (
    (0, 0, 0), (1, 0, 0), (1, 0, 1), (2, 0, 1), (2, 1, -1), (3, 1, -1), (3, 1, 0), (4, 1, 0),
    (4, 1, 1), (5, 1, 1), (5, 1, 2), (6, 1, 2), (6, 2, 0), (7, 2, 0), (7, 2, 1), (8, 2, 1),
)  # fmt: skip


@pytest.mark.parametrize("options", range(17, 65))
def test_tranches_of_17_to_64(options: int) -> None:
    sixteens, beyond = divmod(options, 16)
    half, eighth, balance = BEYOND_SIXTEENS[beyond]
    eighths = 2 * sixteens + eighth
    schedule = vesting_schedule(award_date=AWARD_DATE, options=options)
    assert [part.options for part in schedule] == [8 * sixteens + half, *[eighths] * 3, 2 * sixteens + balance]


def test_tranches_of_every_award_up_to_5000_keep_the_total() -> None:
    for options in range(1, 5001):
        quantities = [tranche.options for tranche in vesting_schedule(award_date=AWARD_DATE, options=options)]
        assert sum(quantities) == options
        assert min(quantities) >= 0
        assert quantities[0] == (options + 1) // 2


def test_tranches_and_dates_are_independent_through_a_leap_cycle() -> None:
    """So that the totals above hold for every award date, and the dates below for every number of OSOs."""
    sizes = {
        options: [part.options for part in vesting_schedule(award_date=AWARD_DATE, options=options)]
        for options in SIZES
    }
    day = date(2004, 3, 1)
    while day <= date(2008, 2, 29):
        schedules = {options: vesting_schedule(award_date=day, options=options) for options in SIZES}
        (dates,) = {tuple(part.vests_on for part in schedule) for schedule in schedules.values()}
        assert day + timedelta(days=364) <= dates[0] < dates[1] < dates[2] < dates[3] < dates[4]
        assert {options: [part.options for part in schedules[options]] for options in SIZES} == sizes
        day += timedelta(days=1)


SIZES = (1, 4, 5, 7, 1002, 5000)


@given(st.dates(date(1995, 1, 1), date(2099, 12, 31)), st.integers(1, 10**9))
def test_schedule_keeps_its_total_never_takes_back_and_rises(award_date: date, options: int) -> None:
    schedule = vesting_schedule(award_date=award_date, options=options)
    dates = [tranche.vests_on for tranche in schedule]
    assert sum(tranche.options for tranche in schedule) == options
    assert all(tranche.options >= 0 for tranche in schedule)
    assert dates == sorted(set(dates))


def test_schedule_follows_other_terms() -> None:
    thirds = Terms(name="later form", tranches=(Tranche(Share(1, 3), 6), Tranche(Share(1, 3), 12), Tranche(None, 36)))
    assert vesting_schedule(award_date=AWARD_DATE, options=5, terms=thirds) == (
        Vesting(date(2005, 12, 31), 2),
        Vesting(date(2006, 6, 30), 2),
        Vesting(date(2008, 6, 30), 1),
    )


@pytest.mark.parametrize("options", [0, -1, 1.5, "10", None])
def test_schedule_refuses_what_is_not_a_number_of_osos(options: object) -> None:
    with pytest.raises(InvalidAward):
        vesting_schedule(award_date=AWARD_DATE, options=options)


def test_schedule_refuses_dates_the_calendar_does_not_have() -> None:
    with pytest.raises(DateOutOfRange):
        vesting_schedule(award_date=date(9998, 6, 1), options=1)


def vested_on(day: date, employment: Employment = EMPLOYED, options: int = 1002) -> int:
    return vested(award_date=AWARD_DATE, options=options, on=day, employment=employment)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2005-06-30", 0),
        ("2005-07-01", 0),
        ("2006-06-29", 0),
        ("2006-06-30", 501),
        ("2006-07-01", 501),
        ("2006-09-29", 501),
        ("2006-09-30", 626),
        ("2006-12-31", 751),
        ("2007-03-30", 751),
        ("2007-03-31", 876),
        ("2007-06-29", 876),
        ("2007-06-30", 1002),
        ("2012-01-01", 1002),
    ],
)
def test_vested_counts_a_tranche_from_its_vesting_date(on: str, expected: int) -> None:
    assert vested_on(date.fromisoformat(on)) == expected


@pytest.mark.parametrize(
    ("ceased_on", "expected"), [("2006-09-29", 501), ("2006-09-30", 626), ("2006-10-01", 626), ("2005-07-01", 0)]
)
@pytest.mark.parametrize("cessation", [Cessation.OTHER, Cessation.CAUSE])
def test_a_tranche_of_the_last_day_of_employment_is_vested(ceased_on: str, expected: int, cessation: Cessation) -> None:
    facts = Employment(ceased_on=date.fromisoformat(ceased_on), cessation=cessation)
    assert vested_on(date(2008, 1, 1), facts) == expected


BEFORE, DAY, AFTER = date(2006, 1, 31), date(2006, 2, 1), date(2006, 2, 2)


@pytest.mark.parametrize(
    "facts",
    [
        Employment(died_on=DAY),
        Employment(ceased_on=DAY, cessation=Cessation.DEATH, died_on=DAY),
        Employment(disabled_on=DAY),
        Employment(ceased_on=DAY, cessation=Cessation.DISABILITY, disabled_on=DAY),
        Employment(ceased_on=AFTER, cessation=Cessation.OTHER, disabled_on=DAY),
        Employment(ceased_on=DAY, cessation=Cessation.RETIREMENT, retired_on=DAY),
        Employment(ceased_on=DAY, cessation=Cessation.OTHER, died_on=DAY),
        Employment(disabled_on=DAY, died_on=date(2007, 1, 1)),
    ],
)
def test_death_disability_and_retirement_vest_everything_on_the_day(facts: Employment) -> None:
    assert accelerates_on(facts) == DAY
    assert [vested_on(day, facts) for day in (BEFORE, DAY, AFTER)] == [0, 1002, 1002]


@pytest.mark.parametrize(
    "facts",
    [
        EMPLOYED,
        Employment(ceased_on=DAY, cessation=Cessation.OTHER),
        Employment(ceased_on=DAY, cessation=Cessation.CAUSE),
        Employment(ceased_on=BEFORE, cessation=Cessation.OTHER, died_on=DAY),
        Employment(ceased_on=BEFORE, cessation=Cessation.OTHER, disabled_on=DAY),
        Employment(ceased_on=BEFORE, cessation=Cessation.CAUSE, died_on=DAY),
    ],
)
def test_what_happens_after_employment_vests_nothing(facts: Employment) -> None:
    assert accelerates_on(facts) is None
    assert vested_on(date(2006, 6, 29), facts) == 0


def test_an_event_before_the_award_vests_only_what_it_ended() -> None:
    long_ago = date(2004, 2, 1)
    assert vested_on(AFTER, Employment(disabled_on=long_ago)) == 0
    ended = Employment(ceased_on=DAY, cessation=Cessation.DISABILITY, disabled_on=long_ago)
    assert vested_on(AWARD_DATE - timedelta(days=1), ended) == 0
    assert vested_on(AWARD_DATE, ended) == 1002


@pytest.mark.parametrize(
    ("day", "award_dates"),
    [
        # Months from the 28th and later that end on 28 February 2007; the day before is the 27th.
        ("2007-02-27", ["2005-02-28", "2005-05-28", "2005-05-29", "2005-05-30", "2005-05-31", "2005-08-28",
                        "2005-08-29", "2005-08-30", "2005-08-31",
                        "2005-11-28", "2005-11-29", "2005-11-30", "2006-02-28"]),
        ("2007-02-26", ["2005-02-27", "2005-05-27", "2005-08-27", "2005-11-27", "2006-02-27"]),
        ("2006-06-30", ["2004-07-01", "2004-10-01", "2005-01-01", "2005-04-01", "2005-07-01"]),
    ],
)  # fmt: skip
def test_award_dates_of_which_a_tranche_vests_on_a_day(day, award_dates):
    assert [found.isoformat() for found in award_dates_vesting_on(date.fromisoformat(day))] == award_dates


def test_award_dates_vesting_on_a_day_are_those_whose_schedule_says_so():
    """Six years of Award Dates against the schedule itself."""
    dates = [date(2003, 1, 1) + timedelta(days=number) for number in range(2_192)]
    by_day: dict[date, list[date]] = {}
    for award_date in dates:
        for tranche in vesting_schedule(award_date=award_date, options=1_000):
            by_day.setdefault(tranche.vests_on, []).append(award_date)
    for number in range(1_000):
        day = date(2005, 6, 1) + timedelta(days=number)
        assert list(award_dates_vesting_on(day)) == by_day.get(day, []), day


# 1,000 OSOs of 2005-07-01: 500, then 125 on each of four days.
BY_SCHEDULE = ["2006-06-30 500", "2006-09-30 125", "2006-12-31 125", "2007-03-31 125", "2007-06-30 125"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (EMPLOYED, BY_SCHEDULE),
        (Employment(ceased_on=date(2006, 6, 29), cessation=Cessation.OTHER), []),
        (Employment(ceased_on=date(2006, 6, 30), cessation=Cessation.OTHER), BY_SCHEDULE[:1]),
        (Employment(ceased_on=date(2006, 12, 31), cessation=Cessation.CAUSE), BY_SCHEDULE[:3]),
        (Employment(died_on=date(2005, 8, 1)), ["2005-08-01 1000"]),
        (Employment(died_on=date(2006, 10, 1)), [*BY_SCHEDULE[:2], "2006-10-01 375"]),
        (Employment(disabled_on=date(2006, 9, 30)), [BY_SCHEDULE[0], "2006-09-30 500"]),
        (Employment(died_on=date(2008, 1, 1)), BY_SCHEDULE),
        # A disability of before the Award that ended employment after it: everything vests on the Award Date.
        (
            Employment(ceased_on=date(2005, 9, 1), cessation=Cessation.DISABILITY, disabled_on=date(2005, 6, 1)),
            ["2005-07-01 1000"],
        ),
    ],
)
def test_vestings_are_those_that_the_facts_leave(facts: Employment, expected: list[str]) -> None:
    found = vestings(award_date=AWARD_DATE, options=1000, employment=facts)
    assert [f"{row.vests_on} {row.options}" for row in found] == expected


def test_vestings_leave_out_tranches_of_nothing() -> None:
    # 3 → 2, 0, 0, 0, 1.
    found = vestings(award_date=AWARD_DATE, options=3)
    assert found == (Vesting(date(2006, 6, 30), 2), Vesting(date(2007, 6, 30), 1))
