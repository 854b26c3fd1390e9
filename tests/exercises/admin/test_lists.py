"""Lists cost the same at one row and at three."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from awards.models import Award, Determination
from tests import builders
from tests.awards.actions.test_question import ask
from tests.awards.admin.people import signed_in, superuser
from tests.exercises import given
from tests.exercises.admin.test_roles import chosen


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:30-04:00")


@pytest.fixture
def root(db: None) -> Client:
    client = signed_in(superuser())
    client.get(reverse("admin:index"))  # content types and the like are read once
    return client


def an_award(number: int) -> None:
    builders.granted_award(builders.grantee(f"holder{number}"), award_date="2007-01-01", initial_price="6")


def a_fact(number: int) -> None:
    builders.transferred(builders.grantee(f"holder{number}"), "2007-01-05")


def a_determination(number: int) -> None:
    builders.proposed_determination(
        builders.grantee(f"holder{number}"), Determination.Kind.COVERED_EMPLOYEE, "2007-01-05"
    )


def a_representative(number: int) -> None:
    builders.appointed(builders.person(f"guardian{number}"), builders.grantee(f"holder{number}"))


def a_question(number: int) -> None:
    award = builders.granted_award(builders.grantee(f"holder{number}"), award_date="2007-01-01", initial_price="6")
    ask(award, "entry/1")


def an_adjustment(number: int) -> None:
    builders.adjusted(f"2007-06-0{number + 3}", 2, 1, decided_on="2007-04-01")


def a_rate(number: int) -> None:
    given.rate("US", "25", from_on=f"2007-01-0{number}")


def an_agreement(number: int) -> None:
    builders.agreement(f"Version {number}", dated_on="2006-01-01")


LISTS: list[tuple[str, Callable[[int], None], int]] = [
    ("awards_award", an_award, 6),
    ("awards_optionentry", an_award, 4),
    ("awards_auditevent", an_award, 5),
    ("awards_grantee", an_award, 5),
    ("awards_employmentfact", a_fact, 5),
    ("awards_determination", a_determination, 5),
    ("awards_representative", a_representative, 4),
    ("awards_question", a_question, 4),
    ("awards_capitaladjustment", an_adjustment, 4),
    ("awards_masteragreement", an_agreement, 4),
    ("exercises_withholdingrate", a_rate, 5),
]


@pytest.mark.parametrize(("name", "make", "queries"), [pytest.param(*row, id=row[0]) for row in LISTS])
def test_list_at_one_and_three_rows(
    root: Client, django_assert_num_queries: Any, name: str, make: Callable[[int], None], queries: int
) -> None:
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            make(number)
        with django_assert_num_queries(queries):
            root.get(reverse(f"admin:{name}_changelist"))


def test_list_of_exercises_at_one_and_three_rows(award: Award, root: Client, django_assert_num_queries: Any) -> None:
    for count in (1, 2):
        for _ in range(count):
            chosen(award)
        with django_assert_num_queries(6):
            root.get(reverse("admin:exercises_exercisenotice_changelist"))


def test_page_of_an_award_costs_the_same_with_one_and_with_three_exercises(award: Award, root: Client) -> None:
    address = reverse("admin:awards_award_change", args=[award.pk])
    root.get(address)  # what is kept between requests is read once
    asked = []
    for count in (1, 2):
        for _ in range(count):
            given.give(award, 100)
        with CaptureQueriesContext(connection) as queries:
            root.get(address)
        asked.append(len(queries))
    assert asked[0] == asked[1]
