"""The heat map, laid over the picture and taken away again by a key."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from classifier.detector.bundle import read_bundle, shipped_bundle_path
from labelling.permissions import REVIEWERS
from tests.browser.conftest import Visit, Visitor
from tests.labelling.pictures import noise
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

HandIn = Callable[[Visitor, int], str]


@pytest.fixture
def hand_in(site: Site) -> HandIn:
    """Hand a picture of 400 × 300 pixels in, wait for its finding, and give its id."""

    def send(visitor: Visitor, seed: int) -> str:
        answer = site.api(
            "POST",
            "/api/v1/images/?wait=20",
            token=visitor.token,
            files={"file": ("mine.jpg", noise(seed, size=(400, 300)))},
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    return send


def boxes(page: Page) -> list[dict[str, float]]:
    """Where the picture and the map lie, in pixels of the window."""
    shown = [page.locator(f"#picture img{which}") for which in (":not(.heat)", ".heat")]
    found = [image.bounding_box() for image in shown]
    return [
        {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}
        for box in found
        if box
    ]


def test_a_key_lays_the_map_over_the_picture_and_takes_it_away(
    uploader: Visitor, hand_in: HandIn
) -> None:
    page = uploader.page
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    uploader.open(f"/images/{hand_in(uploader, 601)}/")
    button = page.get_by_role("button", name="Where the score comes from")
    words = page.locator("#explanation")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(words).to_be_hidden()

    page.keyboard.press("m")
    expect(page.locator("#picture .heat")).to_be_visible()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(words).to_contain_text("Most for AI")
    looks = read_bundle(shipped_bundle_path(), verify=False).preprocessing
    squares = f"{looks.max_crops} squares of {looks.crop} × {looks.crop} pixels"
    expect(words).to_contain_text(f"The detector looked at {squares}")
    picture, heat = boxes(page)
    assert heat == pytest.approx(picture, abs=0.5)

    page.keyboard.press("m")
    expect(page.locator("#picture .heat")).to_be_hidden()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(words).to_be_hidden()

    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#picture .heat")).to_be_visible()
    assert len([url for url in fetched if "/explanation/" in url]) == 2, "fetched once"
    assert uploader.complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (900, "light"), (1600, "dark")])
def test_the_map_fits_the_picture_at_every_width(
    visit: Visit, hand_in: HandIn, width: int, scheme: str
) -> None:
    visitor = visit("umi", color_scheme=scheme, viewport={"width": width, "height": 500})
    visitor.open(f"/images/{hand_in(visitor, 602)}/")
    visitor.page.keyboard.press("m")
    expect(visitor.page.locator("#picture .heat")).to_be_visible()
    picture, heat = boxes(visitor.page)
    assert heat == pytest.approx(picture, abs=0.5)
    assert picture["width"] / picture["height"] == pytest.approx(400 / 300, rel=0.02)
    overflow = visitor.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow == 0


def test_the_key_is_dead_with_a_modifier_and_while_typing(
    uploader: Visitor, hand_in: HandIn
) -> None:
    page = uploader.page
    uploader.open(f"/images/{hand_in(uploader, 603)}/")
    button = page.get_by_role("button", name="Where the score comes from")
    expect(button).to_be_visible()
    page.keyboard.press("Alt+m")
    page.keyboard.press("h")  # on the desk that is an answer
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    page.locator("main > input").press("m")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#explanation")).to_be_hidden()


def test_what_went_wrong_is_said_and_can_be_tried_again(uploader: Visitor, hand_in: HandIn) -> None:
    page = uploader.page
    # Before the page is there: one that is at work may get a request past a route made later.
    page.route("**/explanation/", lambda route: route.abort(), times=1)
    uploader.open(f"/images/{hand_in(uploader, 604)}/")
    page.keyboard.press("m")
    expect(page.locator("#explanation")).to_contain_text("The site did not answer.")
    expect(page.locator("[data-heat]")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("m")
    expect(page.locator("#picture .heat")).to_be_visible()


def test_a_page_that_has_waited_explains_the_finding_too(
    reviewer_at_desk: Visitor, site: Site
) -> None:
    page = reviewer_at_desk.page
    answer = site.api(
        "POST",
        "/api/v1/images/",
        token=reviewer_at_desk.token,
        files={"file": ("a.jpg", noise(605))},
    )
    reviewer_at_desk.open(f"/images/{answer.json()['id']}/")
    expect(page.locator("[data-heat]")).to_be_visible()
    page.keyboard.press("m")
    expect(page.locator("#picture .heat")).to_be_visible()
    expect(page.locator("#explanation")).to_contain_text("covers the whole picture")
    nearest = page.get_by_role("region", name="Nearest settled pictures")
    expect(nearest).to_contain_text("settled picture")


def test_a_reviewer_finds_what_they_settled_beside_its_like(
    reviewer_at_desk: Visitor, hand_in: HandIn, site: Site
) -> None:
    settled, asked = (hand_in(reviewer_at_desk, seed) for seed in (606, 607))
    site.person("second", groups=(REVIEWERS,))  # one's own picture needs somebody else's vote
    code = (
        "from labelling.models import User\n"
        "from labelling.services.review import record_review\n"
        "for person in User.objects.filter(username__in=['rene', 'second']):\n"
        f"    record_review(image_id={settled!r}, reviewer=person, answer='human')\n"
    )
    site.shell(code)
    page = reviewer_at_desk.page
    reviewer_at_desk.open(f"/images/{asked}/")
    nearest = page.get_by_role("region", name="Nearest settled pictures")
    tile = nearest.locator(f'a[href="/images/{settled}/"]')
    expect(tile).to_contain_text("Human")
    # All noise is much the same in the eyes of the detector.
    expect(tile).to_contain_text("Nearly the same picture")
    assert reviewer_at_desk.complaints == []
