"""``manage.py consider N``: put a candidate from elsewhere into shadow."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classifier.errors import AivhError
from classifier.models import ModelVersion
from labelling.models import User
from worker.services.considering import consider


class Command(BaseCommand):
    help = "Compare a candidate from elsewhere with the version that answers, unseen by people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, metavar="N", help="the version's number")
        parser.add_argument("--by", required=True, metavar="NAME", help="the administrator")
        parser.add_argument("--reason", required=True, help="where it comes from; kept and shown")

    def handle(self, *, number: int, by: str, reason: str, **_: Any) -> None:
        try:
            version = ModelVersion.objects.get(number=number)
            person = User.objects.get(username=by)
            consider(version=version, by=person, reason=reason)
        except ModelVersion.DoesNotExist as error:
            raise CommandError(f"There is no version {number}.") from error
        except User.DoesNotExist as error:
            raise CommandError(f"There is nobody called {by}.") from error
        except AivhError as error:
            raise CommandError(error.message) from error
        version.refresh_from_db()
        self.stdout.write(f"Version {number} is in {version.state}. Its page says how it does.")
