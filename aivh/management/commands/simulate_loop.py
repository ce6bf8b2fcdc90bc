"""``manage.py simulate_loop``: the loop from labels to a better detector, played and measured."""

import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from aivh.lone_site import lone_site
from classifier.errors import AivhError
from worker.management.simulation import add_options, as_arguments

# The plan says when to retrain, and there is no traffic in which a shadow could prove itself.
SWITCHES = {
    "AIVH_RETRAIN_MIN_NEW_LABELS": "1",
    "AIVH_SHADOW_PICTURES": "0",
    "AIVH_SECRET_KEY": "simulation",
    "AIVH_LOG_LEVEL": "ERROR",
}


class Command(BaseCommand):
    """Makes a site of its own in a temporary folder and plays there; yours is not touched."""

    help = "Play a labelled stream through the real services and draw accuracy against labels."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)

    def handle(self, **options: Any) -> None:
        manage = Path(settings.BASE_DIR) / "manage.py"
        command = [sys.executable, str(manage), "play_stream", *as_arguments(options)]
        try:
            with (
                TemporaryDirectory(prefix="aivh-simulation-") as folder,
                lone_site(Path(folder), SWITCHES) as environment,
            ):
                migrate = [sys.executable, str(manage), "migrate", "--verbosity", "0"]
                subprocess.run(migrate, env=environment, check=True)
                played = subprocess.run(command, env=environment, check=False)
        except AivhError as error:
            raise CommandError(error.message) from error
        if played.returncode:
            sys.exit(played.returncode)
