from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from awards.actions.refusal import Refused
from awards.agreement.calendar import require_trading_day
from awards.agreement.errors import AgreementError
from awards.exposure import exposure
from awards.market.calendar import trading_calendar
from awards.templatetags.figures import money, options
from awards.valuation import exercise_dates_now
from config import clock


class Command(BaseCommand):
    help = "What all outstanding OSOs, vested or not, would pay if exercised on a Trading Day, and what §8 reserves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="The Exercise Date; else the last before now.")

    def handle(self, *args: Any, **given: Any) -> None:
        now = clock.now()
        calendar = trading_calendar()
        try:
            on = given["on"] or exercise_dates_now(now, calendar)[1]
            found = exposure(on=require_trading_day(on, calendar), now=now)
        except (AgreementError, Refused) as refusal:
            raise CommandError(str(refusal)) from refusal
        for name, value in (
            ("Exercise Date", found.on),
            ("Awards", f"{found.awards:,}"),
            ("Outstanding OSOs", options(found.options)),
            ("too young to pay", options(found.too_young)),
            ("Payout", money(found.payout)),
            ("Shares for it (§8)", f"{found.shares:,}"),
            ("Never more than (§8)", f"{found.ceiling:,}"),
        ):
            self.stdout.write(f"{name:<24}{value}")
