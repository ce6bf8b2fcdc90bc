"""Every check, in the order in which one mends: the later ones rest on the earlier."""

from aivh.doctor import database, detector, machine, server, storage
from aivh.doctor.finding import Check
from aivh.doctor.heartbeat import heartbeat
from aivh.doctor.switches import switches
from aivh.doctor.workers import workers
from labelling.storage import storage_is_local

HANGS = "takes connections and does not answer"


def all_checks() -> dict[str, Check]:
    """By name, as the report calls them. A bucket has two more than a folder."""
    found = {
        "settings": Check(switches, "Run `manage.py check`."),
        "database": Check(
            database.database, f"The database {HANGS}: look at its machine, or start it again."
        ),
        "migrations": Check(database.migrations, database.FIRST),
        "redis": Check(
            server.server, f"The server {HANGS}: look at its machine, or start it again."
        ),
        "storage": Check(storage.pictures, storage.advice()),
    }
    if not storage_is_local():
        found["signed address"] = Check(storage.signed_address, storage.advice())
        found["cors"] = Check(storage.cors, storage.advice())
    return found | {
        "wandb": Check(detector.wandb, detector.SET_WANDB),
        "detector": Check(
            detector.detector, "Mend the database, the bucket or Weights & Biases first."
        ),
        "disk": Check(machine.disk, "Look whether the disk, or a network drive, hangs."),
        "clock": Check(machine.clock, "Mend the database and the server first."),
        "workers": Check(workers, "Mend Redis or Valkey first."),
        "heartbeat": Check(heartbeat, "Mend the database first."),
    }
