"""Whose Award a page is of, for a reader who is not its Grantee, and in what capacity they act (§2.5, §5)."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from awards.agreement.acting import Capacity
from awards.models import Award
from awards.queries import capacity_of

_ACTING = {
    Capacity.GUARDIAN: gettext_noop("As guardian of %(grantee)s"),
    Capacity.ESTATE: gettext_noop("For the estate of %(grantee)s"),
    Capacity.HEIR: gettext_noop("As heir of %(grantee)s"),
    Capacity.TRANSFEREE: gettext_noop("As transferee of %(grantee)s"),
}


def is_own(award: Award, user: Any) -> bool:
    return bool(award.grantee.user_id == user.pk)


def for_whom(user: Any, award: Award, on: date) -> str:
    """For whom the reader acts that day, or whose the Award is where another acts; empty for the Grantee's own."""
    if is_own(award, user):
        return ""
    found = capacity_of(user, award, on)
    return acting(found[0], award) if found else _("Grantee: %(grantee)s") % {"grantee": award.grantee.name}


def acting(capacity: Capacity, award: Award) -> str:
    """That capacity in words; empty for the Grantee's."""
    return "" if capacity is Capacity.GRANTEE else _(_ACTING[capacity]) % {"grantee": award.grantee.name}
