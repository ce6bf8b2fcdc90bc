"""Many pictures at once in the browser: found, selected by keys, changed in bulk, taken back."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SEEDS, Visit, Visitor, hand_in
from tests.labelling.pictures import noise
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

DONE_WITHIN = 30_000


@pytest.fixture
def pictures(site: Site, uploader: Visitor) -> str:
    """Six pictures of the uploader's; gives the search that finds these and no other."""
    mark = next(SEEDS)
    named = ((f"{mark}-{number}.jpg", noise(next(SEEDS))) for number in range(6))
    hand_in(site, uploader.token, *named)
    return f"/images/?name={mark}&sort=oldest"


@pytest.fixture
def administrator(visit: Visit, site: Site) -> Visitor:
    return visit(site.admin[0])


def selected(page: Page) -> list[int]:
    boxes = page.locator(".pick-box")
    return [at for at in range(boxes.count()) if boxes.nth(at).is_checked()]


def finish(page: Page, sentence: str) -> None:
    """Confirm what is asked, and wait for the job's outcome."""
    page.locator("main form .button.primary").click()
    expect(page.locator(".job-sentence")).to_have_text(sentence, timeout=DONE_WITHIN)


def test_pictures_are_selected_by_keys_alone(pictures: str, administrator: Visitor) -> None:
    page = administrator.page
    administrator.open(pictures)
    count = page.locator("#bulk-count")
    expect(count).to_have_text("Select pictures first")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    assert selected(page) == [0]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert selected(page) == [1, 2, 3]
    page.keyboard.press("a")
    expect(count).to_have_text("6 selected")
    page.keyboard.press("Escape")
    assert selected(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#picture")).to_be_visible()
    assert administrator.complaints == []


def test_shift_and_a_click_select_a_range(pictures: str, administrator: Visitor) -> None:
    page = administrator.page
    administrator.open(pictures)
    page.locator(".pick-box").nth(1).click()
    page.locator(".pick-box").nth(4).click(modifiers=["Shift"])
    assert selected(page) == [1, 2, 3, 4]
    expect(page.locator("#bulk-count")).to_have_text("4 selected")


def test_a_bulk_review_is_counted_first_and_taken_back_whole(
    pictures: str, administrator: Visitor, site: Site
) -> None:
    page = administrator.page
    administrator.open(pictures)
    page.locator("#bulk-all").check()
    page.locator("#bulk-answer").select_option("human")
    page.get_by_role("button", name="Review as that").click()
    expect(page.locator("h1")).to_have_text("Review 6 pictures as human?")
    expect(page.locator(".bulk-counts")).to_contain_text("6 will be done")
    finish(page, "6 reviewed.")
    assert labels(administrator, pictures) == 6

    page.get_by_role("link", name="Undo").click()
    page.locator("main form button").first.click()
    expect(page.locator(".job-sentence")).to_contain_text("6 ", timeout=DONE_WITHIN)
    assert labels(administrator, pictures) == 0
    assert administrator.complaints == []


def test_some_go_to_the_bin_and_come_back(pictures: str, administrator: Visitor) -> None:
    page = administrator.page
    administrator.open(pictures)
    for at in (0, 1):
        page.locator(".pick-box").nth(at).check()
    page.get_by_role("button", name="Move to the bin").click()
    expect(page.locator("h1")).to_have_text("Move 2 pictures to the bin?")
    page.locator("main form .button.primary").click()
    expect(page.locator(".job-sentence")).to_be_visible(timeout=DONE_WITHIN)
    job = page.url
    administrator.open(pictures)
    expect(page.locator(".pick")).to_have_count(4)
    page.goto(job)
    page.get_by_role("link", name="Undo").click()
    page.locator("main form button").first.click()
    expect(page.locator(".job-sentence")).to_be_visible(timeout=DONE_WITHIN)
    administrator.open(pictures)
    expect(page.locator(".pick")).to_have_count(6)


def test_a_search_is_kept_and_exported(pictures: str, administrator: Visitor) -> None:
    page = administrator.page
    administrator.open(pictures)
    page.get_by_text("Keep this search").click()
    page.get_by_label("Name", exact=True).fill(pictures[-30:])
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator(".chip.kept[aria-current]")).to_have_text(pictures[-30:])
    page.locator("#bulk-all").check()
    page.locator("#bulk-format").select_option("jsonl")
    page.get_by_role("button", name="Export").click()
    expect(page.locator("h1")).to_have_text("Export 6 pictures as JSON Lines?")
    page.locator("main form .button.primary").click()
    expect(page.locator(".job-sentence")).to_contain_text("6 exported", timeout=DONE_WITHIN)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 6


def test_without_javascript_boxes_and_buttons_do_the_same(
    pictures: str, visit: Visit, site: Site
) -> None:
    plain = visit(site.admin[0], java_script_enabled=False)
    plain.open(pictures)
    plain.page.locator(".pick-box").nth(2).check()
    plain.page.locator("#bulk-answer").select_option("unsure")
    plain.page.get_by_role("button", name="Review as that").click()
    expect(plain.page.locator("h1")).to_have_text("Review 1 picture as unsure?")


def labels(visitor: Visitor, search: str) -> int:
    """How many of the pictures of a search are settled."""
    page: Any = visitor.another_tab()
    page.goto(f"{visitor.url}{search}&label=settled")
    count: int = page.locator(".pick").count()
    page.close()
    return count
