"""What a notice given now would get, by the same rules that receive it. Writes nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from awards.actions.refusal import Refused
from awards.agreement.worksheet import Worksheet
from awards.market.calendar import trading_calendar
from awards.models import Award
from exercises.actions.notice import (
    AwardNotAccepted,
    PaysNothing,
    exercise_date_allowed,
    priced_now,
    who_acts,
)


@dataclass(frozen=True, slots=True)
class Review:
    """The Exercise Date and what it pays; or `waits_for`, the day whose close it needs; or why it would be refused."""

    exercise_date: date | None = None
    worksheet: Worksheet | None = None
    waits_for: date | None = None
    refusal: str = ""

    @property
    def consideration(self) -> Decimal | None:
        return self.worksheet.consideration if self.worksheet else None


def review_notice(*, award: Award, options: int, given_by: Any, now: datetime) -> Review:
    """The answer that `give_notice` would give now to a web notice of that many OSOs."""
    try:
        who_acts(award, given_by, now, None)
        if not award.is_accepted:
            raise AwardNotAccepted(f"Accept the Award Letter of {award.number} first.")
        on = exercise_date_allowed(award, options, now, now)
        sheet, _ = priced_now(award, options, on, now)
    except Refused as refusal:
        return Review(refusal=str(refusal))
    if sheet is None:
        return Review(on, waits_for=trading_calendar().previous_trading_day(on))
    if not sheet.consideration:
        return Review(on, sheet, refusal=str(PaysNothing("It would pay nothing and still cancel the OSOs (I8).")))
    return Review(on, sheet)
