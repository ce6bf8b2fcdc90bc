"""The dashboard in a browser: charts are drawn from their tables, which keys open and which need
no script."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

TALLIES = """
from datetime import timedelta
from django.utils import timezone
from worker.models import HourlyTally
hour = timezone.now().replace(minute=0, second=0, microsecond=0)
for back in range(1, 4):
    place = {"hour": hour - timedelta(hours=6 * back), "what": "review", "key": "ai"}
    HourlyTally.objects.update_or_create(**place, defaults={"count": 10 * back})
"""
MORE = """
from worker.models import HourlyTally
HourlyTally.objects.filter(what="review", count=20).update(count=4321)
"""


@pytest.fixture
def counted(site: Site) -> None:
    """Some reviews of today and yesterday."""
    site.shell(TALLIES)


def test_a_chart_is_drawn_and_its_table_opens_by_keys(
    visit: Visit, site: Site, counted: None
) -> None:
    visitor = visit(site.admin[0])
    visitor.open("/dashboard/")
    chart = visitor.page.locator("#chart-reviews")
    expect(chart.locator("canvas")).to_be_visible()
    expect(chart.locator(".chart-table")).to_be_hidden()
    chart.locator("summary", has_text="Table").focus()
    visitor.page.keyboard.press("Enter")
    expect(chart.locator(".chart-table")).to_be_visible()
    expect(chart.locator("td[data-v='20']").first).to_have_text("20")
    assert visitor.complaints == []


def test_what_is_new_takes_the_place_of_what_was_and_tables_stay_open(
    visit: Visit, site: Site, counted: None
) -> None:
    visitor = visit(site.admin[0])
    visitor.page.clock.install()
    visitor.open("/dashboard/")
    chart = visitor.page.locator("#chart-reviews")
    chart.locator("summary", has_text="Table").click()
    site.shell(MORE)
    visitor.page.clock.run_for(31_000)
    expect(chart.locator("td[data-v='4321']").first).to_be_visible()
    expect(chart.locator("canvas")).to_be_visible()
    assert visitor.complaints == []


def test_without_scripts_the_tables_stand_open(visit: Visit, site: Site, counted: None) -> None:
    visitor = visit(site.admin[0], java_script_enabled=False)
    visitor.open("/dashboard/")
    expect(visitor.page.locator("#chart-reviews .chart-table")).to_be_visible()
    expect(visitor.page.locator("#chart-reviews .plot")).to_be_hidden()
