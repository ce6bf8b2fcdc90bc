"""The drift report in a browser: it draws as it came from the site, and as a file of its own."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Route

from classifier.models import ModelVersion
from labelling.models import User
from tests.browser.axe import violations
from tests.chromium import running_chromium
from tests.worker.drifting import come
from tests.worker.test_report import with_files

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

Served = tuple[bytes, dict[str, str]]  # a body and its headers
SITE = "https://site.test/report"
SEEN = """() => ({
  strip: getComputedStyle(document.querySelector(".strip")).display,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  broken: [...document.images].filter((image) => !image.naturalWidth).length,
})"""


@pytest.fixture
def report(client: Client, administrator: User, version: ModelVersion) -> Served:
    """Of pictures that moved."""
    come(version, 200)
    with_files(come(version, 200, quality=40))
    client.force_login(administrator)
    answer = client.get("/report?n=200")
    assert b'<img src="data:image/webp' in answer.content
    return answer.content, dict(answer.headers)


def open_page(browser: Browser, served: Served, **options: Any) -> tuple[Page, list[str]]:
    """A page before which the site stands, and what the browser complains of."""
    complaints: list[str] = []
    body, headers = served

    def hear(said: ConsoleMessage) -> None:
        complaints.append(said.text)

    def give(route: Route) -> None:
        route.fulfill(body=body, headers=headers)

    page = browser.new_page(**options)
    page.on("console", hear)
    page.route(SITE, give)
    return page, complaints


def test_it_draws_from_the_site_and_from_a_file(report: Served, tmp_path: Path) -> None:
    """Axe finds nothing, nothing scrolls sideways, every picture is there, nothing is blocked."""
    saved, other = tmp_path / "report.html", tmp_path / "other.html"
    saved.write_bytes(report[0])
    other.write_bytes(report[0].replace(b"<style>", b"<style> "))
    with running_chromium() as browser:
        for address, scheme, width in ((SITE, "light", 1280), (saved.as_uri(), "dark", 360)):
            page, complaints = open_page(
                browser, report, color_scheme=scheme, viewport={"width": width, "height": 800}
            )
            page.goto(address)
            assert page.evaluate(SEEN) == {"strip": "flex", "wide": 0, "broken": 0}
            assert violations(page, address) == []
            assert complaints == []
        page.goto(other.as_uri())
        assert page.evaluate(SEEN)["strip"] == "block", "another style is none of ours"
        assert "Content Security Policy" in " ".join(complaints)
