"""What a worker needs on its machine, looked at before it starts and said in words."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import Error, connection

from aivh import env
from aivh.tables import compare_tables
from classifier.errors import AivhError
from classifier.queries import production_version
from classifier.serving import registry
from worker.broker import UNREACHABLE

INFERENCE, TRAINING, JOBS = "inference", "training", "jobs"
BROKER_SECONDS = 5
PREPARE = "Run `manage.py prepare` where the site runs."
INSTALL_TORCH = "pip install --constraint constraints.txt --editable '.[training]'"


@dataclass(frozen=True)
class Finding:
    """One need: whether it is met, and what was found or what to do."""

    need: str
    met: bool
    words: str


class Missing(Exception):
    """A need is not met; the message says what to do."""


def findings(queue: str) -> Iterator[Finding]:
    """Look at every need of a worker that takes ``queue``; a later one may rest on an earlier."""
    looks: dict[str, Callable[[], str]] = {
        "database": database,
        "broker": broker,
        "pictures": pictures,
        "detector": detector,
    }
    if queue == TRAINING:
        looks["fine-tuning"] = fine_tuning
    for need, look in looks.items():
        try:
            yield Finding(need, True, look())
        except Missing as error:
            yield Finding(need, False, str(error))


def database() -> str:
    """Reachable, and its tables those of this code."""
    try:
        tables = compare_tables()
    except Error as error:
        raise Missing(f"It does not answer ({error}). Is DATABASE_URL right?") from error
    if tables.lacking:
        raise Missing(f"Its tables are older than this code. {PREPARE}")
    if tables.unknown:
        raise Missing("Its tables are newer than this code. Bring the code on this machine up.")
    where = connection.settings_dict
    return f"{connection.vendor} at {where['HOST'] or where['NAME']}"


def broker() -> str:
    with current_app.connection_for_read() as found:
        try:
            found.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
        except UNREACHABLE as error:
            raise Missing(
                f"{found.as_uri()} does not answer ({error}). Is REDIS_URL right?"
            ) from error
        return str(found.as_uri())


def pictures() -> str:
    """The bucket, or a folder that only this machine has."""
    if not env.GS_BUCKET_NAME:
        return _folder(Path(settings.MEDIA_ROOT))
    try:
        default_storage.listdir("models")
    except Exception as error:  # each storage has errors of its own
        raise Missing(
            f"The bucket {env.GS_BUCKET_NAME} cannot be read ({error}). Are GS_BUCKET_NAME and "
            "this machine's credentials right?"
        ) from error
    return f"gs://{env.GS_BUCKET_NAME}"


def _folder(folder: Path) -> str:
    if folder.exists() and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise Missing(f"You may not read and write {folder}.")
    return f"{folder}; a worker on another machine needs a bucket (GS_BUCKET_NAME)"


def detector() -> str:
    """The version in production, on this machine's disk; fetched now if it was not."""
    try:
        version = production_version()
    except Error as error:
        raise Missing("Without the database nobody knows which version answers.") from error
    if version is None:
        raise Missing(f"No version of the detector is in production yet. {PREPARE}")
    try:
        registry().get(version.reference)
    except AivhError as error:
        raise Missing(
            f"Version {version.number} cannot be had here: {error.message} Set GS_BUCKET_NAME or "
            "WANDB_API_KEY as on the site's machine, which shares its versions through them."
        ) from error
    return f"version {version.number}"


def fine_tuning() -> str:
    """Torch is an extra: who only refits needs none."""
    if find_spec("torch") is None or find_spec("lightning_fabric") is None:
        return f"not here, refits only, because torch is not installed ({INSTALL_TORCH})"
    return "torch is installed"
