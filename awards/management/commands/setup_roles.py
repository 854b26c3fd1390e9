from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from awards.roles import PERMISSIONS, set_up_roles


class Command(BaseCommand):
    help = "Create the groups Committee, Plan administrator, Payroll and Auditor with exactly their permissions."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        set_up_roles()
        self.stdout.write(f"Roles: {', '.join(PERMISSIONS)}.")
