"""Reviewing with the keyboard."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Visitor
from tests.labelling.pictures import noise
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

Queue = Callable[[int], list[str]]


@pytest.fixture
def queue(site: Site, uploader: Visitor) -> Queue:
    """Hand pictures in that nobody has decided on, with their findings; gives their ids."""
    made = iter(range(10_000))

    def fill(count: int) -> list[str]:
        return [hand_in(hash((uploader.page, next(made))) % 2**32) for _ in range(count)]

    def hand_in(seed: int) -> str:
        answer = site.api(
            "POST",
            "/api/v1/images/?wait=20",
            token=uploader.token,
            files={"file": ("queued.jpg", noise(seed))},
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    return fill


def ready(page: Page) -> None:
    """Wait until the picture can be answered for."""
    expect(page.locator(".vote.ai")).to_be_enabled(timeout=15_000)


def press(page: Page, keys: str) -> None:
    for key in keys:
        ready(page)
        page.keyboard.press(key)


def shown(page: Page) -> str:
    """The id of the picture on the canvas."""
    source = page.locator("#canvas img").get_attribute("src") or ""
    return source.split("/")[4]


def waiting(page: Page) -> int:
    return int(page.locator("#waiting").inner_text())


def test_three_answers_by_key_and_one_taken_back(
    queue: Queue, reviewer_at_desk: Visitor, site: Site
) -> None:
    queue(4)
    page = reviewer_at_desk.page
    reviewer_at_desk.open("/review/")
    ready(page)
    before, seen = waiting(page), []
    results = page.locator("#results .result")
    for number, (key, word) in enumerate((("a", "AI"), ("h", "Human"), ("u", "Unsure")), start=1):
        ready(page)
        seen.append(shown(page))
        page.keyboard.press(key)
        expect(results.first).to_contain_text(f"You said {word}")
        expect(results.first).to_contain_text("The detector says")
        expect(results.first.locator(".verdict")).to_be_visible()
        expect(page.locator("#waiting")).to_have_text(str(before - number))
    assert len(set(seen)) == 3
    label = site.api("GET", f"/api/v1/images/{seen[1]}/", token=reviewer_at_desk.token).json()
    assert label["label"]["value"] == "human"

    page.keyboard.press("z")
    expect(page.locator("#waiting")).to_have_text(str(before - 2))
    ready(page)
    assert shown(page) == seen[2], "the picture is back"
    page.reload()
    ready(page)
    page.keyboard.press("z")
    expect(page.locator("#waiting")).to_have_text(str(before - 1))
    again = site.api("GET", f"/api/v1/images/{seen[1]}/", token=reviewer_at_desk.token).json()
    assert again["label"] is None
    press(page, "a")
    expect(results.first).to_contain_text("You said AI")
    assert reviewer_at_desk.complaints == []


def test_the_next_picture_is_loaded_before_the_answer(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(2)
    fetched: list[str] = []

    def note(request: Request) -> None:
        found = re.search(r"images/([0-9a-f-]{36})/rendition/view/", request.url)
        if found:
            fetched.append(found.group(1))

    page = reviewer_at_desk.page
    page.on("request", note)
    reviewer_at_desk.open("/review/")
    ready(page)
    page.wait_for_load_state("networkidle")
    known = set(fetched)
    press(page, "u")
    ready(page)
    assert shown(page) in known


def test_keys_are_dead_with_a_modifier_while_typing_and_when_held(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(3)
    page = reviewer_at_desk.page
    reviewer_at_desk.open("/review/")
    ready(page)
    first = shown(page)
    for chord in ("Control+a", "Alt+h", "Meta+u"):
        page.keyboard.press(chord)
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    page.locator("main input").press("a")
    assert shown(page) == first

    page.locator("main input").blur()
    for _ in range(3):
        page.keyboard.down("a")  # a key that is held repeats
    page.keyboard.up("a")
    ready(page)
    expect(page.locator("#results .result", has_text="Being stored")).to_have_count(0)
    press(page, "z")
    ready(page)
    assert shown(page) == first, "one answer was given, and one took it back"


def test_an_answer_that_did_not_get_through_is_kept_and_sent_again(
    queue: Queue, reviewer_at_desk: Visitor, site: Site
) -> None:
    queue(3)
    page = reviewer_at_desk.page
    reviewer_at_desk.open("/review/")
    ready(page)
    before, lost = waiting(page), shown(page)
    page.route("**/review/vote/", lambda route: route.abort())
    page.keyboard.press("h")
    expect(page.locator("#trouble")).to_contain_text(
        "The site did not answer. Your last answer is kept here and not stored yet."
    )
    page.unroute("**/review/vote/")
    press(page, "a")
    expect(page.locator("#waiting")).to_have_text(str(before - 2))
    expect(page.locator("#trouble")).to_be_hidden()
    found = site.api("GET", f"/api/v1/images/{lost}/", token=reviewer_at_desk.token).json()
    assert found["label"]["value"] == "human"


def test_an_answer_whose_receipt_got_lost_is_stored_once_and_can_be_taken_back(
    queue: Queue, reviewer_at_desk: Visitor, site: Site
) -> None:
    queue(2)
    page = reviewer_at_desk.page
    reviewer_at_desk.open("/review/")
    ready(page)
    picture = shown(page)

    def lose_the_receipt(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/review/vote/", lose_the_receipt, times=1)
    page.keyboard.press("h")
    expect(page.locator("#trouble")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("#results .result").first).to_contain_text("Stored")
    expect(page.locator("#trouble")).to_be_hidden()
    address = f"/api/v1/images/{picture}/"
    found = site.api("GET", address, token=reviewer_at_desk.token).json()
    assert found["label"]["value"] == "human"
    with page.expect_response("**/review/undo/") as answer:
        page.keyboard.press("z")
    assert answer.value.status == 200
    assert site.api("GET", address, token=reviewer_at_desk.token).json()["label"] is None


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
    press(two, "h")
    expect(two.locator("#trouble")).to_contain_text("You have decided on this picture already.")
    ready(two)
    assert shown(two) != picture
    found = site.api("GET", f"/api/v1/images/{picture}/", token=reviewer_at_desk.token).json()
    assert found["label"]["value"] == "ai"


def test_an_empty_queue_says_so(queue: Queue, reviewer_at_desk: Visitor) -> None:
    queue(1)
    page = reviewer_at_desk.page
    reviewer_at_desk.open("/review/")
    ready(page)
    for left in range(waiting(page), 0, -1):
        press(page, "u")
        expect(page.locator("#waiting")).to_have_text(str(left - 1))
    expect(page.locator("#canvas")).to_contain_text("Nothing waits for you.")
    expect(page.locator(".vote.ai")).to_be_disabled()
    queue(1)
    ready(page)
