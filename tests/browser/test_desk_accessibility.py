"""WCAG AA on the desks in each state that they can be in: axe finds nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.conftest import Queue, Visit
from tests.browser.desk import at_desk, press, ready

pytestmark = [pytest.mark.browser, pytest.mark.site]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_at_the_desks(
    queue: Queue, visit: Visit, scheme: str, width: int
) -> None:
    queue(4)
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": 800}}
    page, found = at_desk(visit("rene", **look)), []
    found += violations(page, "blind")
    press(page, "a")
    page.locator("#results [data-open]").first.click()
    expect(page.locator("#told .verdict")).to_be_visible()
    page.keyboard.press("m")
    expect(page.locator("#canvas .heat")).to_be_visible(timeout=30_000)
    found += violations(page, "told, with the map")
    page.keyboard.press("n")
    ready(page)
    page.keyboard.press("+")
    found += violations(page, "zoomed")
    page.keyboard.press("?")
    found += violations(page, "keys")
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.keyboard.type("Look at this.")
    found += violations(page, "flag")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#waiting")).to_have_text("2")
    press(page, "ah")
    expect(page.locator("#canvas")).to_contain_text("Nothing waits for you.")
    found += violations(page, "empty")

    desk = visit("jo", **look)
    desk.open("/adjudicate/")
    expect(desk.page.locator("#canvas[data-picture]")).to_be_visible()
    found += violations(desk.page, "adjudicating")
    desk.page.keyboard.press("h")
    expect(desk.page.get_by_text("Nothing waits to be settled.")).to_be_visible()
    found += violations(desk.page, "nothing to settle")
    assert found == []
