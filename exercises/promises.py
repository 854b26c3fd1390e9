"""Every pricing recomputed from what was stored with it: by the Agreement's code, once per distinct terms.

What one OSO pays does not depend on how many are exercised. So a worksheet without its quantities, the closes pinned
under it and what it has to agree with are judged once, however many exercises share them; of each pricing alone are its
OSOs, and that its amount is those times what one OSO pays, rounded by the Agreement's code.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import CharField, Exists, OuterRef, Subquery, TextField
from django.db.models.aggregates import Aggregate
from django.db.models.functions import Cast, TruncDate

from awards.actions.audit import NEW_YORK
from awards.agreement.capital import CapitalAdjustment as Adjustment
from awards.agreement.capital import in_force, price_on_basis
from awards.agreement.errors import AgreementError
from awards.agreement.rounding import round_half_up
from awards.market.models import ClosingPrice, Series
from awards.valuation import approved_adjustments
from awards.worksheet_record import QUANTITIES, differing_from, quantities, recompute
from exercises.actions.pricing import FMV_PLACES
from exercises.models import ExerciseNotice, PinnedClose, Pricing

BATCH = 1000
# Distinct terms, and texts of worksheets, remembered at a time: those of one day's exercises follow each other.
REMEMBERED = 4096


class Listed(Aggregate):
    """The keys of a group as one text."""

    function = "string_agg"
    template = "%(function)s(%(expressions)s, ',')"
    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **given: Any) -> Any:
        return self.as_sql(compiler, connection, function="group_concat", **given)


class Close(NamedTuple):
    """A close that some pricing has pinned."""

    series: str
    trading_day: date
    close: Decimal


class Stored(NamedTuple):
    """One pricing, with its notice and Award, as the database has them; `pins` lists the keys of its closes."""

    notice_id: int
    worksheet: str
    pins: str | None
    received_on: date
    options: int
    consideration: Decimal
    multiplier: Decimal
    fmv: Decimal
    exercise_date: date
    award_date: date
    initial_price: Decimal


class Shared(NamedTuple):
    """What exercises of the same terms on the same day have in common; `adjustments` are those before its receipt."""

    worksheet: str
    pins: str | None
    adjustments: tuple[Adjustment, ...]
    multiplier: Decimal
    fmv: Decimal
    exercise_date: date
    award_date: date
    initial_price: Decimal


class Judged(NamedTuple):
    """What one OSO pays by the Agreement's code, and where what is shared is not right."""

    per_option: Decimal
    wrong: tuple[str, ...]


def differences() -> Iterator[str]:
    """Every pricing that its worksheet, its notice, its Award or its pinned closes do not bear out."""
    adjustments, closes = approved_adjustments(), _pinned()

    @lru_cache(maxsize=REMEMBERED)
    def judge(shared: Shared) -> Judged:
        return _judged(shared, closes)

    for stored in _every():
        found = _wrong(stored, in_force(adjustments, stored.received_on), judge)
        yield from (f"{ExerciseNotice(pk=stored.notice_id).number}: {text}" for text in found)


def _pinned() -> dict[int, Close]:
    closes = ClosingPrice.objects.filter(Exists(PinnedClose.objects.filter(closing_price=OuterRef("pk"))))
    return {key: Close(*row) for key, *row in closes.values_list("pk", *Close._fields)}


def _every() -> Iterator[Stored]:
    pins = PinnedClose.objects.filter(pricing=OuterRef("pk")).order_by().values("pricing")
    listed = pins.annotate(keys=Listed(Cast("closing_price_id", CharField()))).values("keys")
    rows = Pricing.objects.order_by("pk").values_list(
        "notice_id",
        Cast("worksheet", TextField()),
        Subquery(listed),
        TruncDate("notice__received_at", tzinfo=NEW_YORK),
        "notice__options",
        *("consideration", "multiplier", "fmv"),
        *("notice__exercise_date", "notice__award__award_date", "notice__award__initial_price"),
    )
    return (Stored(*row) for row in rows.iterator(chunk_size=BATCH))


