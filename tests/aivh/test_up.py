"""``manage.py up``: what a person is told, what is started again, that nothing is left behind."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from redis import Redis

from tests.labelling.pictures import noise
from tests.requirements import require_redis
from tests.site import Site, free_port, running_site, start_site, wait_for

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up")


@pytest.fixture(scope="module")
def first(folder: Path) -> Iterator[Site]:
    """The first start on an empty folder. It ends by SIGTERM, and what must hold then is asserted
    by ``running_site``: exit code 0 and no process left."""
    with running_site(data_dir=folder) as site:
        yield site


@pytest.fixture(scope="module")
def second(first: Site, folder: Path) -> Iterator[Site]:
    """The next start on the same folder."""
    first.stop()
    site = start_site(data_dir=folder)
    try:
        wait_for(lambda: "The site is ready" in site.log, site, timeout=60)
        yield site
    finally:
        site.process.kill()
        site.process.wait()


def classified(site: Site, seed: int, *, timeout: float = 60.0) -> bool:
    """Whether a picture that is handed in now gets a finding: web, broker and worker all work."""
    token = site.person("program")
    picture = {"file": ("noise.jpg", noise(seed), "image/jpeg")}
    answer = site.api("POST", "/api/v1/images/", token=token, files=picture)
    assert answer.status_code in (200, 202), answer.text
    address = f"/api/v1/images/{answer.json()['id']}/?wait=10"
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if site.api("GET", address, token=token).json()["finding"]:
            return True
    return False


class TestFirstStart:
    def test_tells_the_address_the_name_and_the_password_once(self, first: Site) -> None:
        assert first.log.count(f"The site is ready: {first.url}/") == 1
        name, password = first.admin
        assert name == "admin"
        assert first.log.count(password) == 1
        first.sign_in(name, password)

    def test_the_administrator_may_do_everything(self, first: Site) -> None:
        told = first.shell(
            "from labelling.models import User\n"
            "user = User.objects.get(username='admin')\n"
            "print(user.is_superuser, sorted(user.groups.values_list('name', flat=True)))"
        )
        assert told.strip() == "True ['Administrators', 'Reviewers']"

    def test_the_password_is_kept_nowhere(self, first: Site) -> None:
        _, password = first.admin
        for path in (path for path in first.data_dir.rglob("*") if path.is_file()):
            assert password.encode() not in path.read_bytes(), path

    def test_a_picture_is_classified(self, first: Site) -> None:
        assert classified(first, seed=1)

    def test_valkey_listens_on_no_port_and_for_nobody_else(self, first: Site) -> None:
        valkey = first.leader("valkey")
        assert valkey.net_connections(kind="inet") == []
        [path] = {Path(str(c.laddr)) for c in valkey.net_connections(kind="unix") if str(c.laddr)}
        assert path.stat().st_mode & 0o777 == 0o700
        assert path.parent.stat().st_mode & 0o777 == 0o700

    def test_each_line_names_its_part(self, first: Site) -> None:
        names = {line.split("│")[0].strip() for line in first.lines}
        assert names <= {"up", "valkey", "web", "worker", "trainer", "beat"}

    def test_predict_is_open_on_loopback(self, first: Site) -> None:
        picture = {"file": ("noise.jpg", noise(2), "image/jpeg")}
        assert first.api("POST", "/predict", files=picture).status_code == 200


class TestRefusals:
    def test_a_second_up_on_the_same_folder(self, first: Site) -> None:
        second = start_site(data_dir=first.data_dir)
        assert second.process.wait(timeout=30) == 1
        wait_for(lambda: "already runs on" in second.log)
        assert "Traceback" not in second.log
        assert requests.get(f"{first.url}/health", timeout=30).status_code == 200

    def test_a_taken_port_before_anything_is_started(self, first: Site, tmp_path: Path) -> None:
        second = start_site(data_dir=tmp_path, arguments=("--port", str(first.port)))
        assert second.process.wait(timeout=30) == 1
        wait_for(lambda: f"Port {first.port} is taken." in second.log)
        assert "Traceback" not in second.log
        assert not (tmp_path / "valkey").exists()
        assert not (tmp_path / "aivh.sqlite3").exists()

    def test_a_port_that_is_none(self, tmp_path: Path) -> None:
        second = start_site(data_dir=tmp_path, arguments=("--port", "70000"))
        assert second.process.wait(timeout=30) == 1
        wait_for(lambda: "70000 is not a port." in second.log)

    def test_an_address_of_another_machine(self, tmp_path: Path) -> None:
        second = start_site(data_dir=tmp_path, arguments=("--host", "192.0.2.7"))
        assert second.process.wait(timeout=30) == 1
        wait_for(lambda: "is not an address of this machine." in second.log)


class TestPartsThatDie:
    @pytest.mark.parametrize("name", ["web", "worker", "valkey", "trainer", "beat"])
    def test_is_started_again_and_the_site_works(self, first: Site, name: str) -> None:
        leader = first.leader(name)
        leader.send_signal(signal.SIGKILL)
        wait_for(lambda: f"{name} died (signal 9)" in first.log, first)
        wait_for(lambda: [p for p in first.processes(name) if p.pid != leader.pid], first)
        wait_for(first.answers, first)
        assert classified(first, seed=100 + len(name))
        assert first.log.count(f"{name} died") == 1

    def test_one_that_keeps_dying_is_tried_ever_more_seldom(self, first: Site) -> None:
        for _ in range(2):
            kill_once_running(first, "beat")
        wait_for(lambda: first.processes("beat"), first)
        lines = [line for line in first.lines if "beat died" in line]
        pauses = [float(line.split("Next try in ")[1].split()[0]) for line in lines]
        assert pauses[-2] < pauses[-1] <= 10


class TestLaterStarts:
    def test_sigterm_leaves_nothing(self, first: Site) -> None:
        assert first.stop(signal.SIGTERM) == 0
        assert first.survivors() == []
        assert first.lines[-1].endswith("Stopped.")

    def test_the_second_start_tells_no_password(self, first: Site, second: Site) -> None:
        assert "password" not in second.log
        second.sign_in(*first.admin)

    def test_kill_nine_leaves_nothing(self, second: Site) -> None:
        wait_for(lambda: len(second.processes()) >= 9, second)
        second.process.kill()
        second.process.wait()
        assert second.survivors(within=10) == []


class TestOtherParts:
    def test_redis_url_takes_valkeys_place_and_predict_is_closed_to_a_network(
        self, tmp_path: Path
    ) -> None:
        server = require_redis()
        port = free_port()
        redis = subprocess.Popen(
            [server, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
        )
        try:
            url = f"redis://127.0.0.1:{port}/0"
            to_all = ("--host", "0.0.0.0")
            with running_site(environment={"REDIS_URL": url}, arguments=to_all) as site:
                assert site.processes("valkey") == []
                assert not (site.data_dir / "valkey").exists()
                assert classified(site, seed=3)
                assert Redis.from_url(url).dbsize() > 0
                picture = {"file": ("noise.jpg", noise(5), "image/jpeg")}
                assert site.api("POST", "/predict", files=picture).status_code in (401, 403)
        finally:
            redis.kill()
            redis.wait()

    @pytest.mark.postgres
    def test_database_url_takes_sqlites_place(self, postgres_url: str) -> None:
        with running_site(environment={"DATABASE_URL": postgres_url}) as site:
            assert not (site.data_dir / "aivh.sqlite3").exists()
            assert classified(site, seed=4)
            site.sign_in()
            assert site.stop(signal.SIGINT) == 0, "as Ctrl-C at a terminal ends it"
            assert site.survivors() == []

    def test_the_env_file_is_read(self, tmp_path: Path) -> None:
        file = tmp_path / "env"
        file.write_text("AIVH_RETRAIN_MIN_NEW_LABELS=none\n")
        site = start_site(data_dir=tmp_path, environment={"AIVH_ENV_FILE": str(file)})
        assert site.process.wait(timeout=30) != 0
        wait_for(lambda: "AIVH_RETRAIN_MIN_NEW_LABELS must be a whole number" in site.log)


def kill_once_running(site: Site, name: str) -> None:
    leader = site.leader(name)
    leader.kill()
    wait_for(lambda: not psutil.pid_exists(leader.pid), site)
