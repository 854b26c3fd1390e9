"""What waits for whom, on top of the desk's first page."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User

from awards.actions.question import answer_question
from awards.models import Award, Determination
from exercises.actions.settlement import choose_settlement
from exercises.admin.desk import waiting_for
from exercises.models import JobRun
from tests import builders
from tests.awards.actions.test_question import ask
from tests.awards.admin.people import at_the_desk, signed_in
from tests.exercises import given

NOW = builders.instant("2007-04-02")


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:00-04:00")


@pytest.fixture
def people(award: Award) -> dict[str, User]:
    """Everything waits: proposals and a settlement of the maker, a letter, an exercise to settle, a failed job."""
    found = at_the_desk()
    builders.proposed_award(builders.grantee("bob"), award_date="2007-04-01", initial_price="6.10")
    builders.approved_award(builders.grantee("bob"), award_date="2007-01-02", initial_price="6.10")
    builders.proposed_determination(award.grantee, Determination.Kind.COVERED_EMPLOYEE, "2007-03-01")
    given.give(award, 1_000)
    choose_settlement(notice=given.give(award, 500), stock_portion=Decimal(0), by=builders.proposer(), now=NOW)
    JobRun.objects.create(
        kind="check consistency", business_date="2007-04-01", state=JobRun.State.FAILED, claimed_at=NOW, problem="Bang"
    )
    return found


def labels(user: Any) -> dict[str, int]:
    return {row.label: row.count for row in waiting_for(user, NOW) if row.label != "Closes missing"}


def test_each_sees_what_waits_for_them_alone(people: dict[str, User]) -> None:
    letters = {"Award Letters to issue": 1}
    assert {name: labels(user) for name, user in people.items()} == {
        "maker": {**letters, "Exercises to settle": 1},
        "other": {"Awards to approve": 1, "Determinations to approve": 1, **letters, "Exercises to settle": 1},
        "plan": {**letters, "Jobs that should have run and have not": 9, "Jobs with problems": 1},
        "payroll": {"Withholding to provide": 1},
        "auditor": {},
        "staff": {},
    }


def test_open_questions_wait_for_who_may_answer_them(award: Award, people: dict[str, User]) -> None:
    questions = [ask(award) for _ in range(3)]
    answer_question(question=questions[0], text="So.", by=people["plan"], now=NOW)

    counted = {name: labels(user).get("Questions to answer") for name, user in people.items()}

    assert counted == {"maker": 2, "other": 2, "plan": 2, "payroll": None, "auditor": None, "staff": None}
    (row,) = [row for row in waiting_for(people["plan"], NOW) if row.label == "Questions to answer"]
    assert signed_in(people["plan"]).get(row.address).context["cl"].result_count == 2


def test_every_address_opens_a_list_of_as_many_rows(people: dict[str, User]) -> None:
    client = signed_in(people["other"])
    rows = [row for row in waiting_for(people["other"], NOW) if row.label != "Closes missing"]
    assert len(rows) == 4
    for row in rows:
        assert client.get(row.address).context["cl"].result_count == row.count


def test_first_page_shows_the_panel_and_the_committee_s_order(people: dict[str, User]) -> None:
    html = signed_in(people["other"]).get("/admin/").content.decode()
    places = [html.index(text) for text in ("Waiting for you", "Awards to approve", ">Grantees<", ">Job runs<")]
    assert places == sorted(places)
    assert "Nothing waits for you." in signed_in(people["auditor"]).get("/admin/").content.decode()


def test_first_page_of_one_app_has_no_panel(people: dict[str, User]) -> None:
    assert "Waiting for you" not in signed_in(people["other"]).get("/admin/awards/").content.decode()


@pytest.mark.parametrize(
    ("state", "on", "problem", "counted"),
    [
        ("done", "2007-03-26", "Found", 0),
        ("done", "2007-03-27", "Found", 1),
        ("done", "2007-04-01", "", 0),
        ("waiting", "2007-01-05", "No close", 1),
        ("running", "2007-04-01", "Earlier", 0),
    ],
)
def test_problem_of_a_job_is_news_for_a_week_once_it_is_done(
    people: dict[str, User], state: str, on: str, problem: str, counted: int
) -> None:
    JobRun.objects.all().delete()
    JobRun.objects.create(
        kind="price notices", business_date=on, state=state, claimed_at=NOW, finished_at=NOW, problem=problem
    )
    assert labels(people["plan"]).get("Jobs with problems", 0) == counted
