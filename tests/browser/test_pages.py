"""Every page, light and dark, wide and narrow: nothing is blocked, broken, cut off or heavy."""

import pytest
from playwright.sync_api import Request

from tests.browser.conftest import Visit
from tests.browser.every_page import arrive, furnish, open_quietly
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

HEAVIEST = 150_000  # bytes on the wire, without pictures


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_no_page_complains_or_scrolls_sideways(
    visit: Visit, site: Site, tokens: dict[str, str], scheme: str, width: int
) -> None:
    pages = furnish(site, tokens["umi"])
    name, _ = site.admin
    visitor = arrive(visit, name, scheme=scheme, width=width)
    for path in (*pages.paths, *pages.public, "/admin/labelling/user/"):
        open_quietly(visitor, path)
        overflow = visitor.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow == 0, f"{path} is {overflow} px too wide"
    assert visitor.complaints == []


def test_no_page_is_heavy(visit: Visit, site: Site, tokens: dict[str, str]) -> None:
    pages = furnish(site, tokens["umi"])
    name, _ = site.admin
    weights = {path: weight_of(visit, name, path) for path in pages.paths}
    assert {path: size for path, size in weights.items() if not 0 < size <= HEAVIEST} == {}


def weight_of(visit: Visit, name: str, path: str) -> int:
    """Bytes of a page on the wire, for somebody who has nothing of it in the cache yet."""
    visitor = arrive(visit, name, scheme="light", width=1280)
    fetched: list[Request] = []

    def note(request: Request) -> None:
        fetched.append(request)

    visitor.page.on("requestfinished", note)
    open_quietly(visitor, path)
    return sum(map(weight, fetched))


def weight(request: Request) -> int:
    """Bytes that came over the wire; pictures are what people come for and do not count."""
    return 0 if request.resource_type == "image" else request.sizes()["responseBodySize"]
