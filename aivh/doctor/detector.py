"""The detector that answers, and Weights & Biases, where its bundles may lie, too."""

from dataclasses import replace

from django.conf import settings

from aivh.doctor.database import PREPARE, asking
from aivh.doctor.finding import Wrong, in_short
from classifier.errors import AivhError, RegistryUnavailable
from classifier.queries import production_version
from classifier.registry.wandb import WandbRegistry
from classifier.serving import registry, wandb_settings

SECONDS = 12.0
PUT_BACK = (
    "Put a sound copy back with `manage.py registry put FOLDER` (the one that came with the "
    "project lies in classifier/shipped), or let an earlier version answer with `manage.py "
    "rollback --reason TEXT`."
)
SET_WANDB = (
    "Look at WANDB_API_KEY, WANDB_ENTITY and WANDB_BASE_URL and whether this machine reaches the "
    "service; the site goes on meanwhile, and what waits is sent later."
)


def detector() -> str:
    """The live version's bundle, every byte held against the digest in the database.

    What is not on this machine is fetched, as it would be for the next picture. Raises Wrong.
    """
    with asking():
        version = production_version()
    if version is None:
        raise Wrong("No version of the detector answers", PREPARE)
    short = version.digest[:12]
    try:
        registry().get(version.reference)
    except RegistryUnavailable as error:
        raise Wrong(
            f"Version {version.number} ({short}) is not on this machine: {in_short(error)}",
            "It is fetched as soon as the bucket or Weights & Biases answers; mend that.",
        ) from error
    except AivhError as error:
        raise Wrong(
            f"Version {version.number} ({short}) cannot be loaded: {in_short(error)}", PUT_BACK
        ) from error
    return f"version {version.number}, its files match {short}"


def wandb() -> str:
    """Ask Weights & Biases with the site's own client, where a key is set. Raises Wrong."""
    configured = wandb_settings()
    if configured is None:
        return "not configured"
    known = WandbRegistry(
        replace(configured, timeout=SECONDS), cache=settings.REGISTRY_ROOT / "fetched"
    )
    try:
        known.resolve("production")
    except (AivhError, OSError) as error:
        raise Wrong(in_short(error), SET_WANDB) from error
    return f"answers for the project {configured.project}"
