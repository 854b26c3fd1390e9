"""What a page says of an exercise before it is given: why not, and what of its amount would be withheld."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from awards.agreement.exercise_date import exercise_date
from awards.agreement.worksheet import Worksheet
from awards.market.calendar import NewYorkCalendar
from awards.not_exercisable import why_not_exercisable
from awards.nothing import refusal_of_nothing
from awards.queries import Holding, capacity_of
from awards.what_if.suppose import asked_again
from config.clock import new_york_date
from exercises.estimate import Estimate, estimate


def why_not(user: Any, holding: Holding, now: datetime, calendar: NewYorkCalendar) -> str:
    """Why nothing can be exercised now by this reader, in the words that a notice would be refused with."""
    if not holding.exercisable:
        return why_not_exercisable(holding)
    if capacity_of(user, holding.award, new_york_date(now)) is None:
        return _("You can see this Award, and another person acts for it now (§2.5, §5).")
    sheet = _sheet_of(holding)
    # One on the closes of an earlier Exercise Date says nothing about tonight's.
    if sheet is not None and not sheet.per_option and sheet.exercise_date == exercise_date(now, calendar):
        return refusal_of_nothing(sheet)
    return ""


def estimate_now(holding: Holding, options: int, *, on: date, sheet: Worksheet | None = None) -> Estimate:
    """What would be withheld of `options` OSOs: by the Worksheet of `on`, else by that of the newest closes."""
    newest = sheet or _sheet_of(holding)
    if newest is None:
        return estimate(holding.award.grantee, None, on=on)
    pays = newest if newest.options == options else asked_again(newest, newest.closes, options=options)
    earlier = newest.exercise_date if newest.exercise_date != on else None
    return estimate(holding.award.grantee, pays.consideration, on=on, base_is_of=earlier)


def _sheet_of(holding: Holding) -> Worksheet | None:
    return holding.worth.worksheet if holding.worth else None
