"""What is on record of a Grantee, read as the Agreement's facts for an Award of a given date."""

from datetime import date

import pytest

from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.facts import employment, is_covered_employee
from awards.models import Determination, EmploymentFact, Grantee
from tests import builders as given

pytestmark = pytest.mark.django_db
Kind = Determination.Kind
AWARD_DATE = date(2005, 7, 1)
LEFT = date(2007, 1, 31)


@pytest.fixture
def ada() -> Grantee:
    return given.grantee()


def read(holder: Grantee, award_date: date = AWARD_DATE) -> Employment:
    return employment(Grantee.objects.get(pk=holder.pk), award_date=award_date)


def test_nothing_on_record(ada: Grantee) -> None:
    assert read(ada) == EMPLOYED


def test_cessation_for_any_other_reason(ada: Grantee) -> None:
    given.ceased(ada, LEFT)
    assert read(ada) == Employment(ceased_on=LEFT, cessation=Cessation.OTHER)


@pytest.mark.parametrize(
    ("award_date", "counts"),
    [(date(2007, 1, 30), True), (date(2007, 1, 31), True), (date(2007, 2, 1), False)],
    ids=["day before", "the day", "day after"],
)
def test_cessation_counts_for_awards_up_to_its_day(ada: Grantee, award_date: date, counts: bool) -> None:
    given.ceased(ada, LEFT)
    assert (read(ada, award_date).ceased_on == LEFT) is counts


def test_second_cessation_counts_for_awards_after_the_first(ada: Grantee) -> None:
    given.ceased(ada, LEFT)
    given.ceased(ada, "2009-03-31")
    assert [read(ada).ceased_on, read(ada, date(2008, 1, 2)).ceased_on] == [LEFT, date(2009, 3, 31)]


def test_death_is_the_cessation_of_its_day(ada: Grantee) -> None:
    given.ceased(ada, LEFT)
    given.died(ada, LEFT)
    assert read(ada) == Employment(ceased_on=LEFT, cessation=Cessation.DEATH, died_on=LEFT)


def test_death_after_leaving_leaves_the_cessation(ada: Grantee) -> None:
    given.ceased(ada, LEFT)
    given.died(ada, "2007-03-01")
    assert read(ada) == Employment(ceased_on=LEFT, cessation=Cessation.OTHER, died_on=date(2007, 3, 1))


def test_retirement_is_determined_of_the_day_of_leaving(ada: Grantee) -> None:
    given.ceased(ada, LEFT)
    given.determined(ada, Kind.RETIREMENT, LEFT)
    assert read(ada) == Employment(ceased_on=LEFT, cessation=Cessation.RETIREMENT, retired_on=LEFT)


def test_cause_comes_before_everything_else(ada: Grantee) -> None:
    given.ceased(ada, LEFT)
    given.determined(ada, Kind.RETIREMENT, LEFT)
    given.determined(ada, Kind.CAUSE, LEFT)
    assert read(ada) == Employment(ceased_on=LEFT, cessation=Cessation.CAUSE)


@pytest.mark.parametrize("step", [given.proposed_determination, given.determined])
def test_only_an_approved_determination_counts(ada: Grantee, step: object) -> None:
    step(ada, Kind.DISABILITY, LEFT)  # type: ignore[operator]
    expected = EMPLOYED if step is given.proposed_determination else Employment(disabled_on=LEFT)
    assert read(ada) == expected


def test_rejected_determination_does_not_count(ada: Grantee) -> None:
    given.rejected(given.proposed_determination(ada, Kind.DISABILITY, LEFT), on="2007-02-01")
    assert read(ada) == EMPLOYED


@pytest.mark.parametrize(
    ("disabled_on", "cessation"),
    [("2007-01-30", Cessation.DISABILITY), ("2007-01-31", Cessation.DISABILITY), ("2007-02-01", Cessation.OTHER)],
)
def test_leaving_disabled_waits_for_the_determination(ada: Grantee, disabled_on: str, cessation: Cessation) -> None:
    given.ceased(ada, LEFT, reason=EmploymentFact.Reason.DISABILITY)
    assert read(ada).cessation is Cessation.OTHER
    given.determined(ada, Kind.DISABILITY, disabled_on)
    assert read(ada).cessation is cessation


def test_disability_of_the_awards_own_time_counts_beside_an_earlier_one(ada: Grantee) -> None:
    given.determined(ada, Kind.DISABILITY, "2004-05-03")
    given.determined(ada, Kind.DISABILITY, "2006-05-15")
    given.determined(ada, Kind.DISABILITY, "2006-11-15")
    assert read(ada).since(AWARD_DATE).disabled_on == date(2006, 5, 15)


def test_earlier_disability_may_end_employment_later(ada: Grantee) -> None:
    given.determined(ada, Kind.DISABILITY, "2004-05-03")
    given.ceased(ada, LEFT, reason=EmploymentFact.Reason.DISABILITY)
    assert read(ada) == Employment(ceased_on=LEFT, cessation=Cessation.DISABILITY, disabled_on=date(2004, 5, 3))


def test_reversed_rows_do_not_count(ada: Grantee) -> None:
    given.reversed_fact(given.ceased(ada, LEFT), on="2007-02-01")
    disability = given.determined(ada, Kind.DISABILITY, LEFT)
    given.determined(ada, Kind.DISABILITY, LEFT, reverses=disability, decided_on="2007-02-01")
    assert read(ada) == EMPLOYED


@pytest.mark.parametrize(("on", "covered"), [("2006-05-14", False), ("2006-05-15", True), ("2006-05-16", True)])
def test_covered_employee_from_the_day_determined(ada: Grantee, on: str, covered: bool) -> None:
    given.determined(ada, Kind.COVERED_EMPLOYEE, "2006-05-15")
    assert is_covered_employee(ada, given.day(on)) is covered
