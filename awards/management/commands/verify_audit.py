from typing import Any

from django.core.management.base import BaseCommand, CommandError

from awards.actions import audit
from awards.models import AuditEvent, AuditSeal


class Command(BaseCommand):
    help = "Recompute the audit trail's chains and seals. Exit 1 when anything was changed or taken out."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for line in audit.differences():
            self.stderr.write(line)
            found += 1
        if found:
            raise CommandError(f"{found} differences.")
        self.stdout.write(f"{AuditEvent.objects.count()} events and {AuditSeal.objects.count()} seals are whole.")
