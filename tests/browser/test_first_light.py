"""The main job, as a newcomer does it: upload, see a verdict, settle pictures, retrain, see again.

Everything is real: the browser, the web server, the queue, the workers, the shipped detector.
"""

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visitor, logged_in
from tests.chromium import PATIENCE
from tests.labelling.pictures import noise
from tests.site import Site, asleep, running_site, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.site]

SETTLED = 20  # what a retraining needs by default
TRAINED_WITHIN = 120_000  # milliseconds; seconds on a machine that does nothing else
TELL_WHAT_IS_SHOWN = """() => {
  const tell = () => window.told(document.querySelector("#runs tbody .outcome")?.innerText ?? "");
  addEventListener("DOMContentLoaded", () => {
    tell();
    new MutationObserver(tell).observe(document.body, { childList: true, subtree: true });
  });
}"""


@pytest.fixture
def site(browser: Browser) -> Iterator[Site]:
    """Of its own: it counts every label. No time in shadow: no other picture comes to compare."""
    with running_site(environment={"AIVH_SHADOW_MINUTES": "0"}) as running:
        yield running


@pytest.fixture
def administrator(browser: Browser, site: Site) -> Iterator[Visitor]:
    context = browser.new_context(storage_state=logged_in(browser, site.url, *site.admin))
    context.set_default_timeout(PATIENCE)
    visitor = Visitor(context.new_page(), context, site.url, "")
    visitor.watched(visitor.page)
    yield visitor
    context.close()


def upload(site: Site, session: requests.Session, seed: int) -> dict:
    """Hand a picture in as the page does and return it with its finding."""
    answer = session.post(
        f"{site.url}/api/v1/images/?wait=30",
        files={"file": (f"{seed}.jpg", noise(seed), "image/jpeg")},
        headers=signed(session, site),
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def signed(session: requests.Session, site: Site) -> dict[str, str]:
    return {"X-CSRFToken": session.cookies["csrftoken"], "Referer": site.url}


def vote(site: Site, session: requests.Session, image: str, answer: str) -> None:
    response = session.post(
        f"{site.url}/review/vote/",
        json={"image": image, "answer": answer},
        headers=signed(session, site),
        timeout=30,
    )
    assert response.status_code == 200, response.text


def press_retrain(administrator: Visitor) -> Page:
    """Press the dashboard's button and return the page that follows."""
    administrator.open("/dashboard/")
    administrator.page.get_by_role("button", name="Retrain now …").click()
    return administrator.page


def watch_the_retraining(site: Site, administrator: Visitor, number: int) -> None:
    """Begin one and stay on the dashboard until it says by itself that version ``number`` came."""
    said: list[str] = []

    def note(words: str) -> None:
        said.append(words)

    page = press_retrain(administrator)
    page.expose_function("told", note)
    page.add_init_script(f"({TELL_WHAT_IS_SHOWN})()")
    with asleep(site, "trainer"):
        page.get_by_role("button", name="Retrain", exact=True).click()
        expect(page.get_by_text("The retraining has begun.")).to_be_visible()
        expect(page.get_by_role("progressbar", name="Progress of the retraining")).to_be_visible()
        expect(page.locator("#runs")).to_contain_text("0%, waiting for a worker")
    newest = page.locator("#runs tbody tr").first
    promoted = f"promoted: version {number} answers from now on"
    expect(newest).to_contain_text(promoted, timeout=TRAINED_WITHIN)
    expect(newest.get_by_role("link", name=f"Version {number}")).to_be_visible()
    shares = [int(share) for share in re.findall(r"(\d+)%,", "\n".join(said))]
    assert shares[0] == 0
    assert shares == sorted(shares)


def test_what_people_settle_becomes_the_next_version(site: Site, administrator: Visitor) -> None:
    admin = site.sign_in()
    pictures = [upload(site, admin, seed) for seed in range(5000, 5000 + SETTLED)]
    before = pictures[0]["finding"]["model_version"]
    assert {picture["finding"]["model_version"] for picture in pictures} == {before}

    for picture in pictures[:3]:
        vote(site, admin, picture["id"], "human")
    page = press_retrain(administrator)
    expect(page.locator("h1")).to_have_text("There is too little to learn from")
    expect(page.locator("main")).to_contain_text("A retraining is worth it from 20 on.")

    for picture in pictures[3:]:
        vote(site, admin, picture["id"], "human")
    watch_the_retraining(site, administrator, before + 1)

    after = upload(site, admin, 5900)["finding"]
    assert after["model_version"] == before + 1
    wait_for(lambda: version_of(site, admin, pictures[0]["id"]) == before + 1, site, timeout=60)
    look_it_up(administrator, before + 1, pictures[0]["id"])


def look_it_up(administrator: Visitor, number: int, image: str) -> None:
    """From the versions to what the newest one learned from, and back from a picture to it."""
    page, name = administrator.page, f"Version {number}"
    administrator.open("/versions/")
    expect(page.get_by_text(f"{name} answers.")).to_be_visible()
    newest = page.locator("tbody tr").first
    expect(newest).to_contain_text("live")
    newest.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_text("It passed: ")).to_be_visible()
    page.locator("dl a[href^='/snapshots/']").first.click()
    expect(page.locator(f"a[href='/images/{image}/']").first).to_be_visible()
    administrator.open(f"/images/{image}/")
    expect(page.locator(f"a[href='/versions/{number}/']").first).to_be_visible()
    assert administrator.complaints == []


def version_of(site: Site, session: requests.Session, image: str) -> int:
    answer = session.get(f"{site.url}/api/v1/images/{image}/", timeout=30).json()
    return answer["finding"]["model_version"]
