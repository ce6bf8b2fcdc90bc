"""Parts die while pictures wait. Nobody acts, and every picture gets its finding all the same."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.labelling.pictures import noise
from tests.site import Site, running_site, wait_for

pytestmark = [pytest.mark.site, pytest.mark.slow]

PICTURES = 12
# A picture is sent again a minute after it was last sent, by a sweeper that comes every 15 s.
PATIENCE = 120.0


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of our own: the parts that we kill must be missed by nobody else."""
    with running_site() as running:
        yield running


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    return site.person("program")


def upload(site: Site, token: str, seed: int) -> str:
    """Hand one picture in and return its id."""
    picture = {"file": ("noise.jpg", noise(seed), "image/jpeg")}
    answer = site.api("POST", "/api/v1/images/", token=token, files=picture)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def found(site: Site, token: str, image_id: str) -> bool:
    answer = site.api("GET", f"/api/v1/images/{image_id}/", token=token)
    return answer.status_code == 200 and answer.json()["finding"] is not None


def await_findings(site: Site, token: str, ids: list[str]) -> None:
    waiting = set(ids)

    def none_waits() -> bool:
        waiting.difference_update({i for i in waiting if found(site, token, i)})
        return not waiting

    wait_for(none_waits, site, timeout=PATIENCE)


def kill_tree(leader: psutil.Process) -> None:
    """Kill a part with its children, the way a machine that runs out of memory does; wait until
    they are gone, so that nobody takes them for what is started in their place."""
    family = [leader, *leader.children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


def test_pictures_outlive_a_worker_and_then_a_broker_that_are_killed(
    site: Site, token: str
) -> None:
    worker = site.leader("worker")
    worker.suspend()  # so that it has all of them before it when it dies
    before_the_worker_died = [upload(site, token, 1000 + number) for number in range(PICTURES)]
    worker.resume()
    time.sleep(0.2)
    kill_tree(worker)
    wait_for(lambda: site.processes("worker"), site)

    worker = site.leader("worker")
    worker.suspend()  # so that all of them still wait when the broker goes
    before_the_broker_died = [upload(site, token, 2000 + number) for number in range(PICTURES)]
    valkey = site.leader("valkey")
    valkey.kill()
    worker.resume()

    await_findings(site, token, before_the_worker_died)
    await_findings(site, token, before_the_broker_died)


def test_an_upload_does_not_wait_for_a_broker_that_hangs(site: Site, token: str) -> None:
    valkey = site.leader("valkey")
    valkey.suspend()  # it still takes connections and never answers: worse than being dead
    try:
        started = time.monotonic()
        ids = [upload(site, token, 3000)]
        seconds = time.monotonic() - started
    finally:
        valkey.resume()

    assert seconds < 30  # one that waits for the broker takes 40 s
    await_findings(site, token, ids)


def test_uploads_go_on_while_the_broker_comes_and_goes(site: Site, token: str) -> None:
    ids: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        uploads = [pool.submit(upload, site, token, 4000 + number) for number in range(PICTURES)]
        for _ in range(3):
            wait_for(lambda: site.processes("valkey"), site)
            site.processes("valkey")[0].kill()
            time.sleep(1)
        ids += [future.result() for future in uploads]

    await_findings(site, token, ids)
