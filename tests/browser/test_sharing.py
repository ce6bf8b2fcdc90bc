"""A link to a result: made, opened without an account, and taken away."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visitor
from tests.labelling.pictures import noise
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]


def test_a_stranger_sees_the_result_until_the_link_is_revoked(
    browser: Browser, uploader: Visitor, site: Site
) -> None:
    image = site.api(
        "POST",
        "/api/v1/images/?wait=20",
        token=uploader.token,
        files={"file": ("private name.jpg", noise(611))},
    ).json()
    uploader.open(f"/images/{image['id']}/")
    uploader.page.get_by_role("button", name="Make a link").click()
    address = uploader.page.locator(".share-link input[readonly]").input_value()

    context = browser.new_context()
    stranger = Visitor(context.new_page(), context, site.url, "")
    page = stranger.watched(stranger.page)
    page.goto(address)
    expect(page.locator(".verdict-number")).to_be_visible()
    expect(page.get_by_text("It is no proof.")).to_be_visible()
    expect(page.locator(".worth tbody tr")).to_have_count(3)
    picture = page.get_by_alt_text("The picture that was looked at")
    assert picture.evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 64
    assert "private name" not in page.content()
    assert image["id"] not in page.content()
    assert context.cookies() == []
    assert stranger.complaints == []

    uploader.page.get_by_role("button", name="Revoke the link").click()
    expect(uploader.page.get_by_text("It leads nowhere now.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    context.close()
