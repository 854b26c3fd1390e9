from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awards.agreement.capital import CapitalAdjustment
from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.agreement.errors import InvalidAward
from awards.agreement.lapse import LapseReason
from awards.agreement.standing import Standing, newly_vested, standing

AWARD_DATE = date(2005, 7, 1)
LEFT = Employment(ceased_on=date(2006, 9, 29), cessation=Cessation.OTHER)
LEFT_ON_VESTING_DATE = Employment(ceased_on=date(2006, 9, 30), cessation=Cessation.OTHER)
DISMISSED = Employment(ceased_on=date(2006, 9, 29), cessation=Cessation.CAUSE)
DIED = Employment(died_on=date(2006, 9, 29))
DIED_AFTER = Employment(ceased_on=date(2006, 9, 29), cessation=Cessation.OTHER, died_on=date(2006, 10, 2))
RETIRED = Employment(ceased_on=date(2006, 9, 29), cessation=Cessation.RETIREMENT, retired_on=date(2006, 9, 29))
REHIRED = Employment(ceased_on=date(2005, 6, 30), cessation=Cessation.OTHER)


def stands(on: str, employment: Employment = EMPLOYED, unlapsed: int = 1002, **more) -> Standing:
    return standing(
        award_date=AWARD_DATE,
        options=1002,
        unlapsed=unlapsed,
        on=date.fromisoformat(on),
        employment=employment,
        **more,
    )


@pytest.mark.parametrize(
    ("on", "employment", "vested", "unvested", "exercisable", "unvested_lapsed"),
    [
        ("2005-06-30", EMPLOYED, 0, 1002, 0, 0),
        ("2006-06-29", EMPLOYED, 0, 1002, 0, 0),
        ("2006-06-30", EMPLOYED, 501, 501, 501, 0),
        ("2006-07-01", EMPLOYED, 501, 501, 501, 0),
        ("2007-06-30", EMPLOYED, 1002, 0, 1002, 0),
        ("2009-06-30", EMPLOYED, 1002, 0, 1002, 0),
        ("2009-07-01", EMPLOYED, 1002, 0, 1002, 0),
        ("2009-07-02", EMPLOYED, 1002, 0, 0, 0),
        # left the day before, on the day of a tranche; the 180th days are 2007-03-28 and -29
        ("2006-09-28", LEFT, 501, 501, 501, 0),
        ("2006-09-29", LEFT, 501, 0, 501, 501),
        ("2006-09-30", LEFT, 501, 0, 501, 501),
        ("2007-03-28", LEFT, 501, 0, 501, 501),
        ("2007-03-29", LEFT, 501, 0, 0, 501),
        ("2006-09-30", LEFT_ON_VESTING_DATE, 626, 0, 626, 376),
        ("2007-03-29", LEFT_ON_VESTING_DATE, 626, 0, 626, 376),
        ("2007-03-30", LEFT_ON_VESTING_DATE, 626, 0, 0, 376),
        # for Cause nothing is exercisable from the day on
        ("2006-09-28", DISMISSED, 501, 501, 501, 0),
        ("2006-09-29", DISMISSED, 501, 0, 0, 501),
        # death and retirement vest everything first
        ("2006-09-28", DIED, 501, 501, 501, 0),
        ("2006-09-29", DIED, 1002, 0, 1002, 0),
        ("2007-09-29", DIED, 1002, 0, 1002, 0),
        ("2007-09-30", DIED, 1002, 0, 0, 0),
        ("2007-03-28", RETIRED, 1002, 0, 1002, 0),
        ("2007-03-29", RETIRED, 1002, 0, 0, 0),
        # a death after employment has ended changes nothing
        ("2006-10-02", DIED_AFTER, 501, 0, 501, 501),
        ("2007-03-29", DIED_AFTER, 501, 0, 0, 501),
        ("2006-06-30", REHIRED, 501, 501, 501, 0),
    ],
)
def test_standing_is_by_the_facts_of_the_day(
    on: str, employment: Employment, vested: int, unvested: int, exercisable: int, unvested_lapsed: int
) -> None:
    result = stands(on, employment)
    assert (result.vested, result.unvested, result.exercisable) == (vested, unvested, exercisable)
    assert result.unvested_lapsed == unvested_lapsed
    assert result.unvested_lapsed_on == (employment.ended_on if unvested_lapsed else None)


def test_standing_takes_exercises_from_what_has_vested() -> None:
    result = stands("2006-06-30", unlapsed=902)
    assert (result.vested, result.unvested, result.exercisable) == (401, 501, 401)


