"""Two inference workers, each on a machine of its own, share one Redis, Postgres and bucket."""

from collections.abc import Iterator
from textwrap import dedent

import pytest

from classifier.detector.bundle import read_bundle
from tests.requirements import require_network_namespaces
from tests.scaleout.cluster import Cluster, running_cluster, wrong
from tests.scaleout.network import Machine, network
from tests.site import wait_for

pytestmark = [pytest.mark.site, pytest.mark.postgres, pytest.mark.slow]

PICTURES = 40


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """The services, and version 1 of a small detector in production."""
    require_network_namespaces()
    with network() as made, running_cluster(made) as cluster:
        cluster.manage("migrate", "--verbosity", "0")
        promote(cluster, "small-1", red=12)
        yield cluster


@pytest.fixture(scope="module")
def machines(cluster: Cluster) -> tuple[Machine, Machine]:
    return cluster.network.add_machine(), cluster.network.add_machine()


def promote(cluster: Cluster, name: str, *, red: int) -> str:
    """Register and promote a bundle on the site's machine; returns its digest."""
    code = f"""
    import dataclasses, numpy as np
    from pathlib import Path
    from classifier.detector.decision import Head
    from classifier.services import promote_version, register_version
    from tests.worker.small import JUDGE, small_bundle

    head = Head(np.array([{red}, 0, -{red}], dtype=np.float32), 0.0)
    judge = dataclasses.replace(JUDGE, head=head)
    bundle = small_bundle(Path({str(cluster.folder / name)!r}), judge=judge)
    print(promote_version(version=register_version(bundle=bundle.path)).digest)
    """
    return cluster.shell(dedent(code)).splitlines()[-1]


def submit(cluster: Cluster, seeds: range) -> None:
    """Hand pictures in on the site's machine, as the upload page does."""
    code = f"""
    from labelling.models import Submission
    from labelling.services.submit import submit_image
    from classifier.vocabulary import Label
    from tests.worker.small import picture

    for seed in range({seeds.start}, {seeds.stop}):
        data = picture(list(Label)[seed % 2], seed)
        submit_image(data=data, filename="a.png", channel=Submission.Channel.PAGE, submitter=None)
    """
    cluster.shell(dedent(code))


def counts(cluster: Cluster) -> tuple[int, int, int]:
    """How many pictures there are, how many of them are classified, and all predictions."""
    [(images, done, predictions)] = cluster.query(
        "SELECT count(*), count(*) FILTER (WHERE state = 'classified'),"
        " (SELECT count(*) FROM labelling_prediction) FROM labelling_image"
    )
    return images, done, predictions


def versions_of(cluster: Cluster, *, last: int) -> set[int]:
    """The numbers of the versions that judged the pictures last handed in."""
    rows = cluster.query(
        "SELECT DISTINCT version.number FROM labelling_prediction prediction"
        " JOIN classifier_modelversion version ON version.id = prediction.version_id"
        " WHERE prediction.image_id IN"
        f" (SELECT id FROM labelling_image ORDER BY received_at DESC LIMIT {last})"
    )
    return {number for (number,) in rows}


def wait_until_done(cluster: Cluster, images: int, predictions: int) -> None:
    wait_for(lambda: counts(cluster) == (images, images, predictions), timeout=60)


def test_a_machine_says_what_it_lacks(cluster: Cluster, machines: tuple[Machine, Machine]) -> None:
    redis = cluster.check(machines[0], **wrong(cluster.environment, "REDIS_URL"))
    assert redis.returncode == 1
    assert "MISSING broker: redis://:**@" in redis.stdout
    assert "ok      detector: version 1" in redis.stdout

    postgres = cluster.check(machines[0], **wrong(cluster.environment, "DATABASE_URL"))
    assert postgres.returncode == 1
    assert "MISSING database: It does not answer" in postgres.stdout
    assert "not-the-password" not in redis.stdout + postgres.stdout

    bucket = cluster.check(machines[1], GS_BUCKET_NAME="another-bucket")
    assert bucket.returncode == 1
    assert "MISSING pictures: The bucket another-bucket cannot be read" in bucket.stdout

    alone = cluster.check(machines[1], GS_BUCKET_NAME="", STORAGE_EMULATOR_HOST="")
    assert alone.returncode == 1
    assert "MISSING detector: Version 1 cannot be had here" in alone.stdout


def test_two_machines_share_the_work_and_follow_a_promotion(
    cluster: Cluster, machines: tuple[Machine, Machine]
) -> None:
    for machine in machines:
        cluster.start_worker(machine)
    begun = cluster.mark()

    submit(cluster, range(PICTURES))
    wait_until_done(cluster, PICTURES, PICTURES)

    writers = cluster.writers(since=begun)
    assert set(writers) == {machine.address for machine in machines}
    assert writers.total() == PICTURES

    digest = promote(cluster, "small-2", red=14)
    begun = cluster.mark()
    submit(cluster, range(PICTURES, 2 * PICTURES))
    wait_for(lambda: counts(cluster)[1] == 2 * PICTURES, timeout=60)

    assert versions_of(cluster, last=PICTURES) == {2}
    assert set(cluster.writers(since=begun)) == {machine.address for machine in machines}
    for machine in machines:
        fetched = cluster.folder / machine.name / "registry" / "bundles" / digest
        assert read_bundle(fetched).digest == digest


def test_nothing_is_lost_when_a_machine_dies(
    cluster: Cluster, machines: tuple[Machine, Machine]
) -> None:
    doomed, other = cluster.workers
    before = counts(cluster)[0]
    begun = cluster.mark()

    submit(cluster, range(1000, 1000 + PICTURES))
    wait_for(lambda: cluster.writers(since=begun)[doomed.machine.address] > 0, timeout=60)
    doomed.kill()
    # What it had in its hands is sent again after a minute; we let that minute be over.
    resend = """
    from datetime import timedelta
    from django.db.models import F
    from labelling.models import Image
    from worker.sweeper import send_images
    Image.objects.filter(state="waiting").update(sent_at=F("sent_at") - timedelta(minutes=2))
    send_images()
    """
    cluster.shell(dedent(resend))
    wait_for(lambda: counts(cluster)[1] == before + PICTURES, timeout=60)

    assert other.process.poll() is None
    assert predictions_each(cluster, last=PICTURES) == [1] * PICTURES


def predictions_each(cluster: Cluster, *, last: int) -> list[int]:
    """How many predictions each of the pictures last handed in has."""
    rows = cluster.query(
        "SELECT (SELECT count(*) FROM labelling_prediction WHERE image_id = image.id)"
        f" FROM labelling_image image ORDER BY received_at DESC LIMIT {last}"
    )
    return [count for (count,) in rows]
