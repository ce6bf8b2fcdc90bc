"""What an accepted dispute was about measures every later version, and trains none."""

import pytest

from classifier.detector.detector import Score
from classifier.models import ModelVersion
from classifier.serving import serving_detector
from classifier.training.progress import silent
from classifier.vocabulary import Label as LabelValue
from classifier.vocabulary import Verdict
from labelling.models import Image, User
from labelling.services.disputes import answer_dispute, open_dispute
from labelling.services.findings import record_score
from tests.worker.conftest import make_image, settle_pictures
from tests.worker.small import picture
from worker.models import SnapshotItem
from worker.services.examples import collect_examples
from worker.services.snapshots import freeze_snapshot

Use = SnapshotItem.Use


def disputed(seed: int, by: User, version: ModelVersion) -> Image:
    """A picture of a person's that the detector called AI."""
    image = make_image(picture(LabelValue.HUMAN, seed))
    image.submissions.create(submitter=by, channel="page")
    score = Score(probability_ai=0.99, logit=5.0, verdict=Verdict.AI)
    record_score(image_id=image.pk, version=version, score=score)
    Image.objects.filter(pk=image.pk).update(state=Image.State.CLASSIFIED)
    return image


@pytest.mark.parametrize(
    ("decision", "use"), [("human", Use.REGRESSION), ("ai", Use.TRAIN), ("none", None)]
)
def test_the_next_snapshot_keeps_it_to_measure_with_if_the_verdict_was_wrong(
    version: ModelVersion,
    outsider: User,
    reviewer: User,
    adjudicator: User,
    decision: str,
    use: str | None,
) -> None:
    settle_pictures(LabelValue.AI, range(3), by=reviewer)
    image = disputed(99, outsider, version)
    dispute = open_dispute(image_id=image.pk, by=outsider, reason="I drew it by hand.")

    answer_dispute(dispute_id=dispute.pk, by=adjudicator, decision=decision, answer="We see.")

    found = freeze_snapshot().items.filter(image=image).values_list("use", "label")
    assert list(found) == ([(use, decision)] if use else [])


def test_the_gate_is_given_it_as_its_regression_set(
    version: ModelVersion, outsider: User, reviewer: User, adjudicator: User
) -> None:
    settle_pictures(LabelValue.AI, range(3), by=reviewer)
    settle_pictures(LabelValue.HUMAN, range(3), by=reviewer)
    image = disputed(99, outsider, version)
    dispute = open_dispute(image_id=image.pk, by=outsider, reason="I drew it by hand.")
    answer_dispute(dispute_id=dispute.pk, by=adjudicator, decision="human", answer="We see.")

    _, detector = serving_detector()
    train, held_out = collect_examples(freeze_snapshot(), version, detector, set(), silent)

    assert list(held_out["regression"].ids) == [image.sha256]
    assert image.sha256 not in train.ids
