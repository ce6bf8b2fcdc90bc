"""``manage.py doctor``: what of the site works, and what to do about what does not."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from aivh.doctor.checks import all_checks
from aivh.doctor.examine import examine
from aivh.doctor.finding import Finding, State

SECONDS = 15.0
WIDTH = 14  # of the longest name


class Command(BaseCommand):
    """Run it as the user who runs the site, with the same environment."""

    help = "Look at every part that the site rests on; exit code 1 when one of them fails."
    requires_system_checks = ()  # they are one of the checks, and stop none of the others

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines")
        parser.add_argument(
            "--timeout", type=float, default=SECONDS, help="seconds that each check may take"
        )

    def handle(self, *args: Any, json: bool, timeout: float, **options: Any) -> None:
        if not 0 < timeout < float("inf"):
            raise CommandError("--timeout is a number of seconds above 0.")
        findings = list(examine(all_checks(), seconds=timeout))
        if json:
            self.stdout.write(as_json(findings))
        else:
            self.tell(findings)
        if count(findings, State.FAIL):
            sys.exit(1)

    def tell(self, findings: Sequence[Finding]) -> None:
        """A line for each check, and one below it where something is to do."""
        styles = {State.OK: "SUCCESS", State.WARN: "WARNING", State.FAIL: "ERROR"}
        for finding in findings:
            state = getattr(self.style, styles[finding.state])(f"{finding.state:<4}")
            self.stdout.write(f"{state}  {finding.check:<{WIDTH}}  {finding.words}")
            if finding.todo:
                self.stdout.write(f"{'':6}{'':{WIDTH}}  {finding.todo}")
        fails, warnings = count(findings, State.FAIL), count(findings, State.WARN)
        self.stdout.write(f"{len(findings)} checks: {fails} failed, {warnings} to know of.")


def count(findings: Sequence[Finding], state: State) -> int:
    return sum(finding.state == state for finding in findings)


def as_json(findings: Sequence[Finding]) -> str:
    """One object: ``ok``, and ``checks`` with check, state, words, todo and seconds each."""
    told = [asdict(finding) for finding in findings]
    return json.dumps({"ok": not count(findings, State.FAIL), "checks": told}, indent=2)
