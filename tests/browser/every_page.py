"""Every page that a person can open, with something on it to see."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import requests
from playwright.sync_api import Page, Request

from tests.browser.alerting import raise_alerts
from tests.browser.conftest import PASSWORD, Visit, Visitor, hand_in
from tests.labelling.pictures import noise
from tests.site import Site

STILL = (
    "/",
    "/images/",
    "/uploads/",
    "/disputes/",
    "/review/",
    "/adjudicate/",
    "/accounts/password/",
    "/accounts/tokens/",
    "/docs/errors",
    "/dashboard/",
    "/dashboard/retrain/",
    "/dashboard/policies/1/",
    "/versions/",
    "/versions/1/",
    "/versions/compare/",
    "/people/",
    "/people/1/",
    "/people/invite/",
    "/alerts/",
    "/reports/weekly/",
    "/report?n=50",
    "/webhooks/",
)
WITHOUT_ACCOUNT = (
    "/accounts/login/",
    "/accounts/reset/",
    "/accounts/reset/sent/",
    "/accounts/reset/MQ/none/",
)
THIS_WEEK = """
from django.utils import timezone
from worker.services.tallies import count_hours
from worker.weekly.week import Week
count_hours()
print(Week.of(timezone.now()).get_absolute_url())
"""


@dataclass(frozen=True)
class Furnished:
    """A site on which each kind of thing is there once: where to look at it."""

    paths: tuple[str, ...]
    public: tuple[str, ...]


def furnish(site: Site, token: str) -> Furnished:
    """Make one of each and return the addresses of all pages, for an administrator to open."""
    [image] = hand_in(site, token, ("a.jpg", noise(900)))
    admin, uploader = site.sign_in(), site.sign_in("umi", PASSWORD)
    dispute = post(site, uploader, f"/images/{image}/dispute/", reason="I drew it with a pencil.")
    shared = post(site, admin, f"/images/{image}/links/")
    link = shared.text.partition(f"{site.url}/r/")[2].partition("/")[0]
    admin.get(f"{site.url}/people/invite/", timeout=30)
    invited = post(site, admin, "/people/invite/", roles="Reviewers")
    secret = invited.text.partition("/invitations/")[2].partition("/")[0]
    raise_alerts(site, [image])
    made = post(site, admin, "/webhooks/", url="https://hooks.example/aivh", events="job.failed")
    hook = "/webhooks/" + made.text.partition('action="/webhooks/')[2].partition("/")[0] + "/"
    post(site, admin, f"{hook}test/")
    week = site.shell(THIS_WEEK).strip()
    return Furnished(
        paths=(*STILL, f"/images/{image}/", dispute.url.removeprefix(site.url), week, hook),
        public=(*WITHOUT_ACCOUNT, f"/invitations/{secret}/", f"/r/{link}/"),
    )


def post(site: Site, session: requests.Session, path: str, **form: str) -> requests.Response:
    """Send a page's form and return the page that follows."""
    address = site.url + path
    form["csrfmiddlewaretoken"] = session.cookies["csrftoken"]
    page = session.post(address, data=form, headers={"Referer": address}, timeout=30)
    assert page.status_code == 200, page.text
    return page


def arrive(visit: Visit, name: str, *, scheme: str, width: int) -> Visitor:
    return visit(name, color_scheme=scheme, viewport={"width": width, "height": 800})


@dataclass
class Tab:
    """A page that has nothing in a cache, and what it has fetched since it was opened last."""

    page: Page
    path: str = ""
    fetched: list[Request] = field(default_factory=list)

    def begin(self, url: str, path: str) -> None:
        self.path = path
        self.fetched.clear()
        self.page.goto(url + path, wait_until="commit")


def new_tab(visitor: Visitor) -> Tab:
    tab = Tab(visitor.another_tab())
    chromium = visitor.context.new_cdp_session(tab.page)
    chromium.send("Network.enable")
    chromium.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def note(request: Request) -> None:
        tab.fetched.append(request)

    tab.page.on("requestfinished", note)
    return tab


def each_page(visitor: Visitor, paths: tuple[str, ...]) -> Iterator[Tab]:
    """Open all in turn, and give each when it has fetched what it fetches by itself.

    Meanwhile the next one is on its way in another tab: half of the time is waiting for silence.
    """
    tabs = new_tab(visitor), new_tab(visitor)
    tabs[0].begin(visitor.url, paths[0])
    for number, path in enumerate((*paths[1:], "")):
        if path:
            tabs[(number + 1) % 2].begin(visitor.url, path)
        tabs[number % 2].page.wait_for_load_state("networkidle")
        yield tabs[number % 2]
