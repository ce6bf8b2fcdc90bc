"""What the commands that train have in common."""

from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

if TYPE_CHECKING:
    from classifier.training.config import TrainingConfig

# Settings that have an option of their own, for convenience.
SHORT = ("network", "epochs", "batch", "crop", "learning_rate", "seed", "threads")


def add_config(parser: ArgumentParser) -> None:
    """Take a config file and changes to it."""
    parser.add_argument("--config", type=Path, metavar="YAML", help="settings of the training")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="changes",
        metavar="KEY=VALUE",
        help="change one setting, such as degradation.blur=0.1; may be given many times",
    )
    parser.add_argument("--network")
    parser.add_argument("--epochs", type=int, help="0 learns only the head")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--crop", type=int, help="pixels of a training crop's side")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--threads", type=int)


def config_from(options: dict[str, Any]) -> "TrainingConfig":
    """Return the file's settings, changed by ``--set``, changed by the short options.

    Raises ConfigError.
    """
    files = imported("classifier.training.config_file")
    given = [f"{key}={options[key]}" for key in SHORT if options.get(key) is not None]
    config: TrainingConfig = files.read_config(
        options.get("config"), [*(options.get("changes") or []), *given]
    )
    return config


def imported(name: str) -> ModuleType:
    """Import a module that needs torch; without it say how to get it."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise CommandError(
            f"Training needs the extra 'training' ({error.name} is missing): "
            "pip install -e '.[training]'"
        ) from error
