"""``aivh export``: ask for a file, wait until the site has written it, fetch it."""

import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any
from uuid import uuid4

from tqdm import tqdm

from aivh_client.account import account
from aivh_client.connection import Connection
from aivh_client.errors import ClientError, WrongUse
from aivh_client.names import sayable

ENDINGS = {
    "csv": ".csv",
    "jsonl": ".jsonl",
    "folder": ".zip",
    "coco": ".coco.json",
    "label-studio": ".label-studio.json",
}
EXPORTS, JOBS = "/api/v1/exports/", "/api/v1/jobs/"
EVERY = 0.5  # seconds between two looks at the job
UNDER_WAY = ("queued", "running")
DONE = "done"
STDOUT = Path("-")


def export(asked: Namespace) -> int:
    """The file's name goes to the standard output, or the file itself with ``-o -``."""
    if asked.output not in (None, STDOUT):
        _check(asked.output)
    site = Connection(account())
    wish = {"format": asked.format, "search": dict(map(_filter, asked.where or []))}
    job = _finished(site, site.post(EXPORTS, key=uuid4().hex, json=wish))
    if job["state"] != DONE:
        raise ClientError(f"The export came to no end: {job['outcome'] or job['state']}")
    if asked.output == STDOUT:
        site.fetch(_file(job), sys.stdout.buffer)
        return 0
    path = asked.output or Path(f"aivh-{job['id']}{ENDINGS[asked.format]}")
    _fetch(site, _file(job), path)
    sys.stderr.write(f"{job['outcome']}\n")
    print(sayable(path))
    return 0


def _check(output: Path) -> None:
    """Before the site works for it. Raises WrongUse for what can be no file."""
    try:
        known = output.exists()
        fits = output.is_file() if known else output.parent.is_dir()
    except OSError as error:
        raise WrongUse(f"{output} cannot be written: {error.strerror}") from error
    if not fits:
        missing = "is no file" if known else "would lie in no folder"
        raise WrongUse(f"{output} {missing}. Name a file in a folder that is there.")


def _finished(site: Connection, job: dict[str, Any]) -> dict[str, Any]:
    """The job once it has ended, with a bar for the person until then."""
    with tqdm(total=job["total"], unit=" pictures", disable=None, file=sys.stderr) as bar:
        while job["state"] in UNDER_WAY:
            site.pace.pause(EVERY)
            job = site.get(f"{JOBS}{job['id']}/")
            bar.total = job["total"]
            bar.update(job["done"] - bar.n)
    return job


def _fetch(site: Connection, address: str, path: Path) -> None:
    """Written beside and renamed, so that half a file never has the name of a whole one."""
    beside = path.with_name(f".aivh-{os.getpid()}")  # its own name may be as long as names can be
    try:
        with beside.open("xb") as file:
            site.fetch(address, file)
        beside.replace(path)
    except OSError as error:
        raise ClientError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)


def _file(job: dict[str, Any]) -> str:
    return f"{JOBS}{job['id']}/file/"


def _filter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise WrongUse(f"Write a filter as verdict=ai, not {text!r}.")
    return name, value
