"""What happened stays: the database refuses to change or remove a row that records it."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from awards.actions import audit
from awards.actions.master_agreement import accept_agreement
from awards.models import (
    AgreementAcceptance,
    AuditEvent,
    AuditSeal,
    AwardLetter,
    EmploymentFact,
    LetterOpening,
    LetterSignature,
    OptionEntry,
)
from tests import builders as given

pytestmark = pytest.mark.django_db

CHANGES = {
    OptionEntry: {"options": 999},
    AuditEvent: {"reason": "another"},
    AuditSeal: {"events": 0},
    AgreementAcceptance: {"signed_name": "Another"},
    AwardLetter: {"document_sha256": "another"},
    LetterOpening: {"opened_at": given.instant("2006-01-03")},
    LetterSignature: {"signed_name": "Another"},
    EmploymentFact: {"evidence": "another"},
}


KINDS = ("_is_append_only", "_is_written_once", "_is_kept")


@pytest.fixture
def everything_recorded() -> None:
    award = given.granted_award()
    now = given.instant("2006-01-02")
    accept_agreement(
        grantee=award.grantee,
        master_agreement=award.master_agreement,
        signed_name="Ada",
        by=award.grantee.user,
        now=now,
    )
    given.ceased(award.grantee, "2006-01-02")
    audit.seal_day(day=given.day("2006-01-02"), now=given.instant("2006-01-03"))


@pytest.mark.parametrize("model", CHANGES, ids=lambda model: model.__name__)
@pytest.mark.usefixtures("everything_recorded")
def test_row_is_never_updated(model: Any) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.update(**CHANGES[model])


@pytest.mark.postgresql
@pytest.mark.parametrize("model", CHANGES, ids=lambda model: model.__name__)
@pytest.mark.usefixtures("everything_recorded")
def test_row_is_never_deleted(model: Any) -> None:
    rows = model.objects.all()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows._raw_delete(rows.db)


# Of the other apps; `tests/exercises` and `tests/awards/market` try to change their rows.
ELSEWHERE = {
    "market_closingprice", "market_tradingdayoverride", "exercises_exercisenotice", "exercises_pricing",
    "exercises_pinnedclose", "exercises_withholdingline", "exercises_withholdingrate", "exercises_statement",
}  # fmt: skip


def test_these_tables_and_no_other_are_append_only() -> None:
    """SQLite drops a trigger with the table that a migration makes anew."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            if connection.vendor == "sqlite"
            else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        )
        triggers = {name for (name,) in cursor.fetchall() if name.endswith(KINDS)}
    # A question changes once, when it is answered: tests/awards/actions/test_question.py.
    once = {"awards_question_is_written_once"}
    if connection.vendor == "postgresql":
        once.add("awards_question_is_kept")
    tables = {model._meta.db_table for model in CHANGES} | ELSEWHERE
    assert triggers == {f"{table}_is_append_only" for table in tables} | once
