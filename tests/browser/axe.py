"""What axe finds wrong with a page, by WCAG AA and by its own best practices."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(page: Page, where: str) -> list[str]:
    """Each rule that is broken, in words, and the elements that break it."""
    found = Axe().run(page, options=WCAG).response["violations"]
    return [
        f"{where}: {broken['id']} ({broken['help']}) at "
        f"{[node['target'] for node in broken['nodes']]}"
        for broken in found
    ]
