"""Reviewing in a browser that runs no script."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Queue, Visit
from tests.browser.desk import label_of
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]


def named(page: Page) -> str:
    """The picture that the form is about."""
    return page.locator('#desk input[name="image"]').get_attribute("value") or ""


def test_voting_skipping_flagging_and_undoing_by_forms(
    queue: Queue, visit: Visit, site: Site
) -> None:
    handed_in = queue(4)
    visitor = visit("rene", java_script_enabled=False)
    visitor.open("/review/")
    page, seen = visitor.page, []
    seen.append(named(page))
    page.get_by_role("button", name="Human").click()
    expect(page.locator("#results .result").first).to_contain_text("You said Human")
    expect(page.locator("#results .result").first.locator(".verdict")).to_be_visible()
    assert label_of(site, visitor, seen[0]) == "human"

    seen.append(named(page))
    page.get_by_role("button", name="Skip").click()
    seen.append(named(page))
    page.locator("summary", has_text="Flag this picture").click()
    page.locator("#plain-note").fill("A hazy watermark.")
    page.get_by_role("button", name="Flag it and go on").click()
    expect(page.get_by_text("Flagged: an adjudicator will look at it.")).to_be_visible()
    seen.append(named(page))
    assert sorted(seen) == sorted(handed_in)

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back.")).to_be_visible()
    assert named(page) == seen[0]
    assert label_of(site, visitor, seen[0]) is None
    page.get_by_role("button", name="AI").click()
    page.get_by_role("button", name="Unsure").click()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    page.get_by_role("link", name="Look again at 2").click()
    assert named(page) in (seen[1], seen[3])


def test_it_can_wait_and_be_answered_anew(queue: Queue, visit: Visit, site: Site) -> None:
    queue(2)
    visitor = visit("rosa", java_script_enabled=False)
    visitor.open("/review/")
    page = visitor.page
    page.get_by_role("switch", name="Go on by itself").click()
    first = named(page)
    page.get_by_role("button", name="AI", exact=False).first.click()
    expect(page.locator("#told .verdict")).to_be_visible()
    assert named(page) == first
    page.get_by_role("button", name="Human").click()
    expect(page.locator("#told")).to_contain_text("You said Human")
    assert label_of(site, visitor, first) == "human"
    page.get_by_role("link", name="Next picture").click()
    assert named(page) != first
    page.get_by_role("switch", name="Go on by itself").click()
