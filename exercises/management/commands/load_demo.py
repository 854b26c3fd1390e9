import logging
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from awards.models import Grantee
from config import clock
from exercises.demo.loading import NotLoaded, load
from exercises.demo.people import sign_in_lines


class Command(BaseCommand):
    help = "Load the fictional demo company into an empty demo portal (PORTAL_DEMO=1), or print how to sign in to it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there are Grantees already")
        parser.add_argument("--print-sign-ins", action="store_true", help="print the sign-ins; alone, load nothing")

    def handle(self, *, if_empty: bool, print_sign_ins: bool, **options: Any) -> None:
        if if_empty or not print_sign_ins:
            self._load(if_empty)
        if print_sign_ins:
            for line in sign_in_lines():
                self.stdout.write(line)

    def _load(self, if_empty: bool) -> None:
        if if_empty and Grantee.objects.exists():
            return
        logging.disable(logging.WARNING)  # a close is held on purpose, which nobody at a terminal needs to look at
        try:
            load(now=clock.now())
        except NotLoaded as reason:
            # A start that only offers the demo goes on without it.
            if not if_empty:
                raise CommandError(str(reason)) from reason
            self.stdout.write(str(reason))
        finally:
            logging.disable(logging.NOTSET)
