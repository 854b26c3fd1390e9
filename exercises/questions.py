"""The lines of a receipt whose numbers can be questioned: its own, and those of the worksheet it was priced by."""

from awards.agreement.exercise_date import NEW_YORK
from awards.models import OptionEntry
from awards.questions import Kind, Line, not_there, of_worksheet
from awards.worksheet_record import recompute
from exercises.models import ExerciseNotice


def of_receipt(notice: ExerciseNotice, asked: str) -> Line:
    """The line of a receipt that a link names as `kind/name`. Raises LineNotThere."""
    kind, _, name = asked.partition("/")
    sheet = recompute(notice.pricing.worksheet) if notice.is_priced else None
    entry = OptionEntry.objects.get(award=notice.award, cause=notice.ledger_cause)
    if kind != Kind.RECEIPT:
        return of_worksheet(sheet, kind, name, entry)
    figure = _own(notice).get(name)
    if figure is None:
        raise not_there()
    return Line(kind, name, figure, sheet, entry)


def _own(notice: ExerciseNotice) -> dict[str, str]:
    return {
        "Options exercised": str(notice.options),
        "Received": notice.received_at.astimezone(NEW_YORK).isoformat(),
        "Exercise Date": notice.exercise_date.isoformat(),
    }
