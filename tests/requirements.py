"""What a test may need beside the install. Each says in one line why it was skipped.

With ``AIVH_REQUIRE_ALL=1`` a missing part is a failure, so that no machine that should have
everything passes by skipping.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAB_DATA = ROOT.parent / "shared" / "data"
LAB_ORIGINALS = ROOT.parent / "shared" / "fixtures"
LAB_AUTOENCODER = ROOT.parent / "shared" / "autoencoder" / "taef2.safetensors"
CHROMIUM_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
POSTGRES_HOMES = "/usr/lib/postgresql"


def require_lab_data() -> Path:
    """Return the folder of the lab data."""
    if not (LAB_DATA / "manifest.csv").is_file():
        _missing("the lab data (../shared/data) is not on this machine")
    return LAB_DATA


def require_lab_originals() -> Path:
    """Return the folder of original files with their metadata; ``LAB_ORIGINALS`` names it."""
    if not (LAB_ORIGINALS / "README.md").is_file():
        _missing("the lab's original files (../shared/fixtures) are not on this machine")
    return LAB_ORIGINALS


def lab_autoencoder() -> Path:
    """Return the weights of the lab's autoencoder; ``LAB_AUTOENCODER`` names them."""
    if not LAB_AUTOENCODER.is_file():
        _missing("the lab's autoencoder (../shared/autoencoder) is not on this machine")
    return LAB_AUTOENCODER


def require_chromium() -> Path:
    """Return the browser's program."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return Path(found)
    _missing("Chromium is not installed on this machine (apt-get install chromium)")


def require_postgres() -> Path:
    """Return the folder that holds ``initdb`` and ``postgres``; Debian keeps it off the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    for found_path in sorted(Path(POSTGRES_HOMES).glob("*/bin/initdb"), reverse=True):
        return found_path.parent
    _missing("a Postgres server is not installed on this machine (apt-get install postgresql)")


def require_redis() -> Path:
    """Return the program of a Redis server that is installed on the machine."""
    if found := shutil.which("redis-server"):
        return Path(found)
    _missing("a Redis server is not installed on this machine (apt-get install redis-server)")


def require_promtool() -> Path:
    """Return the program that checks and tests Prometheus' rules."""
    if found := shutil.which("promtool"):
        return Path(found)
    _missing("promtool is not installed on this machine (apt-get install prometheus)")


def require_network_namespaces() -> None:
    """Return where namespaces, cables between them and bridges can be made: as root, mostly."""
    name = f"aivh-try-{os.getpid()}"
    tries = [
        ["netns", "add", name],
        ["-netns", name, "link", "add", "try0", "type", "bridge"],
        ["-netns", name, "link", "add", "try1", "type", "veth", "peer", "name", "try2"],
    ]
    if not shutil.which("ip"):
        _missing("the program `ip` is not installed on this machine (apt-get install iproute2)")
    able = all(_succeeds("ip", *words) for words in tries)
    _succeeds("ip", "netns", "del", name)
    if not able:  # rights are nobody's to install, so this is no failure with AIVH_REQUIRE_ALL
        pytest.skip(
            "network namespaces cannot be made here: that needs root, or CAP_NET_ADMIN and "
            "CAP_SYS_ADMIN"
        )


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _missing(reason: str) -> NoReturn:
    if os.environ.get("AIVH_REQUIRE_ALL") == "1":
        pytest.fail(f"AIVH_REQUIRE_ALL=1, but {reason}", pytrace=False)
    pytest.skip(reason)
