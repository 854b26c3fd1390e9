"""The desk's lists, searches and counts are answered by indexes, as PostgreSQL's plans say."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model, QuerySet
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from awards.market.long_list import LongList
from awards.models import Award, Determination, Grantee, Question, Representative
from exercises.models import ExerciseNotice
from tests import builders
from tests.awards.admin.people import superuser
from tests.benchmarks import lists
from tests.benchmarks.lists import FEW

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]
GROWING = [model for model in admin.site._registry if model not in FEW]


@pytest.fixture(autouse=True)
def few_rows(rows: dict[type[Model], Any], at: Callable[[str], datetime]) -> None:
    """A table of a few rows is read whole, or sorted, only where no index could do."""
    at("2007-04-02T11:30-04:00")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_incremental_sort = off")
        # As tables of which nothing is known: an ANALYZE outlives the test that asked for it, and calls them empty.
        cursor.execute(
            "UPDATE pg_class SET reltuples = -1, relpages = 0"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


def listed(model: type[Model], **given: str) -> QuerySet[Any]:
    request = RequestFactory().get("/", given)
    request.user = superuser()
    return admin.site._registry[model].get_changelist_instance(request).queryset


def test_every_list_that_grows_is_measured() -> None:
    assert lists.forgotten() == []


@pytest.mark.parametrize("model", GROWING, ids=lambda model: model._meta.label)
def test_list_is_read_in_the_order_of_an_index(model: type[Model]) -> None:
    plan = listed(model).values_list("pk")[4950:5000].explain()
    assert "Index" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("model", GROWING, ids=lambda model: model._meta.label)
def test_days_above_a_list_are_the_ends_of_an_index(model: type[Model]) -> None:
    desk = admin.site._registry[model]
    if not desk.date_hierarchy:
        return
    request = RequestFactory().get("/")
    request.user = superuser()
    shown = desk.get_changelist_instance(request)
    with CaptureQueriesContext(connection) as queries:
        shown.days_above()
    (ends,) = queries
    plan = plan_of(ends["sql"])
    assert plan.count("Limit") == 2
    assert "Seq Scan" not in plan


SEARCHES = [
    ("auth.user", "ada", {"user_address", "user_words", "auth_user_username"}),
    ("awards.grantee", "ada", {"grantee_words", "user_address", "awards_grantee_user_id_key"}),
    ("awards.grantee", "ada lovelace", {"grantee_words"}),
    ("awards.award", "ada", {"grantee_words", "awards_award_grantee_id"}),
    ("awards.optionentry", "A-000012", {"optionentry_"}),
    ("awards.optionentry", "exercise/7", {"optionentry_exercises"}),
    ("awards.optionentry", "ada", {"grantee_words", "optionentry_"}),
    ("awards.agreementacceptance", "ada", {"awards_agreementacceptance_grantee_id"}),
    ("awards.employmentfact", "ada", {"awards_employmentfact_grantee_id"}),
    ("awards.determination", "ada", {"awards_determination_grantee_id"}),
    ("awards.representative", "ada", {"awards_representative_grantee_id", "awards_representative_user_id"}),
    ("awards.auditevent", "award:12", {"auditevent_sequence_once", "auditevent_by_action"}),
    ("awards.auditevent", "ada@example.com", {"auditevent_by_actor", "user_address"}),
    ("awards.outboxmessage", "plan@example.com", {"outboxmessage_address", "awards_outboxmessage_key"}),
    ("awards.message", "A-000012", {"awards_message_award_id"}),
    ("awards.message", "ada", {"message_", "user_words"}),
    ("awards.question", "Q-000012", {"awards_question_pkey"}),
    ("awards.question", "A-000012", {"question_of_award"}),
    ("awards.question", "ada", {"awards_question_asked_by_id", "user_words"}),
    ("exercises.exercisenotice", "A-000012", {"exercises_exercisenotice_award_id"}),
    ("exercises.exercisenotice", "ada", {"exercises_exercisenotice_award_id"}),
    ("exercises.jobrun", "sweep", {"jobrun_once_a_date", "jobrun_with_problem"}),
    ("market.closingprice", "2007-03", {"market_closing_price_in_order"}),
    ("market.heldclose", "2007-03", {"market_held_close"}),
]


@pytest.mark.parametrize(("label", "text", "indexes"), SEARCHES)
def test_search_is_answered_by_its_indexes(label: str, text: str, indexes: set[str]) -> None:
    (desk,) = [desk for model, desk in admin.site._registry.items() if model._meta.label_lower == label]
    assert isinstance(desk, LongList)
    with CaptureQueriesContext(connection) as queries:
        desk.get_search_results(RequestFactory().get("/"), desk.model._default_manager.all(), text)
    plan = "\n".join(plan_of(query["sql"]) for query in queries)
    assert {index for index in indexes if index not in plan} == set()
    assert "Seq Scan" not in plan


def test_common_word_is_looked_for_among_the_few_who_have_the_rare_one() -> None:
    builders.grantee("grace", name="Grace Hopper")
    with CaptureQueriesContext(connection) as queries:
        assert [found.name for found in Grantee.objects.named("gr hopper")] == ["Grace Hopper"]
    rare, common = (plan_of(query["sql"]) for query in queries)
    assert "grantee_words" in rare
    assert "grantee_words" not in common


def test_every_list_that_can_be_searched_is_among_the_searches() -> None:
    growing = {model._meta.label_lower for model in GROWING if admin.site._registry[model].finders}
    # Found by the accounts that the list of users finds, and then by the key.
    assert growing - {label for label, _, _ in SEARCHES} == {
        "account.emailaddress",
        "mfa.authenticator",
        "usersessions.usersession",
    }


COUNTS = [
    (lambda: Award.objects.undecided(), "award_undecided"),
    (lambda: Determination.objects.undecided(), "determination_undecided"),
    (lambda: Representative.objects.undecided(), "representative_undecided"),
    (lambda: listed(Award, state="to_issue"), "award_letter_to_issue"),
    (lambda: listed(Award, state="to_accept"), "award_to_accept"),
    (lambda: listed(Award, state="declined"), "award_declined"),
    (lambda: listed(Award, state="rejected"), "award_rejected"),
    (lambda: Question.objects.open(), "question_open"),
    (lambda: listed(Question, state="open"), "question_open"),
    (lambda: ExerciseNotice.objects.filter(exercise_date="2007-04-02"), "exercises_exercisenotice_exercise_date"),
]


@pytest.mark.parametrize(("rows_of", "index"), COUNTS, ids=[index for _, index in COUNTS])
def test_what_waits_is_counted_by_its_own_index(rows_of: Callable[[], QuerySet[Any]], index: str) -> None:
    assert index in rows_of().order_by().values("pk").explain()
