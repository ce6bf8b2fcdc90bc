"""The page of alerts in a browser: an administrator takes one in hand, and mutes it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.alerting import forget_alerts, raise_alerts
from tests.browser.conftest import Visit, hand_in
from tests.labelling.pictures import noise
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

WRITTEN = """
from labelling.models import AuditEntry
from worker.models import Alert
alert = Alert.objects.get(key="test:open")
for entry in AuditEntry.objects.filter(subject=f"alert:{alert.pk}").order_by("pk"):
    print(entry.action, entry.actor)
"""


@pytest.fixture
def alerted(site: Site, tokens: dict[str, str]) -> Iterator[None]:
    raise_alerts(site, hand_in(site, tokens["umi"], ("a.jpg", noise(901))))
    yield
    forget_alerts(site)


def test_an_administrator_takes_one_in_hand_and_mutes_it(
    visit: Visit, site: Site, alerted: None
) -> None:
    name = site.admin[0]
    visitor = visit(name)
    visitor.open("/alerts/?kind=drift")
    page = visitor.page
    alert = page.get_by_role("article").filter(has_text="test of open alerts")
    expect(
        alert.get_by_role("list", name="Pictures that it shows").get_by_role("img")
    ).to_be_visible()
    alert.get_by_role("button", name="Take it in hand").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("You have it in hand.")
    expect(alert).to_contain_text(f"{name} took it in hand")
    alert.get_by_label("Mute for").select_option("1 day")
    alert.get_by_role("button", name="Mute", exact=True).press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Nobody is told of it anew for 1 day.")
    expect(alert).to_contain_text(f"by {name}: nobody is told of it anew.")
    expect(alert.get_by_role("button", name="Unmute")).to_be_visible()
    assert site.shell(WRITTEN).split("\n")[:-1] == [
        f"alert.acknowledged {name}",
        f"alert.muted {name}",
    ]
    assert visitor.complaints == []
