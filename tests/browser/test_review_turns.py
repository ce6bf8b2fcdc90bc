"""Whose turn it is: nobody has the same picture, and what is left goes to somebody else."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Queue, Visit, Visitor
from tests.browser.desk import at_desk, label_of, press, ready, shown
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

NOBODY_HOLDS = (
    "from labelling.models import Showing\n"
    "from django.utils import timezone\n"
    "Showing.objects.filter(ended_at=None).update(ended_at=timezone.now(), outcome='expired')\n"
)


def has_one(page: Page) -> bool:
    """Whether a picture comes; not where the other has the last ones before them already."""
    picture, nothing = page.locator("#canvas[data-picture]"), page.get_by_text("Nothing waits")
    expect(picture.or_(nothing)).to_be_visible()
    return picture.count() > 0


def test_two_browsers_never_see_the_same_picture(queue: Queue, visit: Visit) -> None:
    handed_in = queue(12)
    pages = [at_desk(visit(name)) for name in ("rene", "rosa")]
    seen: list[list[str]] = [[], []]
    while sum(map(len, seen)) < len(handed_in):
        for page, mine in zip(pages, seen, strict=True):
            if has_one(page):
                mine.append(shown(page))
                press(page, "a")
    assert sorted(seen[0] + seen[1]) == sorted(handed_in)
    assert min(map(len, seen)) >= 4, "each has a picture and three ahead from the start"
    for page in pages:
        expect(page.locator("#canvas")).to_contain_text("Nothing waits for you.")


def test_a_page_that_is_left_gives_its_pictures_back(queue: Queue, visit: Visit) -> None:
    queue(2)
    leaving, coming = visit("rene"), visit("rosa")
    left = at_desk(leaving)
    coming.open("/review/")
    expect(coming.page.locator("#canvas")).to_contain_text("Nothing waits for you.")
    left.goto(f"{leaving.url}/images/")
    ready(coming.page)  # it looks for new ones by itself


def test_a_closed_tab_gives_its_pictures_back(queue: Queue, visit: Visit) -> None:
    queue(2)
    leaving, coming = visit("rene"), visit("rosa")
    at_desk(leaving)
    leaving.page.close(run_before_unload=True)
    at_desk(coming)


def test_the_same_picture_is_there_after_a_reload(queue: Queue, reviewer_at_desk: Visitor) -> None:
    queue(5)
    page = at_desk(reviewer_at_desk)
    for _ in range(3):
        page.reload()
        ready(page)
    press(page, "ahaha")
    expect(page.locator("#canvas")).to_contain_text("Nothing waits for you.")


def test_a_page_renews_what_it_holds_and_tells_what_it_lost(
    queue: Queue, visit: Visit, site: Site
) -> None:
    queue(3)
    visitor = visit("rene")
    visitor.page.clock.install()
    page = at_desk(visitor)
    lost = shown(page)
    with page.expect_response("**/review/renew/") as renewed:
        page.clock.run_for(61_000)
    assert len(renewed.value.json()["held"]) == 3

    site.shell(NOBODY_HOLDS)
    other = at_desk(visit("rosa"))
    assert shown(other)
    with page.expect_response("**/review/renew/"):
        page.clock.run_for(61_000)
    expect(page.locator("#trouble")).to_contain_text(
        "3 pictures were not looked at for a while and went back to the queue for others."
    )
    expect(page.locator(".answer.ai")).to_be_disabled()
    assert page.locator(f'#canvas[data-picture="{lost}"]').count() == 0
    assert visitor.complaints == []


def test_the_next_three_pictures_are_loaded_before_the_answer(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(6)
    fetched: list[str] = []

    def note(request: Request) -> None:
        found = re.search(r"images/([0-9a-f-]{36})/rendition/view/", request.url)
        if found:
            fetched.append(found.group(1))

    page = reviewer_at_desk.page
    page.on("request", note)
    at_desk(reviewer_at_desk)
    page.wait_for_load_state("networkidle")
    known = set(fetched)
    assert len(known) == 4, "this one and the next three"
    for _ in range(3):
        press(page, "u")
        ready(page)
        assert shown(page) in known


def test_two_tabs_with_the_same_picture_give_one_vote(
    queue: Queue, reviewer_at_desk: Visitor, site: Site
) -> None:
    queue(2)
    one, two = reviewer_at_desk.page, reviewer_at_desk.another_tab()
    for tab in (one, two):
        tab.goto(f"{site.url}/review/")
        ready(tab)
    picture = shown(one)
    assert shown(two) == picture
    press(one, "a")
    expect(one.locator("#results .result").first.locator(".verdict")).to_be_visible()
    two.keyboard.press("h")
    expect(two.locator("#trouble")).to_contain_text("You have decided on this picture already.")
    ready(two)
    assert shown(two) != picture
    assert label_of(site, reviewer_at_desk, picture) == "ai"


def test_an_empty_queue_says_so_and_looks_for_new_ones(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(1)
    page = at_desk(reviewer_at_desk)
    press(page, "a")
    expect(page.locator("#waiting")).to_have_text("0")
    expect(page.locator("#canvas")).to_contain_text("Nothing waits for you.")
    expect(page.locator("#canvas")).to_contain_text("New pictures come here by themselves.")
    expect(page.locator(".answer.ai")).to_be_disabled()
    queue_again = queue(1)
    ready(page)
    assert shown(page) == queue_again[0]
