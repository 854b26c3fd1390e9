"""Role × decision: who may take each decision about exercises at the desk, and who may not, by GET and by POST."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from awards.models import Award
from exercises.actions import settlement as actions
from exercises.models import ExerciseNotice, JobRun, WithholdingLine
from tests import builders
from tests.awards.admin.people import at_the_desk, expected, fates, signed_in, superuser
from tests.exercises import given

NOW = builders.instant("2007-04-02")
Given = tuple[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:00-04:00")


def url(step: str, notice: ExerciseNotice | None = None) -> str:
    return reverse(f"admin:exercises_{step}", args=[notice.pk] if notice else [])


def paper_form(award: Award) -> Given:
    return url("exercisenotice_add"), {
        "award": award.pk,
        "options": "100",
        "channel": "paper",
        "received_at": "2007-04-02T10:00:00",
        "capacity": "grantee",
        "evidence": "Binder 7",
        "form_key": str(uuid4()),
    }


def priced(award: Award) -> ExerciseNotice:
    return given.give(award, 1_000)


def chosen(award: Award) -> ExerciseNotice:
    notice = priced(award)
    actions.choose_settlement(notice=notice, stock_portion=Decimal(0), by=builders.proposer(), now=NOW)
    return notice


def provided(award: Award) -> ExerciseNotice:
    notice, rate = chosen(award), given.rate("US", "25")
    whence = {rate.pk: WithholdingLine.TakenFrom.CASH}
    actions.provide_withholding(
        settlement=_settlement(notice), taken_from=whence, by=builders.person("payroll"), now=NOW
    )
    return notice


def approved(award: Award) -> ExerciseNotice:
    notice = provided(award)
    actions.approve_settlement(settlement=_settlement(notice), by=builders.approver(), now=NOW)
    return notice


def _settlement(notice: ExerciseNotice) -> Any:
    return ExerciseNotice.objects.get(pk=notice.pk).settlement


def withholding_form(award: Award) -> Given:
    rate = given.rate("US", "25")
    return url("exercisenotice_provide_withholding", chosen(award)), {f"rate_{rate.pk}": "cash"}


def rate_form(award: Award) -> Given:
    return url("withholdingrate_add"), {
        "jurisdiction": "US-CO",
        "tax": "State income tax",
        "rate_percent": "4.63",
        "effective_from": "2007-01-01",
        "source": "A circular",
    }


COMMITTEE = ("maker", "other")
MATRIX: list[tuple[str, Callable[[Award], Given], dict[str, str]]] = [
    ("record a paper notice", paper_form, expected(["plan"])),
    (
        "choose settlement",
        lambda award: (url("exercisenotice_choose_settlement", priced(award)), {"form_of": "cash"}),
        expected(COMMITTEE),
    ),
    ("provide withholding", withholding_form, expected(["payroll"])),
    (
        "approve a settlement",
        lambda award: (url("exercisenotice_approve_settlement", provided(award)), {}),
        expected(["other"], ["maker"]),
    ),
    (
        "withdraw a settlement",
        lambda award: (url("exercisenotice_withdraw_settlement", provided(award)), {"reason": "In Stock after all"}),
        expected(COMMITTEE),
    ),
    (
        "record a payment",
        lambda award: (url("exercisenotice_record_payment", approved(award)), {"reference": "Wire 17"}),
        expected(["payroll"]),
    ),
    ("record a rate", rate_form, expected(["payroll"])),
]


@pytest.mark.parametrize(("made", "row"), [pytest.param(made, row, id=name) for name, made, row in MATRIX])
def test_decision_by_role(award: Award, made: Callable[[Award], Given], row: dict[str, str]) -> None:
    people = at_the_desk()
    assert fates(people, *made(award)) == row


def test_running_what_is_due_by_role(award: Award) -> None:
    people = at_the_desk()
    address = url("jobrun_run_due")
    answers = {name: signed_in(user).post(address).status_code for name, user in people.items()}
    assert answers == dict.fromkeys(people, 403)
    assert JobRun.objects.count() == 0
    assert signed_in(None).post(address).url == f"/admin/login/?next={address}"
    assert signed_in(superuser()).post(address).status_code == 302
    assert JobRun.objects.count() > 0


def test_whoever_provided_withholding_cannot_approve(award: Award) -> None:
    notice = provided(award)
    payroll = builders.person("payroll")
    payroll.is_staff = payroll.is_superuser = True
    payroll.save()
    answer = signed_in(payroll).post(url("exercisenotice_approve_settlement", notice))
    assert "Whoever chose the settlement or provided the withholding cannot also approve it." in answer.content.decode()
    assert _settlement(notice).state == "provided"
