from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.agreement.lapse import (
    LapseReason,
    last_exercise_day,
    last_moment,
    unvested_lapse_on,
    vested_lapse,
)
from awards.agreement.terms import Terms

AWARD_DATE = date(2005, 7, 1)


def on(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def facts(ceased: str | None, cessation: str | None, died: str | None, disabled: str | None) -> Employment:
    return Employment(
        ceased_on=on(ceased),
        cessation=Cessation(cessation) if cessation else None,
        died_on=on(died),
        disabled_on=on(disabled),
        retired_on=on(ceased) if cessation == "retirement" else None,
    )


@pytest.mark.parametrize(
    ("employment", "lapses_on", "reason", "clause"),
    [
        (facts(None, None, None, None), "2009-07-01", LapseReason.TERM, "§4.2(a)"),
        # (b): the first anniversary of death or Disability, of 29 February the 28th
        (facts(None, None, "2006-08-01", None), "2007-08-01", LapseReason.DEATH, "§4.2(b)"),
        (facts("2006-08-01", "death", "2006-08-01", None), "2007-08-01", LapseReason.DEATH, "§4.2(b)"),
        (facts(None, None, None, "2008-02-29"), "2009-02-28", LapseReason.DISABILITY, "§4.2(b)"),
        (facts("2006-09-01", "disability", None, "2006-08-01"), "2007-08-01", LapseReason.DISABILITY, "§4.2(b)"),
        (facts(None, None, "2006-12-01", "2006-08-01"), "2007-08-01", LapseReason.DISABILITY, "§4.2(b)"),
        # (c): Cause, on the day itself, whatever else happened
        (facts("2006-08-01", "cause", None, None), "2006-08-01", LapseReason.CAUSE, "§4.2(c)"),
        (facts("2006-08-01", "cause", None, "2006-01-02"), "2006-08-01", LapseReason.CAUSE, "§4.2(c)"),
        # (d): the 180th day, retirement included
        (facts("2006-08-01", "other", None, None), "2007-01-28", LapseReason.CESSATION, "§4.2(d)"),
        (facts("2006-08-01", "retirement", None, None), "2007-01-28", LapseReason.CESSATION, "§4.2(d)"),
        (facts("2006-12-01", "other", None, None), "2007-05-30", LapseReason.CESSATION, "§4.2(d)"),
        # I5: each on its own, the earliest wins
        (facts("2006-08-01", "other", "2006-12-01", None), "2007-01-28", LapseReason.CESSATION, "§4.2(d)"),
        (facts("2006-12-01", "other", None, "2006-03-01"), "2007-03-01", LapseReason.DISABILITY, "§4.2(b)"),
        (facts("2006-08-01", "other", None, "2006-08-02"), "2007-01-28", LapseReason.CESSATION, "§4.2(d)"),
        # never beyond the fourth anniversary
        (facts("2009-01-01", "other", None, None), "2009-06-30", LapseReason.CESSATION, "§4.2(d)"),
        (facts("2009-01-02", "other", None, None), "2009-07-01", LapseReason.TERM, "§4.2(a)"),
        (facts("2009-01-03", "other", None, None), "2009-07-01", LapseReason.TERM, "§4.2(a)"),
        (facts(None, None, "2008-06-30", None), "2009-06-30", LapseReason.DEATH, "§4.2(b)"),
        (facts(None, None, "2008-07-02", None), "2009-07-01", LapseReason.TERM, "§4.2(a)"),
        # I6: on a day that Cause shares with another limb nothing is exercisable
        (facts("2009-06-30", "cause", None, None), "2009-06-30", LapseReason.CAUSE, "§4.2(c)"),
        (facts("2009-07-01", "cause", None, None), "2009-07-01", LapseReason.CAUSE, "§4.2(c)"),
        (facts("2009-07-02", "cause", None, None), "2009-07-01", LapseReason.TERM, "§4.2(a)"),
        (facts("2007-08-01", "cause", None, "2006-08-01"), "2007-08-01", LapseReason.CAUSE, "§4.2(c)"),
        (facts("2007-08-02", "cause", None, "2006-08-01"), "2007-08-01", LapseReason.DISABILITY, "§4.2(b)"),
    ],
)
def test_vested_lapse_is_the_earliest_limb(
    employment: Employment, lapses_on: str, reason: LapseReason, clause: str
) -> None:
    lapse = vested_lapse(award_date=AWARD_DATE, employment=employment)
    assert (str(lapse.lapses_on), lapse.reason, lapse.clause) == (lapses_on, reason, clause)


def test_vested_lapse_keeps_every_limb_that_applies() -> None:
    lapse = vested_lapse(award_date=AWARD_DATE, employment=facts("2006-08-01", "other", "2006-12-01", "2006-03-01"))
    assert lapse.candidates == (
        (LapseReason.TERM, date(2009, 7, 1), "§4.2(a)"),
        (LapseReason.DEATH, date(2007, 12, 1), "§4.2(b)"),
        (LapseReason.DISABILITY, date(2007, 3, 1), "§4.2(b)"),
        (LapseReason.CESSATION, date(2007, 1, 28), "§4.2(d)"),
    )


def test_death_and_disability_leave_no_180_days() -> None:
    for employment in (
        facts("2006-08-01", "death", "2006-08-01", None),
        facts("2006-08-01", "disability", None, "2006-08-01"),
    ):
        reasons = [
            candidate.reason for candidate in vested_lapse(award_date=AWARD_DATE, employment=employment).candidates
        ]
        assert LapseReason.CESSATION not in reasons


def test_vested_lapse_of_an_award_on_29_february() -> None:
    assert vested_lapse(award_date=date(2008, 2, 29)).lapses_on == date(2012, 2, 29)


def test_vested_lapse_follows_other_terms() -> None:
    terms = Terms(name="later form", term_years=7, death_or_disability_years=2, other_cessation_days=90)
    assert vested_lapse(award_date=AWARD_DATE, terms=terms).lapses_on == date(2012, 7, 1)
    died = vested_lapse(award_date=AWARD_DATE, employment=Employment(died_on=date(2006, 8, 1)), terms=terms)
    assert died.lapses_on == date(2008, 8, 1)
    left = vested_lapse(award_date=AWARD_DATE, employment=facts("2006-08-01", "other", None, None), terms=terms)
    assert left.lapses_on == date(2006, 10, 30)


def test_a_cessation_before_the_award_lapses_nothing_of_it() -> None:
    rehired = facts("2005-06-30", "other", None, None)
    assert vested_lapse(award_date=AWARD_DATE, employment=rehired).reason is LapseReason.TERM


@pytest.mark.parametrize(
    ("employment", "expected"),
    [
        (EMPLOYED, None),
        (facts(None, None, None, "2006-08-01"), None),
        (facts("2006-08-01", "other", None, None), "2006-08-01"),
        (facts(None, None, "2006-08-01", None), "2006-08-01"),
    ],
)
def test_unvested_lapse_on_the_day_employment_ends(employment: Employment, expected: str | None) -> None:
    assert unvested_lapse_on(employment) == on(expected)


@pytest.mark.parametrize(
    ("employment", "last_day", "moment"),
    [
        # the fourth anniversary, Wednesday 2009-07-01
        (EMPLOYED, "2009-07-01", "2009-07-01T16:00-04:00"),
        # the 180th day is Sunday 2007-01-28
        (facts("2006-08-01", "other", None, None), "2007-01-26", "2007-01-26T16:00-05:00"),
        # the 180th day is Monday 2006-07-03, a half day; then Independence Day; then a Wednesday
        (facts("2006-01-04", "other", None, None), "2006-07-03", "2006-07-03T13:00-04:00"),
        (facts("2006-01-05", "other", None, None), "2006-07-03", "2006-07-03T13:00-04:00"),
        (facts("2006-01-06", "other", None, None), "2006-07-05", "2006-07-05T16:00-04:00"),
        # Cause on a Tuesday, on a Monday
        (facts("2006-08-01", "cause", None, None), "2006-07-31", "2006-07-31T16:00-04:00"),
        (facts("2006-07-31", "cause", None, None), "2006-07-28", "2006-07-28T16:00-04:00"),
        # Cause on the fourth anniversary, a Wednesday, and on the day after
        (facts("2009-07-01", "cause", None, None), "2009-06-30", "2009-06-30T16:00-04:00"),
        (facts("2009-07-02", "cause", None, None), "2009-07-01", "2009-07-01T16:00-04:00"),
    ],
)
def test_last_moment_is_the_close_of_the_last_trading_day(calendar, employment, last_day: str, moment: str) -> None:
    lapse = vested_lapse(award_date=AWARD_DATE, employment=employment)
    assert str(last_exercise_day(lapse, calendar)) == last_day
    assert last_moment(lapse, calendar) == datetime.fromisoformat(moment)
    assert last_moment(lapse, calendar).tzinfo == ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("employment", "expected"),
    [
        (EMPLOYED, [True, True, False]),
        (facts("2009-06-01", "cause", None, None), [True, False, False]),
        (facts("2009-07-01", "cause", None, None), [True, False, False]),
        (facts("2009-07-02", "cause", None, None), [True, True, False]),
    ],
)
def test_exercise_is_allowed_to_the_lapse_date_but_for_cause_before_it(
    employment: Employment, expected: list[bool]
) -> None:
    lapse = vested_lapse(award_date=AWARD_DATE, employment=employment)
    days = [date.fromordinal(lapse.lapses_on.toordinal() + step) for step in (-1, 0, 1)]
    assert [lapse.allows_exercise_on(day) for day in days] == expected
