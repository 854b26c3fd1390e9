"""What becomes of 10,000 OSOs of 2006-04-01 when employment ends, worked by hand.

5,000 vest on 2007-03-31, 1,250 on 2007-06-30, 2007-09-30 and 2007-12-31, the rest on 2008-03-31; the term ends on
2010-04-01. 180 days from 2007-07-01 end on Friday 2007-12-28.
"""

from datetime import date

import pytest

from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.leaving import Consequence, consequence
from awards.market.calendar import trading_calendar
from awards.models import Award, OptionEntry
from awards.queries import for_holdings, holdings
from tests import builders
from tests.awards.test_queries import exercise

pytestmark = pytest.mark.django_db


@pytest.fixture
def award() -> Award:
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


def after(award: Award, reason: Cessation, on: str, facts: Employment = EMPLOYED) -> Consequence:
    (row,) = for_holdings(Award.objects.filter(pk=award.pk))
    day = date.fromisoformat(on)
    ended = facts.ending(day, reason)
    return consequence(
        row, row.entries.all(), ended, otherwise=facts, on=day, adjustments=(), calendar=trading_calendar()
    )


def figures(found: Consequence) -> tuple[int, int, int]:
    return found.vests, found.lapses_at_once, found.exercisable


@pytest.mark.parametrize(
    ("reason", "expected", "lapses_on", "clause"),
    [
        (Cessation.OTHER, (0, 3_750, 6_250), "2007-12-28", "§4.2(d)"),
        (Cessation.RETIREMENT, (3_750, 0, 10_000), "2007-12-28", "§4.2(d)"),
        (Cessation.DISABILITY, (3_750, 0, 10_000), "2008-07-01", "§4.2(b)"),
        (Cessation.DEATH, (3_750, 0, 10_000), "2008-07-01", "§4.2(b)"),
        (Cessation.CAUSE, (0, 10_000, 0), "2007-07-01", "§4.2(c)"),
    ],
)
def test_each_reason(award, reason, expected, lapses_on, clause) -> None:
    found = after(award, reason, "2007-07-01")
    assert figures(found) == expected
    assert (found.standing.lapse.lapses_on.isoformat(), found.standing.lapse.clause) == (lapses_on, clause)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2007-03-30", (0, 10_000, 0)),
        ("2007-03-31", (0, 5_000, 5_000)),
        ("2007-04-01", (0, 5_000, 5_000)),
        ("2008-03-30", (0, 1_250, 8_750)),
        ("2008-03-31", (0, 0, 10_000)),
    ],
)
def test_around_a_vesting_date(award, on, expected) -> None:
    assert figures(after(award, Cessation.OTHER, on)) == expected


@pytest.mark.parametrize(
    ("reason", "moment", "is_barred"),
    [(Cessation.OTHER, "2007-12-28 16:00", False), (Cessation.CAUSE, "2007-06-29 16:00", True)],
)
def test_last_moment(award, reason, moment, is_barred) -> None:
    found = after(award, reason, "2007-07-01")
    assert (f"{found.last_moment:%Y-%m-%d %H:%M}", found.is_barred) == (moment, is_barred)


def test_the_term_ends_the_180_days(award) -> None:
    found = after(award, Cessation.OTHER, "2010-03-01")
    assert (found.standing.lapse.lapses_on.isoformat(), found.exercisable) == ("2010-04-01", 10_000)


def test_what_was_exercised_is_gone(award) -> None:
    exercise(award, 2_000, "2007-04-02")
    assert figures(after(award, Cessation.OTHER, "2007-07-01")) == (0, 3_750, 4_250)
    assert figures(after(award, Cessation.CAUSE, "2007-07-01")) == (0, 8_000, 0)


def test_a_disability_on_record_has_vested_everything_already(award) -> None:
    found = after(award, Cessation.OTHER, "2007-07-01", Employment(disabled_on=date(2006, 12, 1)))
    assert figures(found) == (0, 0, 10_000)
    assert found.standing.lapse.lapses_on.isoformat() == "2007-12-01"


def test_what_lapsed_before_does_not_lapse_at_once(award) -> None:
    found = after(award, Cessation.OTHER, "2010-04-02")
    assert figures(found) == (0, 0, 0)
    assert found.has_lapsed_before


def test_nothing_is_written(award) -> None:
    before = list(OptionEntry.objects.values_list())
    after(award, Cessation.CAUSE, "2007-07-01")
    assert list(OptionEntry.objects.values_list()) == before


@pytest.mark.parametrize("reason", [Cessation.OTHER, Cessation.DEATH])
@pytest.mark.parametrize("on", ["2007-03-30", "2007-07-01", "2009-12-31"])
def test_is_what_recording_it_writes(award, reason, on) -> None:
    supposed = after(award, reason, on)
    if reason is Cessation.DEATH:
        builders.died(award.grantee, on)
    else:
        builders.ceased(award.grantee, on)
    (found,) = holdings(Award.objects.filter(pk=award.pk), on=date.fromisoformat(on), calendar=trading_calendar())
    assert found.standing == supposed.standing