def _wrong(stored: Stored, adjustments: tuple[Adjustment, ...], judge: Callable[[Shared], Judged]) -> Sequence[str]:
    try:
        shared, own = _taken_apart(stored.worksheet)
        judged = judge(Shared(shared, stored.pins, adjustments, *stored[6:]))
        return [*_of_its_own(stored, own, judged.per_option), *judged.wrong]
    except (AgreementError, ArithmeticError, KeyError, TypeError, ValueError) as error:
        return [f"its worksheet cannot be recomputed: {type(error).__name__} {error}"]


@lru_cache(maxsize=REMEMBERED)
def _taken_apart(worksheet: str) -> tuple[str, dict[str, Any]]:
    """What a worksheet shares with those of other quantities, as text, and its own quantities."""
    sheet = json.loads(worksheet)
    own = {name: sheet.pop(name) for name in QUANTITIES if name in sheet}
    return json.dumps(sheet), own


def _of_its_own(stored: Stored, own: Mapping[str, Any], per_option: Decimal) -> Iterator[str]:
    """Where the number and the amount of one pricing are not its notice's, or not what the Agreement makes of it."""
    again = quantities(int(own["options"]), per_option)
    yield from (f"{name} recomputes differently" for name in QUANTITIES if again[name] != own.get(name))
    if int(own["options"]) != stored.options:
        yield f"its worksheet is of {own['options']} OSOs, not of {stored.options}"
    if round_half_up(Decimal(own["consideration"]), 2) != stored.consideration:
        yield f"its consideration is {stored.consideration}, its worksheet says {own['consideration']}"


def _judged(shared: Shared, closes: Mapping[int, Close]) -> Judged:
    sheet = json.loads(shared.worksheet) | {"options": 1}
    again = recompute(sheet)
    names = [name for name in differing_from(again, sheet) if name not in QUANTITIES]
    wrong = (f"{name} recomputes differently" for name in names)
    return Judged(again.per_option, (*wrong, *_said(shared, sheet), *_pins(shared, sheet, closes)))


def _said(shared: Shared, sheet: dict[str, Any]) -> Iterator[str]:
    """Where a worksheet is not of its notice's dates, or the promise is not what the worksheet says."""
    dates = (shared.award_date.isoformat(), shared.exercise_date.isoformat())
    if (sheet["award_date"], sheet["exercise_date"]) != dates:
        yield "its worksheet is of other dates"
    for name, places in (("fmv", FMV_PLACES), ("multiplier", 3)):
        if round_half_up(Decimal(sheet[name]), places) != getattr(shared, name):
            yield f"its {name} is {getattr(shared, name)}, its worksheet says {sheet[name]}"


def _pins(shared: Shared, sheet: dict[str, Any], closes: Mapping[int, Close]) -> Iterator[str]:
    """Where a worksheet does not rest on the closes that are pinned, or on the Award's Initial Price."""
    on, used = shared.exercise_date, _closes_used(sheet)
    rows = [closes[int(key)] for key in (shared.pins or "").split(",") if key]
    pinned = {(row.series, row.trading_day): _on_basis(row, on, shared.adjustments) for row in rows}
    for series, day in sorted(used.keys() | pinned.keys()):
        if used.get((series, day)) != pinned.get((series, day)):
            yield f"the {series} close of {day} that is pinned is not the one it used"
    initial = _based(shared.initial_price, shared.award_date, on, shared.adjustments)
    if Decimal(sheet["initial_price"]) != initial:
        yield f"it used an Initial Price of {sheet['initial_price']}, the Award's is {initial}"


def _closes_used(sheet: dict[str, Any]) -> dict[tuple[str, date], Decimal]:
    closes = sheet["closes"]
    rows = [[closes["period_start"], closes["sp_start"], closes["stock_start"]], *closes["window"]]
    used = {}
    for day, sp500, stock in rows:
        used[Series.SP500.value, date.fromisoformat(day)] = Decimal(sp500)
        used[Series.STOCK.value, date.fromisoformat(day)] = Decimal(stock)
    return used


def _on_basis(close: Close, on: date, adjustments: Sequence[Adjustment]) -> Decimal:
    # The index knows no basis.
    if close.series == Series.SP500:
        return close.close
    return _based(close.close, close.trading_day, on, adjustments)


def _based(price: Decimal, set_on: date, on: date, adjustments: Sequence[Adjustment]) -> Decimal:
    return price if on <= set_on else price_on_basis(price, set_on=set_on, basis_on=on, adjustments=adjustments)
