"""A Worksheet as stored and exported: every input and step as exact text, from which it recomputes bit for bit."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from awards.agreement.consideration import exercise_consideration
from awards.agreement.rounding import cents
from awards.agreement.terms import Terms, Tranche
from awards.agreement.vesting import require_options
from awards.agreement.worksheet import Closes, WindowClose, Worksheet, worksheet

INPUTS = ("award_date", "initial_price", "options", "exercise_date")
FIGURES = tuple(
    field.name
    for field in fields(Worksheet)
    if field.name not in (*INPUTS, "terms", "closes", "period_start", "period_end")
)

# What depends on how many OSOs are exercised. All the rest of a worksheet is the same for one OSO and for a thousand.
QUANTITIES = ("options", "consideration_unrounded", "consideration")


def as_record(sheet: Worksheet) -> dict[str, Any]:
    """Inputs, the ten closes of each series, terms and figures; numbers as exact decimal text, dates as ISO text."""
    return {
        **{name: _text(getattr(sheet, name)) for name in (*INPUTS, "period_start", "period_end", *FIGURES)},
        "terms": _terms_as_record(sheet.terms),
        "closes": {
            "period_start": sheet.closes.period_start.isoformat(),
            "sp_start": _text(sheet.closes.sp_start),
            "stock_start": _text(sheet.closes.stock_start),
            "window": [
                [close.day.isoformat(), _text(close.sp500), _text(close.stock)] for close in sheet.closes.window
            ],
        },
    }


def recompute(record: dict[str, Any]) -> Worksheet:
    """The Worksheet that the Agreement's code makes of a record's inputs; its own record equals the stored one."""
    closes = record["closes"]
    return worksheet(
        award_date=date.fromisoformat(record["award_date"]),
        initial_price=Decimal(record["initial_price"]),
        options=int(record["options"]),
        exercise_date=date.fromisoformat(record["exercise_date"]),
        terms=_terms_from_record(record["terms"]),
        closes=Closes(
            period_start=date.fromisoformat(closes["period_start"]),
            sp_start=Decimal(closes["sp_start"]),
            stock_start=Decimal(closes["stock_start"]),
            window=tuple(
                WindowClose(date.fromisoformat(day), Decimal(sp500), Decimal(stock))
                for day, sp500, stock in closes["window"]
            ),
        ),
    )


def differing(record: dict[str, Any]) -> list[str]:
    """The names of what a record says differently from its own recomputation."""
    return differing_from(recompute(record), record)


def differing_from(sheet: Worksheet, record: dict[str, Any]) -> list[str]:
    """The names of what a record says differently from a worksheet."""
    return [name for name, _, _ in differences_from(sheet, record)]


def differences_from(sheet: Worksheet, record: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """What a record says differently from a worksheet: the name, what it says, and what the worksheet says."""
    again = as_record(sheet)
    return [(name, record.get(name), again[name]) for name in again if again[name] != record.get(name)]


def quantities(options: int, per_option: Decimal) -> dict[str, Any]:
    """The QUANTITIES of a record of so many OSOs, of which one pays `per_option` (§2.6, I10). Raises InvalidAward."""
    unrounded = exercise_consideration(per_option, require_options(options))
    return dict(zip(QUANTITIES, (options, _text(unrounded), _text(cents(unrounded))), strict=True))


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def _terms_as_record(terms: Terms) -> dict[str, Any]:
    record = {field.name: _text(getattr(terms, field.name)) for field in fields(Terms) if field.init}
    record["tranches"] = [[str(tranche.share) if tranche.share else None, tranche.months] for tranche in terms.tranches]
    return record


def _terms_from_record(record: dict[str, Any]) -> Terms:
    tranches = tuple(Tranche(Fraction(share) if share else None, months) for share, months in record["tranches"])
    caps = {name: Decimal(record[name]) for name in ("outperform_cap", "multiplier_cap")}
    return Terms(**{**record, **caps, "tranches": tranches})
