"""Whose ledger the database can vouch for, and whose is looked at by the rules alone."""

import pytest
from django.db import connection

from awards.actions.award import decline_award
from awards.actions.lapses import write_lapses
from awards.models import Award, Determination, OptionEntry
from exercises import consistency
from exercises.suspects import suspects
from tests import builders
from tests.exercises.given import give, moment

pytestmark = pytest.mark.django_db


def test_ledger_of_an_employee_who_exercised_is_in_order(award):
    give(award, 1_000)
    give(award, 500)

    assert suspects() == []


def test_ledger_of_one_who_left_is_in_order_before_and_after_each_lapse(award):
    builders.ceased(award.grantee, "2007-04-04")
    assert suspects() == []
    for through in ("2007-04-04", "2007-09-30", "2007-10-01"):
        write_lapses(through=builders.day(through), now=moment("2007-10-02"))
        assert suspects() == []
    assert Award.objects.get().outstanding == 0


def test_ledger_of_one_who_left_after_the_term_is_in_order(award):
    write_lapses(through=builders.day("2010-04-01"), now=moment("2010-04-02"))
    builders.ceased(award.grantee, "2010-04-02")

    assert suspects() == []


def test_ledger_of_one_who_came_back_is_in_order():
    holder = builders.grantee()
    builders.ceased(holder, "2006-03-31")
    builders.granted_award(holder, award_date="2006-04-01")

    assert suspects() == []


@pytest.mark.parametrize("what", ["died", "transferred", "left twice", "determined", "declined"])
def test_what_is_out_of_the_ordinary_is_looked_at_alone(award, what):
    builders.granted_award(builders.grantee("ben"))
    if what == "died":
        builders.died(award.grantee, "2007-04-04")
    elif what == "transferred":
        builders.transferred(award.grantee, "2007-04-04")
    elif what == "left twice":
        builders.ceased(award.grantee, "2005-12-30")
        builders.ceased(award.grantee, "2007-04-04")
    elif what == "determined":
        builders.determined(award.grantee, Determination.Kind.COVERED_EMPLOYEE, "2007-04-04")
    else:
        award = builders.issued_award(builders.grantee("eve"))
        decline_award(award=award, by=award.grantee.user, reason="Tax", now=award.letter_issued_at)

    assert suspects() == [award.pk]
    assert list(consistency.differences()) == []


@pytest.mark.parametrize("missing", [False, True])
def test_grant_that_is_there_twice_is_found(award, missing):
    """Also where another's is missing, so that there are as many as there should be."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite cannot drop a key of a table")
    other = builders.granted_award()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE awards_optionentry DROP CONSTRAINT optionentry_sequence_once")
        cursor.execute("SET LOCAL session_replication_role = replica")
    OptionEntry.objects.create(**(OptionEntry.objects.filter(award=award).values().get() | {"id": None, "cause": "2"}))
    if missing:
        OptionEntry.objects.filter(award=other)._raw_delete("default")

    assert suspects() == ([award.pk, other.pk] if missing else [award.pk])
    assert f"{award.number}: 10000 outstanding, and its ledger adds up to 20000" in list(consistency.differences())
