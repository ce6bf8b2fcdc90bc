"""Settling by keyboard what people disagree on, and what was flagged."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Queue, Visit, Visitor
from tests.browser.desk import at_desk, label_of, press
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

TWO_VOTES = (
    "from labelling.models import Image\nImage.objects.filter(pk={!r}).update(votes_wanted=2)"
)


@pytest.fixture
def disagreed(queue: Queue, visit: Visit, site: Site) -> str:
    """A picture on which Rene says AI and Rosa says human."""
    image = queue(1)[0]
    site.shell(TWO_VOTES.format(image))
    for name, key in (("rene", "a"), ("rosa", "h")):
        page = at_desk(visit(name))
        press(page, key)
        page.goto("about:blank")
    return image


def there(page: Page) -> None:
    expect(page.locator("#canvas[data-picture]")).to_be_visible()


def test_a_disagreement_is_settled_by_a_key_and_taken_back(
    disagreed: str, adjudicator_at_desk: Visitor, site: Site
) -> None:
    adjudicator_at_desk.open("/adjudicate/")
    page = adjudicator_at_desk.page
    there(page)
    expect(page).to_have_title("Adjudicate (1) · aivh")
    side = page.locator("#side")
    for words in ("rene", "rosa", "AI", "Human", "probability of AI"):
        expect(side).to_contain_text(words)
    expect(side).to_contain_text("Nearest settled pictures")
    page.keyboard.press("m")
    expect(page.locator("#canvas .heat")).to_be_visible(timeout=30_000)
    page.keyboard.press("+")
    expect(page.locator("#zoom")).to_have_text("400 %")

    page.keyboard.press("i")
    page.keyboard.type("the hands have six fingers")
    expect(page.locator("#note")).to_have_value("the hands have six fingers")
    page.keyboard.press("Escape")
    page.keyboard.press("h")
    expect(page.get_by_text("Settled as Human.")).to_be_visible()
    expect(page).to_have_title("Adjudicate (0) · aivh")
    assert label_of(site, adjudicator_at_desk, disagreed) == "human"

    page.keyboard.press("z")
    there(page)
    expect(page).to_have_title("Adjudicate (1) · aivh")
    assert label_of(site, adjudicator_at_desk, disagreed) is None
    page.keyboard.press("s")
    expect(page.get_by_text("You put off all that waits.")).to_be_visible()
    page.get_by_role("link", name="Look at 1 again").click()
    there(page)
    page.keyboard.press("x")
    expect(page.get_by_text("Settled as Unusable.")).to_be_visible()
    assert adjudicator_at_desk.complaints == []


def test_a_flag_is_read_and_dismissed_and_the_picture_goes_back(
    queue: Queue, reviewer_at_desk: Visitor, adjudicator_at_desk: Visitor
) -> None:
    queue(1)
    desk = at_desk(reviewer_at_desk)
    desk.keyboard.press("f")
    desk.keyboard.type("is that a signature?")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#waiting")).to_have_text("0")
    adjudicator_at_desk.open("/adjudicate/")
    page = adjudicator_at_desk.page
    there(page)
    expect(page.locator("#side")).to_contain_text("is that a signature?")
    page.keyboard.press("d")
    expect(page.get_by_text("The flags are dismissed")).to_be_visible()
    expect(desk.locator("#canvas[data-picture]")).to_be_visible()


def test_adjudicating_works_without_a_script(disagreed: str, visit: Visit, site: Site) -> None:
    visitor = visit("jo", java_script_enabled=False)
    visitor.open("/adjudicate/")
    visitor.page.get_by_label("Your note").fill("A photograph that I know.")
    visitor.page.get_by_role("button", name="Human").click()
    expect(visitor.page.get_by_text("Settled as Human.")).to_be_visible()
    assert label_of(site, visitor, disagreed) == "human"


def test_the_desk_fits_on_a_phone(disagreed: str, visit: Visit) -> None:
    visitor = visit("jo", viewport={"width": 360, "height": 740})
    visitor.open("/adjudicate/")
    there(visitor.page)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 360
    box = visitor.page.get_by_role("button", name="Unusable X", exact=True).bounding_box()
    assert box
    assert box["y"] + box["height"] <= 740
