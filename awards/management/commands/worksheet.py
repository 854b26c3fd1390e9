import csv
import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from awards import valuation
from awards.agreement.calendar import require_trading_day
from awards.agreement.errors import AgreementError
from awards.agreement.worksheet import Worksheet
from awards.worksheet_record import as_record

KEYS = (
    "period_start",
    "period_end",
    "duration",
    "sp_start",
    "sp_end",
    "stock_start",
    "stock_end",
    "aggregate_sp",
    "adjusted_price",
    "annualized_sp",
    "annualized_stock",
    "outperform",
    "multiplier",
    "fmv",
    "per_option",
    "options",
    "consideration",
)
EXACT = {"sp_start", "sp_end", "stock_start", "stock_end", "adjusted_price", "fmv", "per_option"}
MOST_DIGITS = 20
COLUMNS = ("award_date", "initial_price", "options", "exercise_date")


class Command(BaseCommand):
    help = "What an exercise pays on the recorded closes, step by step (§2), or for each line of a CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--award-date")
        parser.add_argument("--initial-price")
        parser.add_argument("--options")
        parser.add_argument("--exercise-date")
        parser.add_argument("--cases", type=Path, help=f"A CSV file with the columns {', '.join(COLUMNS)}.")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cases"]:
            for answer in _answers(_rows(options["cases"])):
                self.stdout.write(json.dumps(answer))
            return
        row = {name: options[name] for name in COLUMNS}
        if None in row.values():
            raise CommandError("Give --award-date, --initial-price, --options and --exercise-date, or --cases FILE.")
        answer = next(_answers([row]))
        if "error" in answer:
            raise CommandError(answer["error"])
        if options["format"] == "json":
            self.stdout.write(json.dumps(answer))
            return
        for key, value in answer.items():
            self.stdout.write(f"{key:<18}{value}")


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                raise CommandError(f"{path} needs the columns {', '.join(COLUMNS)}.")
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def _answers(rows: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    """One answer a row, in order; the closes are read once for all of them."""
    cases = [_parsed(row) for row in rows]
    days = [day for case in cases if isinstance(case, dict) for day in (case["award_date"], case["exercise_date"])]
    market = valuation.covering(min(days), min(days), max(days)) if days else None
    for case in cases:
        yield {"error": case} if isinstance(case, str) or market is None else _answer(case, market)


def _answer(case: dict[str, Any], market: valuation.Market) -> dict[str, Any]:
    try:
        require_trading_day(case["exercise_date"], market.calendar)
        return _record(valuation.value(**case, market=market))
    except AgreementError as error:
        return {"error": str(error)}
    except ArithmeticError:
        return {"error": "A number is beyond what can be calculated with."}


def _parsed(row: dict[str, str]) -> dict[str, Any] | str:
    """The case of a row, or what is wrong with it."""
    case: dict[str, Any] = {}
    for column, read, what in READERS:
        try:
            case[column] = read(row[column] or "")
        except (ValueError, InvalidOperation):
            return f"{column} {row[column]!r} is not {what}."
    return case


def _price(text: str) -> Decimal:
    price = Decimal(text)
    # More digits are no price, and would be written out one by one.
    digits = len(price.as_tuple().digits) if price.is_finite() else MOST_DIGITS
    if digits >= MOST_DIGITS or abs(price.adjusted()) >= MOST_DIGITS:
        raise ValueError("not a price")
    return price


READERS: tuple[tuple[str, Callable[[str], Any], str], ...] = (
    ("award_date", date.fromisoformat, "a date such as 2005-07-01"),
    ("initial_price", _price, "a price"),
    ("options", int, "a whole number"),
    ("exercise_date", date.fromisoformat, "a date such as 2005-07-01"),
)


def _record(sheet: Worksheet) -> dict[str, Any]:
    record = as_record(sheet)
    return {key: _bare(str(record[key])) if key in EXACT else str(record[key]) for key in KEYS}


def _bare(number: str) -> str:
    """An unrounded number without the zeros that only its column has; two places stay, as prices are written."""
    whole, _, places = number.partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"
