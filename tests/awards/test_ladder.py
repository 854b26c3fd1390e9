"""The lapse ladder: for every window the rungs that fit into it, once each, also after a week without jobs."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from awards.ladder import LAST_RUNGS, Reminder, lapse_dates, reminder

LAPSE = date(2009, 6, 30)
DAY = timedelta(days=1)
EVERY = [180, 90, 60, 30, 14, 7, 3, 1]


def told(window: int, down: range = range(0)) -> Iterator[Reminder]:
    """What a job tells that takes one business date after the other, none of them on the days on which it is down.

    The window opens on its day 0 and the lapse is on its day `window`; what the job missed it does when it is up again.
    """
    opens = LAPSE - window * DAY
    due_next = 0
    for today in range(window + 1):
        if today in down:
            continue
        for due in range(due_next, today + 1):
            found = reminder(due_on=opens + due * DAY, lapses_on=LAPSE, today=opens + today * DAY)
            if found:
                yield found
        due_next = today + 1


def fitting(window: int) -> list[int]:
    return [rung for rung in EVERY if rung <= window]


def test_every_window_has_the_rungs_that_fit_into_it_once_each_on_their_day():
    for window in range(1_501):
        on_their_day = [Reminder(rung, LAPSE - rung * DAY, rung) for rung in fitting(window)]

        assert list(told(window)) == on_their_day, window


# How many days before the lapse the job is up again, so that a rung was missed, or just not.
UP_AGAIN = (0, 1, 2, 3, 6, 7, 8, 13, 14, 20, 29, 36, 59, 66, 89, 96, 179, 186)


def a_week_without_jobs(window: int, up_again: int) -> None:
    first = window - up_again - 7
    rows = list(told(window, range(first, first + 7)))

    assert [row.rung for row in rows] == fitting(window), (window, up_again)
    # A rung of those days is told when the job is up again, and says how many days are left then.
    left = [up_again if up_again < rung <= up_again + 7 else rung for rung in fitting(window)]
    assert [row.days_left for row in rows] == left, (window, up_again)


def test_a_week_without_jobs_loses_and_doubles_no_rung_of_any_window():
    for window in range(1_501):
        a_week_without_jobs(window, UP_AGAIN[window % len(UP_AGAIN)])


@pytest.mark.parametrize("up_again", UP_AGAIN)
def test_a_week_without_jobs_at_any_rung_of_a_short_window(up_again):
    for window in range(201):
        a_week_without_jobs(window, up_again)


def test_after_the_lapse_nothing_is_told_of_it():
    # Down from the eighth day before the lapse to the lapse date itself: up again on the day after.
    assert [reminder(due_on=LAPSE - rung * DAY, lapses_on=LAPSE, today=LAPSE + DAY) for rung in EVERY] == [None] * 8


def test_on_the_lapse_date_itself_a_late_rung_is_told_with_no_day_left():
    late = reminder(due_on=LAPSE - DAY, lapses_on=LAPSE, today=LAPSE)

    assert late == Reminder(1, LAPSE - DAY, 0)
    assert late.is_late


@pytest.mark.parametrize("off", [-1, 1])
@pytest.mark.parametrize("rung", EVERY)
def test_the_day_before_and_after_a_rung_has_none(rung, off):
    due_on = LAPSE - (rung + off) * DAY

    assert reminder(due_on=due_on, lapses_on=LAPSE, today=due_on) is None


def test_a_rung_on_its_day_is_not_late():
    assert not reminder(due_on=date(2009, 6, 23), lapses_on=LAPSE, today=date(2009, 6, 23)).is_late


def test_lapse_dates_are_those_whose_reminder_falls_due():
    days = [on.isoformat() for on in lapse_dates(date(2009, 1, 1))]

    assert days == [
        "2009-01-02", "2009-01-04", "2009-01-08", "2009-01-15", "2009-01-31", "2009-03-02", "2009-04-01", "2009-06-30"
    ]  # fmt: skip


def test_the_last_rungs_are_those_of_the_last_week():
    assert sorted(LAST_RUNGS) == [1, 3, 7]
