"""WCAG AA on every page, in both themes and on a phone: axe finds nothing."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Visit, Visitor
from tests.browser.every_page import arrive, furnish, open_quietly
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_on_any_page(
    visit: Visit, site: Site, tokens: dict[str, str], scheme: str, width: int
) -> None:
    pages = furnish(site, tokens["umi"])
    name, _ = site.admin
    found = [
        *violations(arrive(visit, name, scheme=scheme, width=width), pages.paths),
        *violations(stranger(visit, scheme, width), pages.public),
    ]
    assert found == []


def stranger(visit: Visit, scheme: str, width: int) -> Visitor:
    visitor = arrive(visit, "umi", scheme=scheme, width=width)
    visitor.context.clear_cookies()
    return visitor


def violations(visitor: Visitor, paths: tuple[str, ...]) -> list[str]:
    """What axe says of each page: the rule, and where it is broken."""
    found = []
    for path in paths:
        open_quietly(visitor, path)
        for broken in Axe().run(visitor.page, options=WCAG).response["violations"]:
            places = [node["target"] for node in broken["nodes"]]
            found.append(f"{path}: {broken['id']} ({broken['help']}) at {places}")
    return found


def test_the_search_for_violations_can_find_one(visit: Visit) -> None:
    visitor = visit("umi")
    visitor.open("/accounts/password/")
    visitor.page.evaluate("document.querySelector('label').remove()")
    found = Axe().run(visitor.page, options=WCAG).response["violations"]
    assert [broken["id"] for broken in found] == ["label"]
