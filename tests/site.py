"""The whole site as a person starts it: ``manage.py up`` on a free port and an empty folder."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

import psutil
import pytest
import requests
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password

from tests.migrated import copy_migrated_sqlite
from tests.requirements import ROOT
from tests.shell import Shell
from tests.together import TOGETHER

START_TIMEOUT = 120.0
STOP_TIMEOUT = 40.0
# What the first site collected, for the others: compressing it takes seconds each time.
COLLECTED = TOGETHER / "static"
PASSWORD = re.compile(r"Sign in as (\S+) with the password (\S+)")


@pytest.fixture(scope="session")
def site() -> Iterator["Site"]:
    """A running site that all end-to-end tests share: make pictures and people of your own."""
    with running_site() as running:
        yield running


@dataclass
class Site:
    """A site that runs: where it is, who administers it, what it has said so far."""

    url: str
    port: int
    data_dir: Path
    process: subprocess.Popen[str]
    environment: dict[str, str]
    lines: list[str] = field(default_factory=list)
    _family: dict[int, psutil.Process] = field(default_factory=dict)
    _shell: Shell | None = None

    @property
    def log(self) -> str:
        """Everything that ``up`` and its parts have printed."""
        return "\n".join(self.lines)

    @property
    def admin(self) -> tuple[str, str]:
        """The administrator's name and password, as a person reads them off the first start."""
        found = PASSWORD.search(self.log)
        assert found, f"no password was printed:\n{self.log}"
        return found.group(1), found.group(2)

    def shell(self, code: str) -> str:
        """Run Django code beside the site, on the same data, and return what it printed."""
        if self._shell is None:
            self._shell = Shell(self.environment)
        return self._shell.run(code)

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of ``manage.py`` beside the site: a whole start of Django."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=check,
        )

    def person(
        self, name: str, *, groups: tuple[str, ...] = (), password: str = "a-long-one-7"
    ) -> str:
        """Make an account and return its API token."""
        code = (
            "from django.contrib.auth.models import Group\n"
            "from labelling.models import Scope, User\n"
            "from labelling.services.tokens import make_token\n"
            f"user, made = User.objects.get_or_create(username={name!r})\n"
            f"made and (setattr(user, 'password', {_hashed(password)!r}), user.save())\n"
            f"user.groups.set(Group.objects.filter(name__in={('Uploaders', *groups)!r}))\n"
            "print(make_token(owner=user, name='test', scopes=Scope.values, days=1)[1])\n"
        )
        return self.shell(code).strip().splitlines()[-1]

    def api(self, method: str, path: str, *, token: str = "", **options: Any) -> requests.Response:
        """One request; ``token`` signs it. Never raises for a status."""
        headers = dict(options.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return requests.request(
            method, self.url + path, headers=headers, timeout=options.pop("timeout", 30), **options
        )

    def answers(self) -> bool:
        """Whether the web server answers; one that is still loading does not."""
        try:
            requests.get(f"{self.url}/", timeout=5)
        except (requests.ConnectionError, requests.Timeout):
            return False
        return True

    def sign_in(self, name: str = "", password: str = "") -> requests.Session:
        """A browser's session, signed in; as the administrator when nobody is named."""
        if not name:
            name, password = self.admin
        session = requests.Session()
        address = f"{self.url}/accounts/login/"
        session.get(address, timeout=30)
        form = {
            "username": name,
            "password": password,
            "csrfmiddlewaretoken": session.cookies["csrftoken"],
        }
        answer = session.post(address, data=form, headers={"Referer": address}, timeout=30)
        assert "sessionid" in session.cookies, answer.text
        return session

    def processes(self, name: str = "") -> list[psutil.Process]:
        """Everything that ``up`` started and that still runs; or the leader of one part."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        self._family.update({child.pid: child for child in family})
        if not name:
            return family
        marks = {
            "web": "gunicorn",
            "worker": "inference@%h",
            "trainer": "training@%h",
            "jobs": "jobs@%h",
            "beat": "beat",
            "valkey": "unixsocket",
        }
        leaders = psutil.Process(self.process.pid).children()
        return [leader for leader in leaders if _mentions(leader, marks[name])]

    def leader(self, name: str) -> psutil.Process:
        """The process of one part; waits while it is being started again."""
        leaders: list[psutil.Process] = []

        def one_runs() -> bool:
            leaders[:] = self.processes(name)
            return bool(leaders)

        wait_for(one_runs, self)
        return leaders[0]

    def survivors(self, *, within: float = 5.0) -> list[str]:
        """What still runs of all that was ever seen, when ``within`` seconds have passed."""
        _, alive = psutil.wait_procs(list(self._family.values()), timeout=within)
        return [str(process) for process in alive if process.status() != psutil.STATUS_ZOMBIE]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal, wait, and return the exit code."""
        self.close_shell()
        if self.process.poll() is None:
            self.processes()
            self.process.send_signal(number)
        return self.process.wait(timeout=STOP_TIMEOUT)

    def close_shell(self) -> None:
        if self._shell is not None:
            self._shell.close()
            self._shell = None


@contextmanager
def running_site(
    *,
    data_dir: Path | None = None,
    environment: Mapping[str, str] | None = None,
    arguments: tuple[str, ...] = (),
) -> Iterator[Site]:
    """Start a site, wait until it says that it is ready, and stop it without a trace.

    Without a folder or database of your own it begins on one that is migrated, otherwise empty.
    """
    folder = data_dir or Path(tempfile.mkdtemp(prefix="aivh-site-"))
    if data_dir is None and "DATABASE_URL" not in (environment or {}):
        copy_migrated_sqlite(folder)
    if COLLECTED.is_dir() and not (folder / "static").exists():
        shutil.copytree(COLLECTED, folder / "static")
    site = start_site(data_dir=folder, environment=environment, arguments=arguments)
    try:
        wait_for(lambda: "The site is ready" in site.log, site, timeout=START_TIMEOUT)
        if not COLLECTED.exists():
            _keep_collected(folder / "static")
        site.processes()
        yield site
        code = site.stop()
        assert code == 0, site.log
        assert site.survivors() == []
    finally:
        site.close_shell()
        if site.process.poll() is None:
            site.process.kill()
            site.process.wait()
        if data_dir is None:
            shutil.rmtree(folder, ignore_errors=True)


def start_site(
    *,
    data_dir: Path,
    environment: Mapping[str, str] | None = None,
    arguments: tuple[str, ...] = (),
) -> Site:
    """Start ``manage.py up`` and follow what it prints, without waiting for anything."""
    port = free_port()
    ours = {"AIVH_DATA_DIR": str(data_dir), "AIVH_LOG_FORMAT": "text"}  # as at a terminal
    settings = os.environ | ours | dict(environment or {})
    settings.pop("AIVH_BIND_HOST", None)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port), *arguments],
        cwd=ROOT,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    site = Site(f"http://127.0.0.1:{port}", port, data_dir, process, settings)
    assert process.stdout is not None
    threading.Thread(target=_follow, args=(process.stdout, site.lines), daemon=True).start()
    return site


