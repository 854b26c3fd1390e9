"""Who holds Awards: a Grantee's row, recorded and corrected with an audit event."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from awards.actions import audit
from awards.actions.refusal import Refused
from awards.models import Grantee
from awards.models.constraints import JURISDICTION

CHANGEABLE = ("name", "employee_number", "user", "hired_on", "jurisdiction")


class HiredInTheFuture(Refused):
    """A Date of Hire later than today."""

    code = "hired_in_the_future"


class NoSuchJurisdiction(Refused):
    """A jurisdiction that is not written as its code."""

    code = "no_such_jurisdiction"


class GranteeIsAnother(Refused):
    """A sign-in is not moved from the Grantee it belongs to, or to another person, once Awards hang on it."""

    code = "grantee_is_another"


@transaction.atomic
def record_grantee(
    *,
    name: str,
    employee_number: str,
    hired_on: date,
    jurisdiction: str,
    by: Any,
    now: datetime,
    user: Any = None,
) -> Grantee:
    """Record a person who can be granted Awards. `user` is their sign-in; an empty `jurisdiction` is not known yet.

    Raises HiredInTheFuture, NoSuchJurisdiction.
    """
    _require_hired(hired_on, now)
    _require_jurisdiction(jurisdiction.strip())
    grantee = Grantee(
        name=name.strip(),
        employee_number=employee_number.strip(),
        hired_on=hired_on,
        jurisdiction=jurisdiction.strip(),
        user=user,
    )
    grantee.save(force_insert=True)
    audit.record(actor=by, action="recorded", subject=grantee, at=now, after=_said(grantee))
    return grantee


@transaction.atomic
def change_grantee(*, grantee: Grantee, changes: Mapping[str, Any], by: Any, now: datetime) -> Grantee:
    """Correct the fields that `changes` names; one that is as it was is no change, and no change leaves no event.

    Raises HiredInTheFuture, NoSuchJurisdiction, and GranteeIsAnother where Awards would come under another sign-in.
    """
    held = Grantee.objects.select_for_update().get(pk=grantee.pk)
    before = _said(held)
    for name in CHANGEABLE:
        if name in changes:
            setattr(held, name, changes[name])
    after = _said(held)
    changed = [name for name in CHANGEABLE if before[name] != after[name]]
    if not changed:
        return held
    _require_hired(held.hired_on, now)
    _require_jurisdiction(held.jurisdiction)
    if "user" in changed and before["user"] is not None and held.awards.exists():
        raise GranteeIsAnother("Awards are held under this sign-in. Another person acts as a representative instead.")
    held.save(update_fields=changed)
    audit.record(
        actor=by,
        action="changed",
        subject=held,
        at=now,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return held


def _said(grantee: Grantee) -> dict[str, Any]:
    return {name: getattr(grantee, "user_id" if name == "user" else name) for name in CHANGEABLE}


def _require_hired(hired_on: date, now: datetime) -> None:
    if hired_on > now.astimezone(audit.NEW_YORK).date():
        raise HiredInTheFuture(f"{hired_on} has not come yet.")


def _require_jurisdiction(jurisdiction: str) -> None:
    if jurisdiction:
        require_jurisdiction(jurisdiction)


def require_jurisdiction(jurisdiction: str) -> None:
    """Raises NoSuchJurisdiction unless it is a country, or a country and state, by their codes: US, US-CO."""
    if not re.match(JURISDICTION, jurisdiction):
        raise NoSuchJurisdiction(f"{jurisdiction} is no country, or country and state, by its code: US, US-CO.")
