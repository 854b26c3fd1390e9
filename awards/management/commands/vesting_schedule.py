import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from awards.agreement.errors import AgreementError
from awards.agreement.vesting import vesting_schedule


class Command(BaseCommand):
    help = "The vesting schedule of an Award (§2.3), or of each line of a CSV file. Needs no Award on record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--award-date", type=date.fromisoformat)
        parser.add_argument("--options", type=int)
        parser.add_argument("--cases", type=Path, help="A CSV file with the columns award_date and options.")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cases"]:
            for row in _rows(options["cases"]):
                self.stdout.write(json.dumps(_case(row)))
            return
        if options["award_date"] is None or options["options"] is None:
            raise CommandError("Give --award-date and --options, or --cases FILE.")
        try:
            rows = _schedule(options["award_date"], options["options"])
        except AgreementError as error:
            raise CommandError(str(error)) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(rows))
            return
        for row in rows:
            self.stdout.write(f"{row['vests_on']}  {row['options']:>12,}")


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"award_date", "options"} <= set(reader.fieldnames or ()):
                raise CommandError(f"{path} needs the columns award_date and options.")
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def _case(row: dict[str, str]) -> Any:
    try:
        award_date, options = date.fromisoformat(row["award_date"] or ""), int(row["options"] or "")
    except ValueError as error:
        return {"error": str(error)}
    try:
        return _schedule(award_date, options)
    except AgreementError as error:
        return {"error": str(error)}


def _schedule(award_date: date, options: int) -> list[dict[str, Any]]:
    return [
        {"vests_on": row.vests_on.isoformat(), "options": row.options}
        for row in vesting_schedule(award_date=award_date, options=options)
    ]
