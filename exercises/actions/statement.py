"""Making a statement of a period, once and for good."""

import json
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from awards.actions import audit
from awards.actions.refusal import Refused
from awards.agreement.exercise_date import NEW_YORK
from awards.templatetags.figures import day
from exercises.bundle import bundle
from exercises.models import Statement


class PeriodImpossible(Refused):
    """A statement of a period that ends before it begins, or has not ended yet."""

    code = "period_impossible"


@transaction.atomic
def make_statement(*, reader: Any, from_on: date, to_on: date, now: datetime) -> Statement:
    """Make and keep the reader's statement, both days included. Raises PeriodImpossible."""
    if from_on > to_on:
        raise PeriodImpossible(
            _("The period would end on %(to)s, before it begins on %(from)s.")
            % {"to": day(to_on), "from": day(from_on)}
        )
    if to_on > now.astimezone(NEW_YORK).date():
        raise PeriodImpossible(
            _("%(day)s has not come yet: a statement is of days gone by, and of today.") % {"day": day(to_on)}
        )
    said = bundle(reader=reader, from_on=from_on, to_on=to_on, now=now)
    statement = Statement.objects.create(
        from_on=from_on,
        to_on=to_on,
        bundle=json.dumps(said, indent=1, ensure_ascii=False),
        sha256=said["sha256"],
        made_by=reader,
        made_at=now,
    )
    after = {"from_on": from_on, "to_on": to_on, "sha256": statement.sha256}
    audit.record(actor=reader, action="statement made", subject=statement, at=now, after=after)
    return statement
