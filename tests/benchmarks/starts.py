"""How long a start takes, to the first answered request: ``python -m tests.benchmarks.starts``.

The first start makes the tables, collects the static files and registers the detector; the second
finds all of that done, and on an idle machine it should take less than 10 s.
"""

import os
import tempfile
import time
from pathlib import Path

from tests.site import start_site, wait_for


def seconds_to_first_answer(folder: Path) -> float:
    """Start on ``folder``, wait for the first answer, stop again."""
    began = time.monotonic()
    site = start_site(data_dir=folder, environment={"AIVH_ENV_FILE": os.devnull})
    wait_for(site.answers, site, timeout=120)
    took = time.monotonic() - began
    assert site.stop() == 0, site.log
    return took


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="aivh-starts-") as name:
        for which in ("first", "second"):
            print(f"{which} start: {seconds_to_first_answer(Path(name)):.1f} s")
