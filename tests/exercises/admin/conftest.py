"""One row of everything that the desk shows."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Model

from awards.actions import audit, outbox, representative
from awards.actions.capital import propose_adjustment
from awards.actions.master_agreement import accept_agreement
from awards.models import (
    AgreementAcceptance,
    AuditEvent,
    AuditSeal,
    Award,
    CapitalAdjustment,
    Determination,
    EmploymentFact,
    Grantee,
    MasterAgreement,
    Message,
    OptionEntry,
    OutboxMessage,
    Question,
    Representative,
)
from exercises import jobs
from exercises.actions.settlement import choose_settlement
from exercises.models import ExerciseNotice, JobRun, WithholdingRate
from tests import builders
from tests.awards.actions.test_question import ask
from tests.exercises import given

NOW = builders.instant("2007-04-02")


@pytest.fixture
def rows(award: Award) -> dict[type[Model], Any]:
    """A row of each model at the desk, made by the actions as of 2007-04-02."""
    ada, by = award.grantee, builders.proposer()
    given.rate("US", "25")
    choose_settlement(notice=given.give(award, 1_000), stock_portion=Decimal("300.00"), by=by, now=NOW)
    builders.transferred(ada, "2006-09-01")
    builders.proposed_determination(ada, Determination.Kind.COVERED_EMPLOYEE, "2007-03-01")
    accept_agreement(
        grantee=ada,
        master_agreement=award.master_agreement,
        signed_name="Ada",
        by=ada.user,
        now=builders.instant("2006-04-01"),
    )
    representative.propose_representative(
        grantee=ada,
        user=builders.person("guardian"),
        kind=Representative.Kind.GUARDIAN,
        evidence="The court's order",
        from_on=builders.day("2007-04-01"),
        by=by,
        now=NOW,
    )
    ask(award)
    propose_adjustment(effective_on=builders.day("2007-06-01"), new=1, old=15, description="A split", by=by, now=NOW)
    outbox.queue(key="alarm/1", to="plan@example.com", subject="Closes are missing", body="Which", now=NOW)
    audit.seal_day(day=builders.day("2007-04-01"), now=NOW)
    jobs.run_once(jobs.JOBS[-1], builders.day("2007-04-01"), NOW + timedelta(minutes=1))
    models: list[Any] = [
        AgreementAcceptance, AuditEvent, AuditSeal, Award, CapitalAdjustment, Determination,
        EmploymentFact, ExerciseNotice, Grantee, JobRun, MasterAgreement, Message, OptionEntry, OutboxMessage,
        Question, Representative, WithholdingRate,
    ]  # fmt: skip
    return {model: model.objects.order_by("pk").first() for model in models}
