"""The rules' answers for the Award of 2006-04-01: its tranches vest on 2007-03-31, 06-30, 09-30, 12-31, 2008-03-31."""

from datetime import date

import pytest

from exercises.lapse_terms import NEVER, Key, Lapses, answers, as_rows
from tests import builders

pytestmark = pytest.mark.django_db
ON, TERM = date(2006, 4, 1), date(2010, 4, 1)


def test_employee_lapses_with_the_term():
    agreement = builders.agreement().pk

    found = answers([ON], [])

    assert found == ({Key(ON, agreement, NEVER): Lapses(TERM, None, 0)}, {})


@pytest.mark.parametrize(
    ("left_on", "lapses_on", "tranches", "unvested"),
    [
        (date(2006, 4, 1), date(2006, 9, 28), 0, 1_002),
        (date(2007, 3, 30), date(2007, 9, 26), 0, 1_002),
        (date(2007, 3, 31), date(2007, 9, 27), 1, 501),
        (date(2007, 6, 29), date(2007, 12, 26), 1, 501),
        (date(2007, 6, 30), date(2007, 12, 27), 2, 376),
        (date(2008, 3, 30), date(2008, 9, 26), 4, 126),
        (date(2008, 3, 31), date(2008, 9, 27), 5, 0),
        (date(2010, 4, 2), TERM, 5, 0),
    ],
)
def test_leaver_lapses_on_the_180th_day_and_the_unvested_at_once(left_on, lapses_on, tranches, unvested):
    """1,002 OSOs vest as 501, 125, 125, 125 and 126."""
    key = Key(ON, builders.agreement().pk, left_on)

    found = answers([], [(key, 1_002)])

    assert found.terms == {key: Lapses(lapses_on, left_on, tranches)}
    assert found.unvested == {(key.agreement, tranches, 1_002): unvested}


def test_one_who_left_before_the_award_date_is_an_employee():
    key = Key(ON, builders.agreement().pk, date(2006, 3, 31))

    assert answers([], [(key, 1_002)]) == ({key: Lapses(TERM, None, 0)}, {})


def test_key_that_the_rules_refuse_has_no_answer():
    key = Key(date(9999, 4, 1), builders.agreement().pk, date(9999, 5, 1))

    assert answers([], [(key, 1_002)]) == ({}, {})


def test_rows_are_plain():
    key = Key(ON, builders.agreement().pk, date(2008, 3, 30))

    assert as_rows(answers([], [(key, 1_002)])) == {
        "terms": [
            {
                "award_date": "2006-04-01",
                "agreement": key.agreement,
                "left_on": "2008-03-30",
                "lapses_on": "2008-09-26",
                "ended_on": "2008-03-30",
                "tranches": 4,
            }
        ],
        "unvested": [{"agreement": key.agreement, "tranches": 4, "options": 1_002, "unvested": 126}],
    }
