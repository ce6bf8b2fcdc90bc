"""A site that nobody tells to learn learns, also where its trainer is stopped or killed at it."""

import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.site import Site, running_site, wait_for

pytestmark = [pytest.mark.site, pytest.mark.slow]

# Sixteen pictures of each class, examined, and settled by a vote each: what a policy waits for,
# and some to spare, because a few are drawn for the audit sample.
SETTLE = """
from classifier.vocabulary import Label
from labelling.models import Submission, User
from labelling.services.review import record_review
from labelling.services.submit import submit_image
from tests.labelling.pictures import noise
from worker.services.inference import classify_image
rosa, first = User.objects.get(username="rosa"), {first}
for seed in range(first, first + 32):
    image = submit_image(
        data=noise(seed), filename="a.jpg", channel=Submission.Channel.PAGE, submitter=None
    ).image
    classify_image(image_id=image.pk)
    record_review(image_id=image.pk, reviewer=rosa, answer="ai" if seed % 2 else "human")
"""
# By and by the site's own beat and sweeper act; on two busy cores that takes its time.
PATIENCE = 180.0


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of our own, with a reviewer."""
    with running_site() as running:
        running.person("rosa", groups=("Reviewers",))
        yield running


def row(site: Site, columns: str) -> tuple[object, ...] | None:
    """Columns of the newest run, read past the site so that it costs no time."""
    database = f"file:{site.data_dir / 'aivh.sqlite3'}?mode=ro"
    with closing(sqlite3.connect(database, uri=True, timeout=20)) as connection:
        asked = f"SELECT {columns} FROM worker_trainingrun ORDER BY id DESC LIMIT 1"
        return connection.execute(asked).fetchone()


def settle(site: Site, first: int) -> None:
    site.shell(SETTLE.format(first=first))


def catch_it_running(site: Site, number: int, after: Callable[[], object]) -> None:
    """Wait until the trainer trains run ``number``, and hold it there.

    ``after`` makes it begin, and may take longer to end than the whole run does.
    """
    wait_for(lambda: site.leader("trainer").children(), site)
    trainer = site.leader("trainer").children(recursive=True)  # looked for before it matters
    asking = threading.Thread(target=after)
    asking.start()
    wait_for(lambda: row(site, "id, state") == (number, "running"), site, timeout=PATIENCE)
    for child in trainer:
        child.suspend()
    assert row(site, "id, state") == (number, "running"), "it was over before we could hold it"
    asking.join()


def test_a_trainer_that_is_stopped_hands_its_run_back_and_another_goes_on(site: Site) -> None:
    catch_it_running(site, 1, after=lambda: settle(site, 7000))
    trainer = site.leader("trainer")
    held = trainer.children(recursive=True)

    trainer.send_signal(signal.SIGTERM)

    wait_for(lambda: row(site, "state, attempts") == ("queued", 1), site)
    for child in held:
        child.kill()
    trainer.kill()  # as ``up`` does with what does not end in time
    wait_for(lambda: ended(site), site, timeout=PATIENCE)
    assert row(site, "trigger, attempts") == ("labels", 2)


def test_a_trainer_that_is_killed_loses_its_run_to_another(site: Site) -> None:
    # The policies' cool-down would keep the site from beginning by itself.
    settle(site, 7100)
    catch_it_running(site, 2, after=lambda: site.manage("retrain", "--queue"))
    trainer = site.leader("trainer")
    for process in [*trainer.children(recursive=True), trainer]:
        process.kill()
    assert row(site, "state, attempts") == ("running", 1)

    forget = "UPDATE worker_trainingrun SET heartbeat_at = '2020-01-01 00:00:00' WHERE id = 2"
    with closing(sqlite3.connect(site.data_dir / "aivh.sqlite3", timeout=20)) as connection:
        connection.execute(forget)  # the clock, moved
        connection.commit()

    wait_for(lambda: ended(site), site, timeout=PATIENCE)
    assert row(site, "trigger, attempts") == ("command", 2)


def ended(site: Site) -> bool:
    """Whether the newest run came to its own end; what of noise is worth learning is not ours."""
    found = row(site, "state, outcome")
    assert found is not None
    assert found[0] not in ("failed", "cancelled"), found
    return found[0] not in ("queued", "running")
