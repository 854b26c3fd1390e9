"""What a review page showed, and that a notice is of that and of nothing else."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from awards.actions.refusal import Refused
from awards.templatetags.figures import weekday_day


class AmountNotKnownYet(Refused):
    """The amount waits for a close, and the giver has not said that they know."""

    code = "amount_not_known_yet"


class ReviewedSomethingElse(Refused):
    """The Exercise Date or the amount is no longer what the review page showed."""

    code = "reviewed_something_else"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the review page showed.

    `consideration` is None where the exercise waits for a close, and the giver said that they know.
    """

    exercise_date: date
    consideration: Decimal | None


def require_as_reviewed(reviewed: Reviewed | None, now: Reviewed) -> None:
    """Raises AmountNotKnownYet where nothing was reviewed, ReviewedSomethingElse where it is no longer so."""
    if reviewed is None:
        raise AmountNotKnownYet(_("Review the exercise before confirming it."))
    if reviewed.exercise_date != now.exercise_date:
        days = {"then": weekday_day(reviewed.exercise_date), "now": weekday_day(now.exercise_date)}
        moved = _(
            "Since you reviewed it, the Exercise Date has moved from %(then)s to %(now)s. "
            "Nothing was exercised: look again."
        )
        raise ReviewedSomethingElse(moved % days)
    if reviewed != now:
        raise ReviewedSomethingElse(
            _("Since you reviewed it, what it pays has changed. Nothing was exercised: look again.")
        )
