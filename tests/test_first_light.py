"""The main job, as a newcomer does it: upload, see a verdict, settle pictures, retrain, see again.

Everything is real: the web server, the queue, the workers, the shipped detector.
"""

import re

import pytest
import requests

from tests.labelling.pictures import noise
from tests.site import Site, running_site, wait_for

pytestmark = pytest.mark.site

SETTLED = 20  # what a retraining needs by default


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


def press_retrain(site: Site, session: requests.Session) -> str:
    """Press the dashboard's button and return the page that follows."""
    address = f"{site.url}/dashboard/"
    form = re.search(r'action="([^"]*retrain[^"]*)"', session.get(address, timeout=30).text)
    assert form
    token = {"csrfmiddlewaretoken": session.cookies["csrftoken"]}
    page = session.post(site.url + form[1], data=token, headers={"Referer": address}, timeout=30)
    assert page.status_code == 200, page.text
    return page.text


def test_what_people_settle_becomes_the_next_version() -> None:
    # Of its own: it counts every label. No time in shadow: there is no other picture to compare.
    with running_site(environment={"AIVH_SHADOW_MINUTES": "0"}) as site:
        tell_the_story(site, site.sign_in())


def tell_the_story(site: Site, admin: requests.Session) -> None:
    pictures = [upload(site, admin, seed) for seed in range(5000, 5000 + SETTLED)]
    before = pictures[0]["finding"]["model_version"]
    assert {picture["finding"]["model_version"] for picture in pictures} == {before}

    for picture in pictures[:3]:
        vote(site, admin, picture["id"], "human")
    assert "skipped: 3 new labels, needs 20" in press_retrain(site, admin)

    for picture in pictures[3:]:
        vote(site, admin, picture["id"], "human")
    press_retrain(site, admin)
    wait_for(lambda: "promoted: version" in site_dashboard(site, admin), site, timeout=120)

    after = upload(site, admin, 5900)["finding"]
    assert after["model_version"] == before + 1
    wait_for(lambda: version_of(site, admin, pictures[0]["id"]) == before + 1, site, timeout=60)

    page = admin.get(f"{site.url}/images/{pictures[0]['id']}/", timeout=30).text
    assert f'href="/versions/{before + 1}/"' in page
    version = admin.get(f"{site.url}/versions/{before + 1}/", timeout=30).text
    snapshot = re.search(r'href="(/snapshots/[0-9a-f]{64}/)"', version)
    assert snapshot
    assert pictures[0]["id"] in admin.get(site.url + snapshot[1], timeout=30).text


def site_dashboard(site: Site, session: requests.Session) -> str:
    return session.get(f"{site.url}/dashboard/", timeout=30).text


def version_of(site: Site, session: requests.Session, image: str) -> int:
    answer = session.get(f"{site.url}/api/v1/images/{image}/", timeout=30).json()
    return answer["finding"]["model_version"]
