"""Evidence comes to a page that waits together with the finding, and fits on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit, Visitor
from tests.classifier.detector.provenance.files import put_into_png, text
from tests.labelling.pictures import noise
from tests.site import Site, asleep

pytestmark = [pytest.mark.browser, pytest.mark.site]

PROMPT = "a-fox-without-any-blank-" * 12


def speaking(seed: int) -> bytes:
    """A picture with a web UI's settings, whose prompt no line can break by itself."""
    settings = text("parameters", f"{PROMPT}\nSteps: 20, Sampler: Euler a")
    return put_into_png(noise(seed, kind="PNG", size=(200, 150)), settings)


def hand_in(site: Site, visitor: Visitor, seed: int, wait: str = "") -> str:
    answer = site.api(
        "POST",
        f"/api/v1/images/{wait}",
        token=visitor.token,
        files={"file": ("mine.png", speaking(seed))},
    )
    assert answer.status_code in (200, 202), answer.text
    return str(answer.json()["id"])


def test_a_page_that_waits_gets_the_evidence_with_the_finding(
    site: Site, uploader: Visitor
) -> None:
    page = uploader.page
    with asleep(site, "worker"):
        uploader.open(f"/images/{hand_in(site, uploader, 811)}/")
        expect(page.get_by_text("Waiting for the detector")).to_be_visible()
        expect(page.get_by_text("Declared")).to_have_count(0)

    expect(page.get_by_text("Declared")).to_be_visible(timeout=60_000)
    expect(page.locator("dd", has_text="PNG text “parameters”")).to_contain_text("a-fox-without")
    assert uploader.complaints == []


def test_evidence_fits_on_a_phone(site: Site, visit: Visit) -> None:
    visitor = visit("umi", viewport={"width": 360, "height": 740})
    visitor.open(f"/images/{hand_in(site, visitor, 812, '?wait=30')}/")
    expect(visitor.page.get_by_text("Declared")).to_be_visible()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 360
