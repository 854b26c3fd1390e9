"""The portal's roles: which permissions each of the four groups has. `manage.py setup_roles` writes them."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

COMMITTEE = "Committee"
PLAN_ADMINISTRATOR = "Plan administrator"
PAYROLL = "Payroll"
AUDITOR = "Auditor"

_READ = [
    "awards.agreementacceptance",
    "awards.auditevent",
    "awards.auditseal",
    "awards.award",
    "awards.capitaladjustment",
    "awards.determination",
    "awards.employmentfact",
    "awards.grantee",
    "awards.masteragreement",
    "awards.message",
    "awards.optionentry",
    "awards.outboxmessage",
    "awards.question",
    "awards.representative",
    "market.closingprice",
    "market.heldclose",
    "market.tradingdayoverride",
    "exercises.exercisenotice",
    "exercises.jobrun",
    "exercises.pinnedclose",
    "exercises.pricing",
    "exercises.settlement",
    "exercises.withholdingline",
    "exercises.withholdingrate",
]
_EVERYTHING = tuple(f"{name.split('.')[0]}.view_{name.split('.')[1]}" for name in _READ)

PERMISSIONS: dict[str, tuple[str, ...]] = {
    COMMITTEE: (
        *_EVERYTHING,
        "awards.propose_award",
        "awards.approve_award",
        "awards.issue_award_letter",
        "awards.propose_determination",
        "awards.approve_determination",
        "awards.propose_representative",
        "awards.approve_representative",
        "awards.propose_capitaladjustment",
        "awards.approve_capitaladjustment",
        "awards.add_masteragreement",
        "awards.answer_question",
        "market.propose_heldclose",
        "market.approve_heldclose",
        "exercises.choose_settlement",
        "exercises.approve_settlement",
    ),
    PLAN_ADMINISTRATOR: (
        *_EVERYTHING,
        "awards.add_grantee",
        "awards.change_grantee",
        "awards.add_employmentfact",
        "awards.propose_award",
        "awards.issue_award_letter",
        "awards.propose_determination",
        "awards.propose_representative",
        "awards.propose_capitaladjustment",
        "awards.answer_question",
        "market.upload_closes",
        "market.propose_heldclose",
        "market.add_tradingdayoverride",
        "exercises.record_paper_notice",
    ),
    PAYROLL: (
        *(name for name in _EVERYTHING if name.startswith("exercises.") or name.endswith(("_award", "_grantee"))),
        "exercises.add_withholdingrate",
        "exercises.provide_withholding",
        "exercises.pay_settlement",
    ),
    AUDITOR: _EVERYTHING,
}


def set_up_roles() -> None:
    """Create the groups and give each exactly its permissions. An unknown name is a LookupError."""
    for name, permissions in PERMISSIONS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(_permissions(permissions))


def _permissions(names: Iterable[str]) -> list[Permission]:
    found = []
    for name in names:
        app, codename = name.split(".")
        permission = Permission.objects.filter(Q(content_type__app_label=app), codename=codename).first()
        if permission is None:
            raise LookupError(f"there is no permission {name}")
        found.append(permission)
    return found
