"""Twenty reviews by keyboard in a real browser: ``python -m tests.benchmarks.review [FOLDER]``.

Prints keystrokes, seconds, and how long it takes from a key to the next picture on the screen:
once as fast as the page goes and once looking at each picture for a second. FOLDER has pictures to
review, 40 are taken; without it they are made up, 1200 × 900 each.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from tests import conftest  # noqa: F401 (sets Django up, on a folder of its own)
from tests.browser.conftest import PASSWORD, REVIEWERS, logged_in
from tests.browser.desk import ready, review_by_keys
from tests.chromium import running_chromium
from tests.labelling.pictures import noise
from tests.site import Site, running_site

TWENTY = "ahahuahahxahahuahahx"
LOOKS = (0.0, 1.0)  # seconds


def pictures(folder: Path | None) -> Iterator[bytes]:
    if folder is None:
        yield from (noise(seed, size=(1200, 900)) for seed in range(40))
        return
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".jpg", ".png", ".webp"))
    yield from (path.read_bytes() for path in files[:: max(1, len(files) // 40)][:40])


def hand_in(site: Site, folder: Path | None) -> None:
    token = site.person("umi")
    for data in pictures(folder):
        answer = site.api(
            "POST", "/api/v1/images/?wait=30", token=token, files={"file": ("a.jpg", data)}
        )
        assert answer.status_code in (200, 202), answer.text


def measure(page: Page, site: Site) -> None:
    for look in LOOKS:
        page.goto(f"{site.url}/review/")
        ready(page)
        page.wait_for_load_state("networkidle")
        print(f"looking {look:g} s at each: {review_by_keys(page, TWENTY, look=look)}")


def main(folder: Path | None) -> None:
    with running_site(environment={"AIVH_ENV_FILE": os.devnull}) as site:
        site.person("rene", groups=(REVIEWERS,), password=PASSWORD)
        hand_in(site, folder)
        with running_chromium() as chromium:
            state = logged_in(chromium, site.url, "rene", PASSWORD)
            measure(chromium.new_context(storage_state=state).new_page(), site)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
