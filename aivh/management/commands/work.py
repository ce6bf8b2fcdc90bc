"""``manage.py work``: one worker on this machine, for the site's queues."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from aivh import env
from aivh.needs import INFERENCE, JOBS, TRAINING, Finding, findings
from aivh.supervisor import parts


class Command(BaseCommand):
    help = "Look whether a worker finds all that it needs here, say what is missing, and run it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", choices=[INFERENCE, TRAINING, JOBS], help="what it is to do")
        parser.add_argument(
            "--processes",
            type=int,
            default=env.INFERENCE_PROCESSES,
            help="pictures classified at the same time; the other workers have one process",
        )
        parser.add_argument(
            "--name", help="what it is called beside the machine's name, if two run on one machine"
        )
        parser.add_argument("--check", action="store_true", help="look only; run nothing")

    def handle(self, *args: Any, queue: str, **options: Any) -> None:
        if options["processes"] < 1:
            raise CommandError("A worker needs at least one process.")
        self.look(queue)
        if not options["check"]:
            self.run(queue, options["name"] or queue, options["processes"])

    def look(self, queue: str) -> None:
        """Say all that was found. Raises CommandError where a need is not met."""
        missing = [finding.need for finding in findings(queue) if not self.tell(finding)]
        if missing:
            raise CommandError(f"This worker cannot start; see {', '.join(missing)} above.")

    def tell(self, finding: Finding) -> bool:
        mark = "ok     " if finding.met else "MISSING"
        self.stdout.write(f"{mark} {finding.need}: {finding.words}")
        return finding.met

    def run(self, queue: str, name: str, processes: int) -> None:
        """Become the worker, so that whoever started us can stop it by a signal."""
        if queue == TRAINING:
            command = parts.trainer(name=name)
        elif queue == JOBS:
            command = parts.jobs(name=name)
        else:
            command = parts.worker(name=name, processes=processes)
        self.stdout.write(f"Taking work from the queue {queue}. Press Ctrl-C to stop.")
        self.stdout.flush()
        connections.close_all()
        own = [sys.executable, *command[1:]]
        os.execve(sys.executable, own, env.child_environment({}))  # noqa: S606 - no shell is wanted
