"""What lies in the bin is judged no more, trains and measures nothing, and comes back as it was."""

import pytest
from django.test import Client

from classifier.models import ModelVersion
from classifier.vocabulary import Label
from labelling.models import Image, Prediction, User
from labelling.models import Label as SettledLabel
from labelling.services.deletion import bin_image, restore_image
from labelling.services.review import ask_for_gold, record_review
from tests.labelling.rows import make_version
from tests.worker.conftest import make_image
from tests.worker.small import picture
from worker.models import ShadowTrial
from worker.services.examples import stored_embeddings
from worker.services.inference import classify_image, due
from worker.services.new_labels import new_labels
from worker.services.rejudging import unjudged
from worker.services.screening_copies import compared_images
from worker.services.shadow_pairs import candidates
from worker.services.snapshots import freeze_snapshot, read_settled
from worker.services.watching import said_by


@pytest.fixture
def waiting(version: ModelVersion) -> Image:
    return make_image(picture(Label.AI, 1))


@pytest.fixture
def judged(waiting: Image) -> Image:
    classify_image(image_id=waiting.pk)
    waiting.refresh_from_db()
    return waiting


def test_it_is_not_sent_to_a_worker_nor_judged(waiting: Image, administrator: User) -> None:
    bin_image(image_id=waiting.pk, by=administrator)
    assert not Image.objects.filter(due()).exists()
    classify_image(image_id=waiting.pk)
    assert not Prediction.objects.exists()

    restore_image(image_id=waiting.pk, by=administrator)
    assert Image.objects.filter(due()).get() == waiting
    classify_image(image_id=waiting.pk)
    assert Prediction.objects.count() == 1


def test_a_new_version_does_not_judge_it(judged: Image, administrator: User) -> None:
    newer = make_version(2)
    assert list(unjudged(newer)) == [judged]
    bin_image(image_id=judged.pk, by=administrator)
    assert list(unjudged(newer)) == []
    restore_image(image_id=judged.pk, by=administrator)
    assert list(unjudged(newer)) == [judged]


def test_two_versions_are_not_compared_on_it(
    judged: Image, version: ModelVersion, administrator: User
) -> None:
    trial = ShadowTrial.objects.create(version=make_version(2), champion=version, wanted=5)
    assert list(candidates(trial)) == [judged]
    bin_image(image_id=judged.pk, by=administrator)
    assert list(candidates(trial)) == []


def test_it_speaks_for_and_against_no_version(
    judged: Image, version: ModelVersion, administrator: User
) -> None:
    assert said_by(version).count() == 1
    bin_image(image_id=judged.pk, by=administrator)
    assert said_by(version).count() == 0


def test_its_label_trains_nothing_and_comes_back_with_it(
    judged: Image, reviewer: User, administrator: User
) -> None:
    record_review(image_id=judged.pk, reviewer=reviewer, answer="ai")
    assert [row.candidate.image_id for row in read_settled()] == [judged.pk]
    assert new_labels().count() == 1

    bin_image(image_id=judged.pk, by=administrator)
    assert read_settled() == []
    assert new_labels().count() == 0

    restore_image(image_id=judged.pk, by=administrator)
    assert SettledLabel.objects.get().value == "ai"
    assert new_labels().count() == 1


def test_a_training_that_has_frozen_its_label_leaves_it_out(
    judged: Image, version: ModelVersion, reviewer: User, administrator: User
) -> None:
    record_review(image_id=judged.pk, reviewer=reviewer, answer="ai")
    snapshot = freeze_snapshot()
    assert set(stored_embeddings(snapshot, version)) == {judged.pk}
    bin_image(image_id=judged.pk, by=administrator)
    assert stored_embeddings(snapshot, version) == {}


def test_what_is_kept_to_measure_with_keeps_no_copy_from_training(
    judged: Image, administrator: User
) -> None:
    ask_for_gold(image_id=judged.pk, by=administrator)
    assert compared_images().get() == judged
    bin_image(image_id=judged.pk, by=administrator)
    assert not compared_images().exists()


def test_it_is_not_counted(judged: Image, administrator: User, client: Client) -> None:
    Image.objects.update(state=Image.State.FAILED)
    failed, binned = (b'aivh_images{state="%s"} ' % state for state in (b"failed", b"binned"))
    before = client.get("/metrics").content
    assert failed + b"1.0" in before
    assert binned + b"0.0" in before
    bin_image(image_id=judged.pk, by=administrator)
    after = client.get("/metrics").content
    assert failed + b"0.0" in after
    assert binned + b"1.0" in after
