"""The parts of the site and the command that runs each.

``manage.py up`` runs these commands and ``docker-compose.yml`` names the same ones; a test compares
them. A command begins with ``python``; whoever runs it puts its own interpreter in that place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

GUNICORN = ("python", "-m", "gunicorn", "aivh.wsgi", "--config", "python:aivh.webserver")
CELERY = ("python", "-m", "celery", "--quiet", "--app", "aivh")
# Nobody here reads the other workers' clocks and news, and a start is quicker without them.
ALONE = ("--without-gossip", "--without-mingle")


@dataclass(frozen=True)
class Part:
    """A process of the site: its name in the log, its command, additions to its environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    # Lines with one of these in them are nobody's business.
    hushed: tuple[str, ...] = ()


def web(*, host: str, port: int, workers: int) -> tuple[str, ...]:
    """The web server's command."""
    address = f"[{host}]" if ":" in host else host
    return (*GUNICORN, "--bind", f"{address}:{port}", "--workers", str(workers))


def worker(*, processes: int, name: str = "inference") -> tuple[str, ...]:
    """The command of the worker that classifies and does everything else that is short."""
    return _worker(name, queues="default,inference", processes=processes)


def trainer(*, name: str = "training") -> tuple[str, ...]:
    """The command of the worker that trains, one run at a time, beside the others."""
    return _worker(name, queues="training", processes=1)


def jobs(*, name: str = "jobs") -> tuple[str, ...]:
    """The command of the worker that imports, exports and does bulk actions, one at a time.

    A process of its own: an export of hours must hold up neither a picture nor a training.
    """
    return _worker(name, queues="jobs", processes=1)


def beat() -> tuple[str, ...]:
    """The command of the clock."""
    return (*CELERY, "beat")


def _worker(name: str, *, queues: str, processes: int) -> tuple[str, ...]:
    node = ("--hostname", f"{name}@%h", "--queues", queues, "--concurrency", str(processes))
    return (*CELERY, "worker", *node, *ALONE)


def site_parts(
    *, host: str, port: int, workers: int, processes: int, log_format: str
) -> list[Part]:
    """All parts but Valkey, in the order in which they start."""
    # Each part must know who can reach the site: /predict is open to strangers only on loopback.
    # None of them sees the terminal that reads its lines.
    environment = {"AIVH_BIND_HOST": host, "AIVH_LOG_FORMAT": log_format}
    return [
        Part("web", web(host=host, port=port, workers=workers), environment),
        Part("worker", worker(processes=processes), environment),
        Part("trainer", trainer(), environment),
        Part("jobs", jobs(), environment),
        Part("beat", beat(), environment),
    ]
