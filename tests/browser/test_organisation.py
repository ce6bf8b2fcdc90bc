"""A browser goes to the organisation's sign-in and back, under the page's own policy."""

import pytest
from playwright.sync_api import Browser, expect

from tests.servers.oidc import running_provider
from tests.site import running_site

pytestmark = [pytest.mark.browser, pytest.mark.site]


def test_the_button_leads_there_and_back(browser: Browser) -> None:
    complaints: list[str] = []
    with running_provider() as provider, running_site(environment=provider.environment) as site:
        provider.person = {"sub": "1", "preferred_username": "sam"}
        context = browser.new_context()
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.goto(f"{site.url}/images/")
        page.get_by_role("button", name="Log in with Picture Desk").click()
        page.wait_for_url(f"{site.url}/images/")
        expect(page.get_by_text("sam", exact=True)).to_be_visible()
        context.close()
    assert [text for text in complaints if "Content Security Policy" in text] == []
