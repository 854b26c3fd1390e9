from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from awards.agreement.employment import Cessation, Employment
from awards.agreement.errors import LastMomentPassed, NaiveInstant
from awards.agreement.exercise_date import admissible_exercise_date, cut_off, exercise_date
from awards.agreement.lapse import vested_lapse

# received in New York, Exercise Date
RECEIVED = [
    # Monday 2007-04-02, a whole day
    ("2007-04-02T00:00:00.000000", "2007-04-02"),
    ("2007-04-02T09:29:59.999999", "2007-04-02"),
    ("2007-04-02T15:59:59.999999", "2007-04-02"),
    ("2007-04-02T16:00:00.000000", "2007-04-02"),
    ("2007-04-02T16:00:00.000001", "2007-04-03"),
    ("2007-04-02T16:15:00.000000", "2007-04-03"),
    ("2007-04-02T23:59:59.999999", "2007-04-03"),
    # Monday 2006-07-03, trading closes at 13:00; the 4th is a holiday
    ("2006-07-03T12:59:59.999999", "2006-07-03"),
    ("2006-07-03T13:00:00.000000", "2006-07-03"),
    ("2006-07-03T13:00:00.000001", "2006-07-05"),
    ("2006-07-03T16:00:00.000000", "2006-07-05"),
    # the day after Thanksgiving
    ("2006-11-24T13:00:00.000000", "2006-11-24"),
    ("2006-11-24T13:00:00.000001", "2006-11-27"),
    # holidays and weekends
    ("2006-07-04T10:00:00.000000", "2006-07-05"),
    ("2007-04-05T16:00:00.000001", "2007-04-09"),
    ("2007-04-06T10:00:00.000000", "2007-04-09"),
    ("2007-04-07T00:00:00.000000", "2007-04-09"),
    ("2007-04-08T23:59:59.999999", "2007-04-09"),
    # the weekends on which the clocks change, and the trading days around them
    ("2007-03-09T16:00:00.000000", "2007-03-09"),
    ("2007-03-09T16:00:00.000001", "2007-03-12"),
    ("2007-03-11T01:59:59.999999", "2007-03-12"),
    ("2007-03-12T16:00:00.000000", "2007-03-12"),
    ("2006-10-29T01:30:00.000000", "2006-10-30"),
    ("2006-10-30T16:00:00.000001", "2006-10-31"),
]
ZONES = [ZoneInfo(name) for name in ("America/New_York", "UTC", "Pacific/Honolulu", "Asia/Kolkata")]


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize(("received", "expected"), RECEIVED)
def test_exercise_date_is_the_day_of_receipt_to_the_close(calendar, zone, received: str, expected: str) -> None:
    instant = datetime.fromisoformat(received).replace(tzinfo=ZoneInfo("America/New_York")).astimezone(zone)
    assert exercise_date(instant, calendar) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2007-04-02T19:59:59.999999+00:00", "2007-04-02"),
        ("2007-04-02T20:00:00.000001+00:00", "2007-04-03"),
        ("2007-03-09T21:00:00+00:00", "2007-03-09"),
        ("2007-03-12T20:00:00.000001+00:00", "2007-03-13"),
        ("2007-04-02T11:00:00-10:00", "2007-04-03"),
        ("2007-04-03T01:30:00+05:30", "2007-04-02"),
    ],
)
def test_exercise_date_of_instants_given_elsewhere(calendar, received: str, expected: str) -> None:
    assert exercise_date(datetime.fromisoformat(received), calendar) == date.fromisoformat(expected)


def test_exercise_date_refuses_an_instant_without_a_zone(calendar) -> None:
    with pytest.raises(NaiveInstant, match="2007-04-02T11:00:00 names no time zone"):
        exercise_date(datetime(2007, 4, 2, 11), calendar)  # noqa: DTZ001


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2007-04-02T15:59:59", "2007-04-02T20:00:00"),
        ("2007-04-02T16:00:00", "2007-04-02T20:00:00"),
        ("2007-04-02T16:00:01", "2007-04-03T20:00:00"),
        ("2006-07-03T12:59:59", "2006-07-03T17:00:00"),
        ("2006-07-03T13:00:00", "2006-07-03T17:00:00"),
        ("2006-07-03T13:00:00.000001", "2006-07-05T20:00:00"),
        ("2007-04-07T10:00:00", "2007-04-09T20:00:00"),
        # before the clocks go forward and after: 16:00 is another hour of UTC
        ("2007-03-09T16:00:00", "2007-03-09T21:00:00"),
        ("2007-03-09T16:00:00.000001", "2007-03-12T20:00:00"),
        ("2006-10-27T16:00:00.000001", "2006-10-30T21:00:00"),
    ],
)
def test_cut_off_is_the_close_of_the_exercise_date(calendar, zone, received: str, expected: str) -> None:
    instant = datetime.fromisoformat(received).replace(tzinfo=ZoneInfo("America/New_York")).astimezone(zone)
    found = cut_off(instant, calendar)
    assert found.astimezone(UTC) == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    # The very instant is still in time, and not a microsecond more.
    assert exercise_date(found, calendar) == exercise_date(instant, calendar)
    assert exercise_date(found.astimezone(UTC) + timedelta(microseconds=1), calendar) > exercise_date(instant, calendar)


LEFT = Employment(ceased_on=date(2006, 8, 1), cessation=Cessation.OTHER)  # lapses on Sunday 2007-01-28


@pytest.mark.parametrize(
    ("received", "expected"),
    [("2007-01-25T21:00:00.000001", "2007-01-26"), ("2007-01-26T21:00:00", "2007-01-26")],
)
def test_a_notice_to_the_last_moment_is_admitted(calendar, received: str, expected: str) -> None:
    lapse = vested_lapse(award_date=date(2005, 7, 1), employment=LEFT)
    instant = datetime.fromisoformat(received).replace(tzinfo=UTC)
    assert admissible_exercise_date(instant, lapse=lapse, calendar=calendar) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "received", ["2007-01-26T21:00:00.000001", "2007-01-27T15:00:00", "2007-01-28T15:00:00", "2007-01-29T15:00:00"]
)
def test_a_notice_after_the_last_moment_is_refused(calendar, received: str) -> None:
    lapse = vested_lapse(award_date=date(2005, 7, 1), employment=LEFT)
    with pytest.raises(LastMomentPassed) as refused:
        admissible_exercise_date(datetime.fromisoformat(received).replace(tzinfo=UTC), lapse=lapse, calendar=calendar)
    assert str(refused.value) == (
        "The Exercise Date would be 2007-01-29, but the last moment to exercise was 2007-01-26 16:00 New York time."
    )


def test_a_notice_on_the_day_of_termination_for_cause_is_refused(calendar) -> None:
    dismissed = Employment(ceased_on=date(2007, 1, 26), cessation=Cessation.CAUSE)
    lapse = vested_lapse(award_date=date(2005, 7, 1), employment=dismissed)
    on_the_eve = datetime(2007, 1, 25, 21, tzinfo=UTC)
    assert admissible_exercise_date(on_the_eve, lapse=lapse, calendar=calendar) == date(2007, 1, 25)
    with pytest.raises(LastMomentPassed):
        admissible_exercise_date(datetime(2007, 1, 26, 15, tzinfo=UTC), lapse=lapse, calendar=calendar)
