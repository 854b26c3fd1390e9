from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exercises import consistency


class Command(BaseCommand):
    help = "Add up every ledger and recompute every payment from what was stored. Exit 1 on any difference."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for line in consistency.differences():
            self.stderr.write(line)
            found += 1
        for pricing in consistency.corrected_since().select_related("notice"):
            self.stdout.write(f"note: {pricing.notice} rests on a close that was corrected since; its amount stands")
        if found:
            raise CommandError(f"{found} difference{'' if found == 1 else 's'}.")
        self.stdout.write("Everything adds up.")