def test_standing_does_not_depend_on_the_unvested_lapse_having_been_written() -> None:
    written = stands("2006-10-15", LEFT, unlapsed=501, unvested_already_gone=True)
    late = stands("2006-10-15", LEFT)
    assert (written.vested, written.exercisable) == (late.vested, late.exercisable) == (501, 501)
    assert (written.unvested_lapsed, written.unvested_lapsed_on) == (0, None)


def test_standing_of_a_cancelled_award_is_nothing() -> None:
    result = stands("2006-06-30", unlapsed=0)
    assert (result.vested, result.unvested, result.exercisable) == (0, 0, 0)


def test_standing_names_the_lapse() -> None:
    assert stands("2006-06-30", LEFT).lapse.reason is LapseReason.CESSATION
    assert stands("2006-06-30").lapse.lapses_on == date(2009, 7, 1)


REVERSE = CapitalAdjustment(effective_on=date(2007, 1, 15), new=1, old=15)


@pytest.mark.parametrize(
    ("on", "unlapsed", "vested", "unvested"),
    [
        ("2007-01-14", 1002, 751, 251),
        # 1002 ÷ 15 = 66.8 and 251 ÷ 15 = 16.7, each without its fraction
        ("2007-01-15", 66, 50, 16),
        ("2007-03-31", 66, 58, 8),
        ("2007-06-30", 66, 66, 0),
    ],
)
def test_standing_counts_in_osos_of_the_day(on: str, unlapsed: int, vested: int, unvested: int) -> None:
    result = stands(on, unlapsed=unlapsed, adjustments=[REVERSE])
    assert (result.vested, result.unvested) == (vested, unvested)


@pytest.mark.parametrize("effective_on", ["2005-06-30", "2005-07-01"])
def test_an_adjustment_to_the_award_date_is_in_the_award_already(effective_on: str) -> None:
    earlier = CapitalAdjustment(effective_on=date.fromisoformat(effective_on), new=1, old=15)
    assert stands("2006-06-30", adjustments=[earlier]).unvested == 501


def test_an_adjustment_after_leaving_leaves_the_vested_theirs() -> None:
    # 501 unvested lapse on leaving; of the 66 that an unlapsed ledger would show, 33 stood for them
    result = stands("2007-02-01", LEFT, unlapsed=66, adjustments=[REVERSE])
    assert (result.vested, result.unvested, result.unvested_lapsed) == (33, 0, 33)


def test_standing_refuses_an_award_of_nothing() -> None:
    with pytest.raises(InvalidAward):
        standing(award_date=AWARD_DATE, options=0, unlapsed=0, on=AWARD_DATE)


@given(
    st.integers(1, 5000),
    st.dates(date(2005, 6, 1), date(2010, 1, 1)),
    st.none() | st.dates(date(2005, 7, 1), date(2010, 1, 1)),
)
def test_standing_conserves_what_there_is(options: int, on: date, left_on: date | None) -> None:
    facts = Employment(ceased_on=left_on, cessation=Cessation.OTHER) if left_on else EMPLOYED
    result = standing(award_date=AWARD_DATE, options=options, unlapsed=options, on=on, employment=facts)
    assert result.vested + result.unvested + result.unvested_lapsed == options
    assert min(result.vested, result.unvested, result.unvested_lapsed) >= 0
    assert result.exercisable in (0, result.vested)


@pytest.mark.parametrize(
    ("on", "employment", "expected"),
    [
        ("2006-06-29", EMPLOYED, 0),
        ("2006-06-30", EMPLOYED, 501),
        ("2006-07-01", EMPLOYED, 0),
        ("2006-09-30", EMPLOYED, 125),
        ("2007-06-30", EMPLOYED, 126),
        ("2006-09-30", LEFT, 0),
        ("2006-09-30", LEFT_ON_VESTING_DATE, 125),
        # A death vests what has not: of 1,002 the 501 after the first tranche. Nothing vests after it.
        ("2006-09-29", DIED, 501),
        ("2006-09-30", DIED, 0),
    ],
)
def test_newly_vested_is_of_that_very_day(on, employment, expected):
    day = date.fromisoformat(on)
    assert newly_vested(award_date=AWARD_DATE, options=1002, on=day, employment=employment) == expected


@pytest.mark.parametrize(("effective_on", "expected"), [("2006-09-30", 250), ("2006-10-01", 125), ("2005-07-01", 125)])
def test_newly_vested_is_in_options_of_that_day(effective_on, expected):
    split = CapitalAdjustment(effective_on=date.fromisoformat(effective_on), new=2, old=1)
    vests = newly_vested(award_date=AWARD_DATE, options=1002, on=date(2006, 9, 30), adjustments=[split])
    assert vests == expected
