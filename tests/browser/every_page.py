"""Every page that a person can open, with something on it to see."""

from dataclasses import dataclass

from tests.browser.conftest import Visit, Visitor
from tests.labelling.pictures import noise
from tests.site import Site

STILL = (
    "/",
    "/images/",
    "/review/",
    "/accounts/password/",
    "/dashboard/",
    "/dashboard/retrain/",
    "/versions/",
    "/versions/1/",
)
WITHOUT_ACCOUNT = ("/accounts/login/",)


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
        files={"file": ("a.jpg", noise(900))},
    ).json()
    return Furnished((*STILL, f"/images/{image['id']}/"), WITHOUT_ACCOUNT)


def arrive(visit: Visit, name: str, *, scheme: str, width: int) -> Visitor:
    return visit(name, color_scheme=scheme, viewport={"width": width, "height": 800})


def open_quietly(visitor: Visitor, path: str) -> None:
    """Open a page and wait until it has fetched what it fetches by itself."""
    visitor.open(path)
    visitor.page.wait_for_load_state("networkidle")
