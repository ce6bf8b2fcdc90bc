"""Every page, light and dark, wide and narrow: open to everybody, and nothing is blocked, broken,
cut off or heavy."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Request

from tests.browser.alerting import forget_alerts
from tests.browser.axe import WCAG, violations
from tests.browser.conftest import Visit
from tests.browser.every_page import Furnished, Tab, arrive, each_page, furnish
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

HEAVIEST = 150_000  # bytes on the wire, without pictures
ADMIN = "/admin/labelling/user/"  # Django's own page, which we only dress


@pytest.fixture(scope="module")
def pages(site: Site, tokens: dict[str, str]) -> Iterator[Furnished]:
    yield furnish(site, tokens["umi"])
    forget_alerts(site)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_no_page_has_a_fault(
    visit: Visit, site: Site, pages: Furnished, scheme: str, width: int
) -> None:
    """Axe finds nothing, nothing scrolls sideways, nothing is heavy, and the browser is content."""
    visitor = arrive(visit, site.admin[0], scheme=scheme, width=width)
    stranger = arrive(visit, "umi", scheme=scheme, width=width)
    stranger.context.clear_cookies()
    found = [
        fault
        for person, paths in ((visitor, pages.paths), (stranger, pages.public))
        for tab in each_page(person, paths)
        for fault in (*violations(tab.page, tab.path), *cut_off(tab), *too_heavy(tab))
    ]
    for tab in each_page(visitor, (*pages.public, ADMIN)):
        found += cut_off(tab)
    assert found == []
    assert visitor.complaints == stranger.complaints == []


def cut_off(tab: Tab) -> Iterator[str]:
    overflow = tab.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if overflow:
        yield f"{tab.path} is {overflow} px too wide"


def too_heavy(tab: Tab) -> Iterator[str]:
    """Bytes on the wire for somebody who has nothing of the page in the cache yet."""
    bytes_ = sum(map(weight, tab.fetched))
    if not 0 < bytes_ <= HEAVIEST:
        yield f"{tab.path} weighs {bytes_} bytes"


def weight(request: Request) -> int:
    """Bytes that came over the wire; pictures are what people come for and do not count."""
    return 0 if request.resource_type == "image" else request.sizes()["responseBodySize"]


def test_the_search_for_violations_can_find_one(visit: Visit) -> None:
    visitor = visit("umi")
    visitor.open("/accounts/password/")
    visitor.page.evaluate("document.querySelector('label').remove()")
    found = Axe().run(visitor.page, options=WCAG).response["violations"]
    assert [broken["id"] for broken in found] == ["label"]
