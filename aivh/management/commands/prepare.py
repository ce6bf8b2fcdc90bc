"""``manage.py prepare``: what ``up`` does before its parts start, for sites that run without it."""

from typing import Any

from django.core.management.base import BaseCommand

from aivh.supervisor.preparation import ADMINISTRATOR, ensure_administrator, prepare


class Command(BaseCommand):
    help = "Migrate, collect static files, register the shipped detector, make the first account."

    def handle(self, *args: Any, **options: Any) -> None:
        prepare(self.stdout.write)
        if password := ensure_administrator():
            self.stdout.write(f"Sign in as {ADMINISTRATOR} with the password {password}")
            self.stdout.write("It is shown this once. Change it at /accounts/password/.")
