"""Looking closely: true pixels, moving about, coarse before fine; on a phone as well."""

from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Queue, Visit, Visitor
from tests.browser.desk import at_desk, press, ready, shown
from tests.labelling.pictures import encoded, noise

pytestmark = [pytest.mark.browser, pytest.mark.site]

Pixels = npt.NDArray[np.uint8]


def ramp(seed: int, width: int = 1900, height: int = 1700) -> Pixels:
    """A large picture (H, W, 3) of which every pixel tells where it is."""
    down, right = np.mgrid[0:height, 0:width]
    picture = np.stack([right % 251, down % 241, (right // 8 + down // 8 + seed) % 256], axis=-1)
    return picture.astype(np.uint8)


def seen(page: Page) -> Pixels:
    """What the canvas shows, without the buttons over it (H, W, 3), in pixels of the screen."""
    page.evaluate(
        "for (const [what, name, value] of [['.zoom', 'visibility', 'hidden'],"
        " ['#canvas', 'borderRadius', '0']]) document.querySelector(what).style[name] = value"
    )
    shot = page.locator("#canvas").screenshot()
    return np.asarray(Image.open(BytesIO(shot)).convert("RGB"))


def true_pixels_are_there(page: Page) -> None:
    """The stage shows the full rendition, loaded whole."""
    page.wait_for_function(
        "() => { const img = [...document.querySelectorAll('.stage img')].at(-1);"
        " return img.src.includes('/full/') && img.complete && img.naturalWidth > 0 }"
    )


@pytest.mark.parametrize("dots", [1, 2])
def test_closer_shows_each_true_pixel_as_it_is(queue: Queue, visit: Visit, dots: int) -> None:
    pixels = ramp(dots)
    queue(1, encoded(Image.fromarray(pixels)))
    visitor = visit("rene", device_scale_factor=dots, viewport={"width": 1100, "height": 760})
    page = at_desk(visitor)
    page.keyboard.press("+")
    expect(page.locator("#zoom")).to_have_text("100 %")
    true_pixels_are_there(page)
    for arrow in ("ArrowLeft", "ArrowUp"):
        for _ in range(12):
            page.keyboard.press(arrow)
    view = seen(page)
    height, width = view.shape[:2]
    assert np.array_equal(view, pixels[:height, :width])

    page.keyboard.press("+")
    expect(page.locator("#zoom")).to_have_text("200 %")
    for arrow in ("ArrowLeft", "ArrowUp"):
        for _ in range(12):
            page.keyboard.press(arrow)
    doubled = pixels.repeat(2, axis=0).repeat(2, axis=1)
    assert np.array_equal(seen(page), doubled[:height, :width])

    page.keyboard.press("0")
    expect(page.locator("#zoom")).to_be_empty()
    assert page.locator("#canvas.zoomed").count() == 0
    assert visitor.complaints == []


def test_a_zoomed_picture_is_dragged_and_keeps_to_its_canvas(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(2, encoded(Image.fromarray(ramp(3))))
    page = at_desk(reviewer_at_desk)
    page.keyboard.press("ArrowRight")  # the whole picture is in sight: the page has the key
    page.keyboard.press("+")
    true_pixels_are_there(page)
    before = page.locator(".stage").bounding_box()
    assert before
    page.mouse.move(400, 300)
    page.mouse.down()
    page.mouse.move(330, 270, steps=4)
    page.mouse.up()
    after = page.locator(".stage").bounding_box()
    assert after
    assert (round(after["x"] - before["x"]), round(after["y"] - before["y"])) == (-70, -30)
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    canvas, stage = page.locator("#canvas").bounding_box(), page.locator(".stage").bounding_box()
    assert canvas
    assert stage
    assert round(stage["x"] + stage["width"]) == round(canvas["x"] + canvas["width"])
    press(page, "a")
    expect(page.locator("#zoom")).to_be_empty()


def test_a_large_picture_opens_coarse_before_it_is_fine(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(1, noise(77, size=(900, 700)))
    page = reviewer_at_desk.page
    page.route("**/rendition/view/", lambda route: None)  # it does not come yet
    page.goto(f"{reviewer_at_desk.url}/review/", wait_until="domcontentloaded")
    expect(page.locator('.stage img[src*="/thumb/"]')).to_be_visible()
    expect(page.locator(".answer.ai")).to_be_disabled()
    page.unroute("**/rendition/view/")  # lets go what was held
    ready(page)
    expect(page.locator('.stage img[src*="/view/"]')).to_be_visible()


def test_a_picture_that_cannot_be_shown_is_passed_over(
    queue: Queue, reviewer_at_desk: Visitor
) -> None:
    queue(2)
    page = reviewer_at_desk.page
    at_desk(reviewer_at_desk)
    broken = shown(page)
    page.route(f"**/{broken}/rendition/**", lambda route: route.abort())
    page.reload()
    page.get_by_role("button", name="Go on without it").click()
    ready(page)
    assert shown(page) != broken


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_buttons_stand_under_the_picture(
    queue: Queue, visit: Visit, scheme: str
) -> None:
    queue(3)
    visitor = visit(
        "rene", viewport={"width": 360, "height": 740}, color_scheme=scheme, has_touch=True
    )
    page = at_desk(visitor)
    canvas = page.locator("#canvas").bounding_box()
    assert canvas
    for name in (".ai", ".human", ".unsure", ".unusable", "#skip", "#flag", "#undo"):
        box = page.locator(f"#desk button{name}").bounding_box()
        assert box, name
        assert box["y"] > canvas["y"] + canvas["height"] - 1
        assert box["y"] + box["height"] <= 740, f"{name} is below the window"
        assert box["height"] >= 40
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator(".answer.human").tap()
    expect(page.locator("#results .result").first).to_contain_text("You said Human")
    assert visitor.complaints == []
