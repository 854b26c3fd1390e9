from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from awards.actions.refusal import Refused
from awards.agreement.errors import AgreementError
from awards.market.progress import ProgressLine
from awards.templatetags.figures import money
from config import clock
from exercises.change_in_control import look_back, write_report


class Command(BaseCommand):
    help = "What a Change in Control would pay for every Award, by the best day of the look-back (§2.4(b)), as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("effective_on", type=date.fromisoformat, help="The day it becomes effective: 2007-04-02.")
        parser.add_argument("report", type=Path, help="The CSV file to write; it must not exist yet.")

    def handle(self, *args: Any, **given: Any) -> None:
        try:
            best = look_back(effective_on=given["effective_on"], now=clock.now())
            with given["report"].open("x", newline="", encoding="utf-8") as out:
                paid = write_report(best, out, ProgressLine("Awards"))
        except (AgreementError, Refused, OSError) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{money(paid)} in all, Award by Award in {given['report']}")
