"""Whether a statement's bundle is whole, and computes to what it says. Trusts nothing that it reads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from awards.agreement.errors import AgreementError
from awards.worksheet_record import differences_from, recompute
from exercises.bundle import FORMAT, Bundle, code_sha256, hash_of
from exercises.models import Statement

MOST_BYTES = 5_000_000
# What a bundle that was put together by hand can make of the reading.
MALFORMED = (AgreementError, ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError)


class NotABundle(ValueError):
    """The file is not a statement's bundle; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a bundle says differently from what comes out."""

    where: str
    what: str
    said: str
    found: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. `statement` is the one that this portal made with that hash, if it made one."""

    bundle: Bundle
    differences: list[Difference]
    statement: Statement | None
    is_of_this_code: bool

    @property
    def matches(self) -> bool:
        return not self.differences


def verify(file: bytes) -> Verdict:
    """Recompute every number of an uploaded bundle. Raises NotABundle."""
    said = _read(file)
    try:
        found = list(_differences(said))
    except MALFORMED as error:
        raise NotABundle(_("It lacks something that a statement has: %(error)s.") % {"error": repr(error)}) from error
    statement = Statement.objects.filter(sha256=said["sha256"]).first() if not found else None
    return Verdict(said, found, statement, said["code_sha256"] == code_sha256())


def _read(file: bytes) -> Bundle:
    if len(file) > MOST_BYTES:
        raise NotABundle(_("It is larger than any statement."))
    try:
        said = json.loads(file.decode("utf-8-sig"), parse_float=Decimal)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise NotABundle(_("It is not JSON text.")) from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise NotABundle(_("It is JSON, and not a statement of this portal."))
    return said


def _differences(said: Bundle) -> Iterator[Difference]:
    again = hash_of(said)
    if said["sha256"] != again:
        yield Difference(_("The file"), "SHA-256", str(said["sha256"]), again)
    for award in said["awards"]:
        where = _("Award %(number)s") % {"number": award["number"]}
        yield from _balance(where, award)
        yield from _award_worksheet(where, award)
    for exercise in said["exercises"]:
        yield from _exercise(_("Exercise %(number)s") % {"number": exercise["number"]}, exercise)
    yield from _totals(said)


def _balance(where: str, award: Bundle) -> Iterator[Difference]:
    held = award["outstanding_before"]
    for entry in award["entries"]:
        held += entry["options"]
        yield from _unless_same(where, f"outstanding_after {entry['effective_on']}", entry["outstanding_after"], held)
    yield from _unless_same(where, "outstanding", award["outstanding"], held)


def _award_worksheet(where: str, award: Bundle) -> Iterator[Difference]:
    sheet = award["worksheet"]
    if sheet is None:
        return
    yield from _sheet(where, sheet)
    yield from _unless_same(where, "exercisable", award["exercisable"], int(sheet["options"]))
    yield from _unless_same(where, "award_date", award["award_date"], sheet["award_date"])


def _exercise(where: str, exercise: Bundle) -> Iterator[Difference]:
    sheet = exercise["worksheet"]
    if sheet is None:
        return
    yield from _sheet(where, sheet)
    yield from _unless_same(where, "options", exercise["options"], int(sheet["options"]))
    yield from _unless_same(where, "exercise_date", exercise["exercise_date"], sheet["exercise_date"])
    yield from _unless_same(where, "consideration", exercise["consideration"], sheet["consideration"])


def _totals(said: Bundle) -> Iterator[Difference]:
    exercises = said["exercises"]
    paid = sum((Decimal(row["consideration"]) for row in exercises if row["consideration"] is not None), Decimal(0))
    where = _("Totals")
    yield from _unless_same(where, "exercised", said["totals"]["exercised"], sum(row["options"] for row in exercises))
    yield from _unless_same(where, "consideration", said["totals"]["consideration"], f"{paid:f}")


def _sheet(where: str, sheet: dict[str, Any]) -> Iterator[Difference]:
    for name, said, found in differences_from(recompute(sheet), sheet):
        yield Difference(where, name, str(said), str(found))


def _unless_same(where: str, what: str, said: Any, found: Any) -> Iterator[Difference]:
    if said != found:
        yield Difference(where, what, str(said), str(found))
