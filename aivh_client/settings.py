"""What the environment says, and the folders of the person's own. Nothing else reads either."""

import os
import sys
from pathlib import Path

ADDRESS = "AIVH_URL"  # with AIVH_TOKEN in the place of `aivh login`, as in a pipeline
TOKEN = "AIVH_TOKEN"  # noqa: S105 (the name of a variable)


def given_account() -> tuple[str, str]:
    """Address and token; each empty where the environment does not say."""
    return os.environ.get(ADDRESS, ""), os.environ.get(TOKEN, "")


def config_folder() -> Path:
    """Where the account is kept."""
    return _folder("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """Where journals of uploads are kept."""
    return _folder("XDG_STATE_HOME", ".local/state")


def _folder(variable: str, below_home: str) -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home()) / "aivh"
    return Path(os.environ.get(variable) or Path.home() / below_home) / "aivh"
