"""What the tests of the two desks do all the time."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.site import Site


def at_desk(visitor: Visitor, path: str = "/review/") -> Page:
    """Open the page and wait until its picture can be answered for."""
    visitor.open(path)
    ready(visitor.page)
    return visitor.page


def ready(page: Page) -> None:
    """Wait until a picture is on the canvas and can be answered for."""
    expect(page.locator("#canvas[data-picture]")).to_be_visible(timeout=15_000)
    expect(page.locator(".answer.ai")).to_be_enabled(timeout=15_000)


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
