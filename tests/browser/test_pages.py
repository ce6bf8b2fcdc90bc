"""Every page, light and dark, wide and narrow: nothing is blocked, broken or cut off."""

import pytest

from tests.browser.conftest import Visit
from tests.labelling.pictures import noise
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

PATHS = (
    "/",
    "/images/",
    "/review/",
    "/accounts/password/",
    "/dashboard/",
    "/versions/",
    "/versions/1/",
    "/admin/labelling/user/",
)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_no_page_complains_or_scrolls_sideways(
    visit: Visit, site: Site, tokens: dict[str, str], scheme: str, width: int
) -> None:
    image = site.api(
        "POST",
        "/api/v1/images/?wait=20",
        token=tokens["umi"],
        files={"file": ("a.jpg", noise(900))},
    ).json()
    name, _ = site.admin
    visitor = visit(name, color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in (*PATHS, f"/images/{image['id']}/"):
        visitor.open(path)
        visitor.page.wait_for_load_state("networkidle")
        overflow = visitor.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow == 0, f"{path} is {overflow} px too wide"
    assert visitor.complaints == []
