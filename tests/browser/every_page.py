"""Every page that a person can open, with something on it to see."""

from dataclasses import dataclass
from itertools import count

from tests.browser.conftest import PASSWORD, Visit, Visitor
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
    "/dashboard/",
    "/dashboard/retrain/",
    "/versions/",
    "/versions/1/",
    "/people/",
    "/people/1/",
    "/people/invite/",
)
WITHOUT_ACCOUNT = (
    "/accounts/login/",
    "/accounts/reset/",
    "/accounts/reset/sent/",
    "/accounts/reset/MQ/none/",
)


seeds = count(900)


@dataclass(frozen=True)
class Furnished:
    """A site on which each kind of thing is there once: where to look at it."""

    paths: tuple[str, ...]
    public: tuple[str, ...]


def furnish(site: Site, token: str) -> Furnished:
    """Make one of each and return the addresses of all pages, for an administrator to open."""
    image = site.api(
        "POST",
        "/api/v1/images/?wait=20",
        token=token,
        files={"file": ("a.jpg", noise(next(seeds)))},  # each may be disputed once
    ).json()
    public = (*WITHOUT_ACCOUNT, f"/invitations/{invite(site)}/", share(site, image["id"]))
    return Furnished((*STILL, f"/images/{image['id']}/", dispute(site, image["id"])), public)


def dispute(site: Site, image_id: str) -> str:
    """Where the dispute is that the picture's uploader opens."""
    session = site.sign_in("umi", PASSWORD)
    address = f"{site.url}/images/{image_id}/dispute/"
    form = {
        "reason": "I drew it with a pencil.",
        "csrfmiddlewaretoken": session.cookies["csrftoken"],
    }
    page = session.post(address, data=form, headers={"Referer": address}, timeout=30)
    return page.url.removeprefix(site.url)


def share(site: Site, image_id: str) -> str:
    """Where anybody sees the picture's result, by a link of the administrator's."""
    session = site.sign_in()
    address = f"{site.url}/images/{image_id}/links/"
    form = {"csrfmiddlewaretoken": session.cookies["csrftoken"]}
    page = session.post(address, data=form, headers={"Referer": address}, timeout=30)
    token = page.text.partition(f"{site.url}/r/")[2].partition("/")[0]
    return f"/r/{token}/"


def invite(site: Site) -> str:
    """An open invitation of the administrator's; its secret."""
    session = site.sign_in()
    address = f"{site.url}/people/invite/"
    session.get(address, timeout=30)
    form = {"roles": "Reviewers", "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    page = session.post(address, data=form, headers={"Referer": address}, timeout=30)
    return page.text.partition("/invitations/")[2].partition("/")[0]


def arrive(visit: Visit, name: str, *, scheme: str, width: int) -> Visitor:
    return visit(name, color_scheme=scheme, viewport={"width": width, "height": 800})


def open_quietly(visitor: Visitor, path: str) -> None:
    """Open a page and wait until it has fetched what it fetches by itself."""
    visitor.open(path)
    visitor.page.wait_for_load_state("networkidle")