@contextmanager
def asleep(site: Site, name: str) -> Iterator[None]:
    """Suspend one part with its children, as if it were busy for as long."""
    leader = site.leader(name)
    family = [leader, *leader.children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in family:
            process.resume()


def wait_for(
    condition: Callable[[], object], site: Site | None = None, *, timeout: float = 60.0
) -> None:
    """Wait until ``condition`` holds; fail with the site's log when it does not."""
    deadline = time.monotonic() + timeout
    while not condition():
        log = site.log if site else ""
        assert time.monotonic() < deadline, f"not within {timeout:g} s\n{log}"
        assert site is None or site.process.poll() is None, f"the site ended\n{log}"
        time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _keep_collected(static: Path) -> None:
    """Copy it for the other sites, whole or not at all: another worker may do the same now."""
    scratch = Path(tempfile.mkdtemp(dir=TOGETHER)) / "static"
    shutil.copytree(static, scratch)
    with suppress(OSError):
        scratch.rename(COLLECTED)


@cache
def _hashed(password: str) -> str:
    """As the site hashes it, which takes half a second."""
    return make_password(password, hasher=PBKDF2PasswordHasher())


def _follow(stream: IO[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line.rstrip("\n"))  # noqa: PERF401 (others read the list meanwhile)


def _mentions(process: psutil.Process, mark: str) -> bool:
    try:
        return any(mark in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False
