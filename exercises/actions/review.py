"""What a notice given now would get, by the same rules that receive it. Writes nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from awards.actions.refusal import Refused
from awards.agreement.period import period_end
from awards.agreement.worksheet import Worksheet
from awards.market.calendar import NewYorkCalendar
from awards.models import Award
from awards.nothing import refusal_of_nothing
from exercises.actions.notice import (
    AwardNotAccepted,
    exercise_date_allowed,
    priced_now,
    waits_for_tonight,
    who_acts,
)
from exercises.actions.reading import reading_of


@dataclass(frozen=True, slots=True)
class Review:
    """The Exercise Date and what it pays; or `waits_for`, the day whose close it needs; or why it would be refused.

    While it waits for a close that has come in already, `worksheet` is what tonight's pricing would make of it.
    """

    exercise_date: date | None = None
    worksheet: Worksheet | None = None
    waits_for: date | None = None
    refusal: str = ""

    @property
    def consideration(self) -> Decimal | None:
        """What a confirmation promises; None where the amount waits."""
        return None if self.waits_for or not self.worksheet else self.worksheet.consideration


def review_notice(
    *, award: Award, options: int, given_by: Any, now: datetime, calendar: NewYorkCalendar | None = None
) -> Review:
    """The answer that `give_notice` would give now to a web notice of that many OSOs."""
    try:
        who_acts(award, given_by, now, None)
        if not award.is_accepted:
            raise AwardNotAccepted(_("Accept the Award Letter of %(number)s first.") % {"number": award.number})
        reading = reading_of(award, calendar)
        on = exercise_date_allowed(award, options, now, now, reading)
        sheet = priced_now(award, options, on, now, reading)[0]
    except Refused as refusal:
        return Review(refusal=str(refusal))
    waits = sheet is None or waits_for_tonight(on, now, reading.calendar)
    waits_for = period_end(on, reading.calendar) if waits else None
    if sheet is not None and not sheet.consideration:
        return Review(on, sheet, refusal=refusal_of_nothing(sheet))
    return Review(on, sheet, waits_for)
