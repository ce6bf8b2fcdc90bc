"""Twenty pictures in a row without touching the mouse; what it took is printed."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Queue, Visitor
from tests.browser.desk import at_desk, review_by_keys

pytestmark = [pytest.mark.browser, pytest.mark.site]

TWENTY = "ahahuahahxahahuahahx"


def test_twenty_reviews_by_keyboard(
    queue: Queue, reviewer_at_desk: Visitor, capsys: pytest.CaptureFixture[str]
) -> None:
    queue(20)
    page = at_desk(reviewer_at_desk)
    pace = review_by_keys(page, TWENTY)
    expect(page.locator("#waiting")).to_have_text("0")
    expect(page.locator("#results .result")).to_have_count(10)
    with capsys.disabled():
        print(f"\n{pace}")
    assert pace.keystrokes == 20, "one for each picture"
    assert len(pace.waits) == 19
    assert reviewer_at_desk.complaints == []
