"""One request's id on the lines of two programs: the real web server, the real worker."""

import re

import pytest

from aivh.logs.requests import HEADER
from tests.labelling.pictures import noise
from tests.labelling.programs import IMAGES
from tests.site import Site, wait_for

pytestmark = pytest.mark.site

ASKED = "upload-7.from-the-proxy"
TASK = "Task classify: success after"


def test_an_uploads_id_is_on_the_lines_of_the_web_server_and_of_the_worker(site: Site) -> None:
    token = site.person("proxied")
    file = {"file": ("a.jpg", noise(701), "image/jpeg")}
    answer = site.api("POST", IMAGES, token=token, files=file, headers={HEADER: ASKED})
    assert (answer.status_code, answer.headers[HEADER]) == (202, ASKED)
    image = answer.json()["id"]

    wait_for(lambda: any(TASK in line for line in caused(site)), site)

    web, worker = sorted(caused(site), key=lambda line: TASK in line)
    assert re.match(r"web +│ .*POST /api/v1/images/ 202 in \d+ ms ", web)
    assert re.match(rf"worker +│ .*{TASK} ", worker)
    assert fields(web) == {"request_id": ASKED, "image_id": image}
    assert fields(worker) == {"request_id": ASKED, "image_id": image}
    assert token not in site.log


def caused(site: Site) -> list[str]:
    return [line for line in list(site.lines) if f"request_id={ASKED}" in line]


def fields(line: str) -> dict[str, str]:
    found = dict(re.findall(r"(\w+)=(\S+)", line))
    return {name: found[name] for name in ("request_id", "image_id")}
