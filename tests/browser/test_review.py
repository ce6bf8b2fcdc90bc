"""Answering with the keyboard: nothing is lost, everything can be taken back."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Queue, Visitor
from tests.browser.desk import at_desk, label_of, press, ready, settled, shown, waiting
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]


def test_each_answer_by_its_key_and_two_taken_back(
    queue: Queue, reviewer_at_desk: Visitor, site: Site
) -> None:
    queue(5)
    page = at_desk(reviewer_at_desk)
    seen = []
    results = page.locator("#results .result")
    words = (("a", "AI"), ("h", "Human"), ("u", "Unsure"), ("x", "Unusable"))
    for number, (key, word) in enumerate(words, start=1):
        ready(page)
        seen.append(shown(page))
        page.keyboard.press(key)
        expect(results.first).to_contain_text(f"You said {word}")
        expect(results.first).to_contain_text("The detector says")
        expect(results.first.locator(".verdict")).to_be_visible()
        expect(page.locator("#waiting")).to_have_text(str(5 - number))
    assert len(set(seen)) == 4
    assert label_of(site, reviewer_at_desk, seen[1]) == "human"

    page.keyboard.press("z")
    expect(page.locator("#waiting")).to_have_text("2")
    ready(page)
    assert shown(page) == seen[3], "the picture is back"
    page.reload()
    ready(page)
    for _ in range(2):
        page.keyboard.press("z")
    expect(page.locator("#waiting")).to_have_text("4")
    assert label_of(site, reviewer_at_desk, seen[1]) is None
    assert shown(page) == seen[1]
    press(page, "a")
    expect(results.first).to_contain_text("You said AI")
    assert reviewer_at_desk.complaints == []


def test_undo_covers_an_answer_that_is_still_being_sent(
    queue: Queue, reviewer_at_desk: Visitor, site: Site
) -> None:
    queue(2)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    reviewer_at_desk.page.route("**/review/vote/", hold, times=1)
    page = at_desk(reviewer_at_desk)
    first = shown(page)
    page.keyboard.press("a")
    expect(page.locator("#results .result")).to_contain_text("Being stored")
    page.keyboard.press("z")
    ready(page)
    assert shown(page) == first
    expect(page.locator("#results .result")).to_have_count(0)
    while not held:  # the page knows of its request before we are told
        page.wait_for_timeout(50)
    with page.expect_response("**/review/undo/") as answer:
        held[0].continue_()
    assert answer.value.status == 200
    assert label_of(site, reviewer_at_desk, first) is None
    expect(page.locator("#results .result")).to_have_count(0)
    press(page, "h")
    assert label_of(site, reviewer_at_desk, first) == "human"


def test_a_decision_of_the_strip_is_opened_again_and_changed(
    queue: Queue, reviewer_at_desk: Visitor, site: Site
) -> None:
    queue(3)
    page = at_desk(reviewer_at_desk)
    first = shown(page)
    press(page, "ah")
    ready(page)
    current = shown(page)
    page.locator("#results [data-open]").nth(1).click()
    expect(page.locator("#canvas")).to_have_attribute("data-picture", first)
    expect(page.locator("#told")).to_contain_text("Why you got it")
    expect(page.locator("#told .verdict")).to_be_visible()
    expect(page.locator(".answer.ai")).to_have_attribute("aria-pressed", "true")

    page.keyboard.press("x")
    settled(page)
    ready(page)
    assert shown(page) == current, "back where you were"
    expect(page.locator("#told")).to_be_hidden()
    expect(page.locator("#results .result").first).to_contain_text("You said Unusable")
    expect(page.locator("#results .result")).to_have_count(2)
    assert label_of(site, reviewer_at_desk, first) is None

    page.locator("#results [data-open]").nth(1).click()
    expect(page.locator("#told .verdict")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#told")).to_be_hidden()
    assert shown(page) == current
    assert reviewer_at_desk.complaints == []


def test_it_waits_with_what_is_known_until_you_go_on(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(3)
    page = at_desk(reviewer_at_desk)
    first = shown(page)
    page.keyboard.press("m")  # there is no map before the vote
    expect(page.locator(".heat")).to_have_count(0)
    with page.expect_response("**/review/pace/"):
        page.get_by_role("switch", name="Go on by itself").click()
    page.keyboard.press("a")
    expect(page.locator("#told")).to_contain_text("Nobody else has decided on it yet.")
    expect(page.locator("#told")).to_contain_text("Nearest settled pictures")
    assert shown(page) == first
    page.keyboard.press("h")
    expect(page.locator(".answer.human")).to_be_disabled()
    page.keyboard.press("m")
    expect(page.locator("#canvas .heat")).to_be_visible(timeout=30_000)
    page.keyboard.press("m")
    expect(page.locator("#canvas .heat")).to_have_count(0)
    page.keyboard.press("Enter")
    ready(page)
    second = shown(page)
    assert second != first
    expect(page.locator("#told")).to_be_hidden()

    page.reload()
    ready(page)
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    answered = shown(page)
    page.keyboard.press("u")
    expect(page.locator("#told .verdict")).to_be_visible()
    with page.expect_response("**/review/pace/"):
        page.get_by_role("switch").click()
    ready(page)
    assert shown(page) != answered, "switched on, it goes on at once"
    assert reviewer_at_desk.complaints == []


def test_what_is_skipped_is_offered_again_when_nothing_else_waits(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(2)
    page = at_desk(reviewer_at_desk)
    first = shown(page)
    page.keyboard.press("s")
    expect(page.locator("#waiting")).to_have_text("1")
    ready(page)
    page.keyboard.press("z")
    expect(page.locator("#waiting")).to_have_text("2")
    ready(page)
    assert shown(page) == first
    press(page, "s")
    press(page, "a")
    expect(page.locator("#canvas")).to_contain_text("Nothing waits for you.")
    page.get_by_role("link", name="Look again at 1").click()
    ready(page)
    assert shown(page) == first
    press(page, "h")
    expect(page.locator("#canvas")).to_contain_text("Nothing waits for you.")
    expect(page.get_by_role("link", name="Look again")).to_have_count(0)
    assert reviewer_at_desk.complaints == []


def test_a_flag_takes_a_note_and_the_picture_leaves(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(2)
    page = at_desk(reviewer_at_desk)
    first = shown(page)
    page.keyboard.press("f")
    dialog = page.get_by_role("dialog", name="Flag this picture")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert shown(page) == first

    page.keyboard.press("f")
    page.keyboard.type("a hazy watermark")  # with keys in it that would answer
    assert shown(page) == first
    expect(page.locator("#results .result")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#waiting")).to_have_text("1")
    expect(page.locator("#said")).to_contain_text("Flagged")
    ready(page)
    assert shown(page) != first
    page.keyboard.press("z")
    expect(page.locator("#waiting")).to_have_text("2")
    assert shown(page) == first
    assert reviewer_at_desk.complaints == []


def test_a_field_that_a_closed_dialog_hides_keeps_no_key(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    """Until the next frame the focus stays in it, and an answer would follow a flag."""
    queue()
    page = at_desk(reviewer_at_desk)
    page.keyboard.press("f")
    page.evaluate(
        """() => {
            document.getElementById("flag-dialog").close();
            const key = new KeyboardEvent("keydown", { key: "f", bubbles: true });
            document.querySelector("#flag-dialog textarea").dispatchEvent(key);
        }"""
    )
    expect(page.get_by_role("dialog", name="Flag this picture")).to_be_visible()


def test_keys_are_dead_with_a_modifier_while_typing_and_when_held(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(3)
    page = at_desk(reviewer_at_desk)
    first = shown(page)
    for chord in ("Control+a", "Alt+h", "Meta+u"):
        page.keyboard.press(chord)
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    for key in "ahuxsz":
        page.locator("main > input").press(key)
    assert shown(page) == first
    page.locator("main > input").blur()

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    for key in "ahuxs":
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert shown(page) == first

    for _ in range(3):
        page.keyboard.down("a")  # a key that is held repeats
    page.keyboard.up("a")
    settled(page)
    expect(page.locator("#results .result")).to_have_count(1)
    assert waiting(page) == 2


def test_an_answer_that_did_not_get_through_is_kept_and_sent_again(
    queue: Queue, reviewer_at_desk: Visitor, site: Site
) -> None:
    queue(3)
    reviewer_at_desk.page.route("**/review/vote/", lambda route: route.abort())
    page = at_desk(reviewer_at_desk)
    lost = shown(page)
    page.keyboard.press("h")
    expect(page.locator("#trouble")).to_contain_text(
        "The site did not answer. Your last answer is kept here and not stored yet."
    )
    page.unroute("**/review/vote/")
    press(page, "a")  # it takes the other one along
    expect(page.locator("#waiting")).to_have_text("1")
    expect(page.locator("#trouble")).to_be_hidden()
    assert label_of(site, reviewer_at_desk, lost) == "human"


def test_what_did_not_get_through_is_tried_again_without_being_asked(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(1)
    reviewer_at_desk.page.route("**/review/vote/", lambda route: route.abort(), times=1)
    page = at_desk(reviewer_at_desk)
    page.keyboard.press("a")
    expect(page.locator("#trouble")).to_be_visible()
    expect(page.locator("#trouble")).to_be_hidden(timeout=10_000)
    expect(page.locator("#results .result").first.locator(".verdict")).to_be_visible()
    expect(page.locator("#canvas")).to_contain_text("Nothing waits for you.")


def test_an_answer_whose_receipt_got_lost_is_stored_once_and_can_be_taken_back(
    queue: Queue, reviewer_at_desk: Visitor, site: Site
) -> None:
    queue(2)

    def lose_the_receipt(route: Route) -> None:
        route.fetch()
        route.abort()

    reviewer_at_desk.page.route("**/review/vote/", lose_the_receipt, times=1)
    page = at_desk(reviewer_at_desk)
    picture = shown(page)
    page.keyboard.press("h")
    expect(page.locator("#trouble")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator("#results .result").first).to_contain_text("Stored")
    expect(page.locator("#trouble")).to_be_hidden()
    assert label_of(site, reviewer_at_desk, picture) == "human"
    with page.expect_response("**/review/undo/") as answer:
        page.keyboard.press("z")
    assert answer.value.status == 200
    assert label_of(site, reviewer_at_desk, picture) is None
