"""``manage.py up``: run the whole site in the foreground, until Ctrl-C or SIGTERM."""

import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import supports_color
from django.db import connection

from aivh import env
from aivh.logs.format import JSON, format_of
from aivh.supervisor import valkey
from aivh.supervisor.guards import check_port, only_one, web_answers
from aivh.supervisor.log import Log
from aivh.supervisor.parts import Part, site_parts
from aivh.supervisor.preparation import ADMINISTRATOR, ensure_administrator, prepare
from aivh.supervisor.stalls import watch_for_stalls
from aivh.supervisor.supervisor import Supervisor
from classifier.errors import AivhError

VALKEY_TIMEOUT = 30.0  # seconds; a long file of waiting tasks takes a while to read
WEB_TIMEOUT = 120.0


class Command(BaseCommand):
    help = "Run the whole site in the foreground: Valkey, web server, workers and clock."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--workers", type=int, default=2, help="processes of the web server")

    def handle(self, *args: Any, host: str, port: int, workers: int, **options: Any) -> None:
        log_format = format_of(env.LOG_FORMAT, sys.stdout)
        log = Log(
            sys.stdout,
            coloured=supports_color() and not options["no_color"],
            as_json=log_format == JSON,
        )
        try:
            with only_one(settings.DATA_DIR):
                check_port(host, port)
                Site(log, host=host, port=port, workers=workers, log_format=log_format).run()
        except AivhError as error:
            raise CommandError(error.message) from error


class Site:
    """The steps from nothing to a running site and back."""

    def __init__(self, log: Log, *, host: str, port: int, workers: int, log_format: str) -> None:
        self.log, self.host, self.port, self.workers = log, host, port, workers
        self.log_format = log_format
        self.supervisor = Supervisor(log)

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.supervisor.stop())
        try:
            if not env.REDIS_URL:
                self.start_valkey()
            prepare(self.log.say)
            connection.close()
            self.start_parts()
            watch_for_stalls(self.supervisor.restart)
            self.supervisor.run()
        finally:
            self.log.say("Stopping …")
            self.supervisor.shut_down()
            self.log.say("Stopped.")

    def start_valkey(self) -> None:
        socket, folder = env.redis_socket(), settings.DATA_DIR / "valkey"
        valkey.make_folders(socket=socket, folder=folder)
        command = valkey.server_command(socket=socket, folder=folder)
        self.supervisor.start(Part("valkey", tuple(command), hushed=valkey.HUSHED))
        reached = self.supervisor.wait_until(lambda: valkey.answers(socket), timeout=VALKEY_TIMEOUT)
        if not reached and not self.supervisor.stopping:
            raise CommandError("Valkey does not answer. Its lines above say why.")

    def start_parts(self) -> None:
        parts = site_parts(
            host=self.host,
            port=self.port,
            workers=self.workers,
            processes=env.INFERENCE_PROCESSES,
            log_format=self.log_format,
        )
        for part in parts:
            self.supervisor.start(part)
        if self.supervisor.wait_until(
            lambda: web_answers(self.host, self.port), timeout=WEB_TIMEOUT
        ):
            self.welcome()
        elif not self.supervisor.stopping:
            self.log.say("The web server does not answer yet. Its lines above say why.")

    def welcome(self) -> None:
        password = ensure_administrator()
        connection.close()
        shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)
        self.log.say(f"The site is ready: {env.SITE_URL or f'http://{shown}:{self.port}/'}")
        if password:
            self.log.say(
                f"Sign in as {ADMINISTRATOR} with the password {password} (it is shown this once)"
            )
            self.log.say("Change it at /accounts/password/.")
        self.log.say("Press Ctrl-C to stop.")
