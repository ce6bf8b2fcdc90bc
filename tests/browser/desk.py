"""What the tests of the two desks do all the time."""

import time
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.site import Site

WATCH = """() => {
  window.aivhWaits = [];
  let pressed = null;
  addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  const canvas = document.getElementById("canvas");
  new MutationObserver(() => {
    if (!canvas.dataset.picture || pressed === null) return;
    const since = pressed;
    pressed = null;
    requestAnimationFrame(() => window.aivhWaits.push(performance.now() - since));
  }).observe(canvas, { attributeFilter: ["data-picture"] });
}"""


def at_desk(visitor: Visitor, path: str = "/review/") -> Page:
    """Open the page and wait until its picture can be answered for."""
    visitor.open(path)
    ready(visitor.page)
    return visitor.page


def ready(page: Page) -> None:
    """Wait until a picture is on the canvas and can be answered for."""
    expect(page.locator("#canvas[data-picture]")).to_be_visible()
    expect(page.locator(".answer.ai")).to_be_enabled()


def shown(page: Page) -> str:
    """The id of the picture on the canvas."""
    return page.locator("#canvas").get_attribute("data-picture") or ""


def press(page: Page, keys: str) -> None:
    """Press each key once the picture is there, and wait until nothing is on its way."""
    for key in keys:
        ready(page)
        page.keyboard.press(key)
    settled(page)


def settled(page: Page) -> None:
    expect(page.locator("#results .result", has_text="Being stored")).to_have_count(0)


def waiting(page: Page) -> int:
    return int(page.locator("#waiting").inner_text())


def label_of(site: Site, visitor: Visitor, image: str) -> str | None:
    """What people have settled of a picture."""
    found = site.api("GET", f"/api/v1/images/{image}/", token=visitor.token).json()["label"]
    return found["value"] if found else None


@dataclass(frozen=True)
class Pace:
    """What a round of reviewing took. ``waits`` are seconds from each key to the next picture."""

    keystrokes: int
    seconds: float
    waits: list[float]

    def __str__(self) -> str:
        waits = sorted(1000 * wait for wait in self.waits)
        p95 = waits[min(len(waits) - 1, round(0.95 * (len(waits) - 1)))]
        return (
            f"{len(self.waits) + 1} pictures, {self.keystrokes} keystrokes, {self.seconds:.1f} s; "
            f"from key to next picture: median {median(waits):.0f} ms, p95 {p95:.0f} ms, "
            f"longest {waits[-1]:.0f} ms"
        )


def review_by_keys(page: Page, keys: str, *, look: float = 0.0) -> Pace:
    """Answer one picture with each key after looking at it for ``look`` seconds.

    What a person waits for is measured in the page: from the key's event to the frame in which the
    next picture stands on the canvas.
    """
    page.evaluate(WATCH)
    started = time.monotonic()
    for key in keys:
        ready(page)
        page.wait_for_timeout(1000 * look)
        page.keyboard.press(key)
    settled(page)
    seconds = time.monotonic() - started
    waits = page.evaluate("window.aivhWaits")
    return Pace(len(keys), seconds, [wait / 1000 for wait in waits][: len(keys) - 1])
