"""A real browser, with what need not run in a test switched off."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from tests.requirements import require_chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Milliseconds for what a test expects to come. On a machine that is busy with other tests five
# seconds, Playwright's own, are over before a page has had its turn.
PATIENCE = 15_000


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start it, and end it with the block. While it runs, no test can use Django's models: Django
    takes Playwright's loop for one of its own."""
    program = require_chromium()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(program), args=FLAGS)
        yield chromium
        chromium.close()
