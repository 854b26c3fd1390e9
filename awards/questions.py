"""The lines whose numbers can be questioned: found again by what a link says of them, each with its number as it is."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from awards.actions.refusal import Refused
from awards.agreement.worksheet import Step, WindowClose, Worksheet
from awards.models import Award, OptionEntry, Question
from awards.queries import Holding
from awards.worksheet_record import as_record

Kind = Question.Kind
# As the ledger counts: from 1, without zeros before it.
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class LineNotThere(Refused):
    """The page has no such line, or not any more: closes leave the worksheet as others come in."""

    code = "line_not_there"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its kind, its name as `Question.line` keeps it, its number as exact text, and what it rests on."""

    kind: str
    name: str
    figure: str
    worksheet: Worksheet | None
    entry: OptionEntry | None = None

    @property
    def record(self) -> dict[str, Any] | None:
        return as_record(self.worksheet) if self.worksheet else None

    @property
    def seen(self) -> str:
        """A digest of the line and its worksheet: what somebody saw is what there is, or it is not."""
        shown = json.dumps([self.kind, self.name, self.figure, self.record], sort_keys=True)
        return hashlib.sha256(shown.encode()).hexdigest()

    @property
    def step(self) -> Step | None:
        return _steps(self.worksheet).get(self.name) if self.worksheet and self.kind == Kind.STEP else None


def of_holding(holding: Holding, asked: str) -> Line:
    """The line of an Award's page that a link names as `kind/name`. Raises LineNotThere."""
    sheet = holding.worth.worksheet if holding.worth else None
    kind, _, name = asked.partition("/")
    return of_entry(holding.award, name, sheet) if kind == Kind.ENTRY else of_worksheet(sheet, kind, name)


def of_entry(award: Award, name: str, sheet: Worksheet | None) -> Line:
    """The entry of that number in the Award's ledger: the change, and what was outstanding after it."""
    entry = award.entries.filter(sequence=int(name)).first() if _NUMBER.fullmatch(name) else None
    if entry is None:
        raise not_there()
    return Line(Kind.ENTRY, name, f"{entry.options:+d} → {entry.outstanding_after}", sheet, entry)


def of_worksheet(sheet: Worksheet | None, kind: str, name: str, entry: OptionEntry | None = None) -> Line:
    """The step of that defined term, or both closes of that day. With `entry`, of an exercise's receipt."""
    figure = _figures(sheet, kind).get(name) if sheet else None
    if figure is None:
        raise not_there()
    return Line(kind, name, figure, sheet, entry)


def not_there() -> LineNotThere:
    return LineNotThere(_("This line is not there any more. Question the number from the line where it stands now."))


def _figures(sheet: Worksheet, kind: str) -> dict[str, str]:
    if kind == Kind.STEP:
        return {name: _exactly(step.value, step.places) for name, step in _steps(sheet).items()}
    if kind == Kind.CLOSE:
        start = WindowClose(sheet.period_start, sheet.sp_start, sheet.stock_start)
        return {close.day.isoformat(): _both(close) for close in (start, *sheet.closes.window)}
    return {}


def _steps(sheet: Worksheet) -> dict[str, Step]:
    return {step.name: step for step in sheet.steps()}


def _both(close: WindowClose) -> str:
    return f"Stock {_exactly(close.stock)}, S&P 500 {_exactly(close.sp500)}"


def _exactly(value: Decimal, places: int | None = None) -> str:
    """All of its digits; where the Agreement does not round, without the zeros that a column adds beyond two places."""
    text = f"{value:f}"
    if places is not None:
        return text
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def day_of(name: str) -> date:
    """The day that the line of a close is of."""
    return date.fromisoformat(name)
