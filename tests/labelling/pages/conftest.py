"""Pictures with findings, made without a worker."""

from collections.abc import Callable
from itertools import count

import pytest
from django.test import Client

from classifier.detector.detector import Score
from classifier.models import ModelVersion
from classifier.vocabulary import Verdict
from labelling.liveness import record_worker_seen
from labelling.models import Image, Submission, User
from labelling.services.findings import record_score
from labelling.services.submit import submit_image
from tests.labelling.pictures import noise

MakePicture = Callable[..., Image]
TELLING = 0.8734  # a probability that stands nowhere on a page by chance
TOLD = "87%"


@pytest.fixture
def version(db: None) -> ModelVersion:
    """A version in production; its bundle is never opened here."""
    return ModelVersion.objects.create(
        number=7,
        digest="d" * 64,
        backbone_digest="b" * 64,
        state=ModelVersion.State.PRODUCTION,
        reference="local:seven",
        thresholds={"human": 0.31, "ai": 0.72},
        metrics={
            "gold": {
                "false_accusation_rate": {"value": 0.021, "low": 0.01, "high": 0.03},
                "recall": {"value": 0.6, "low": 0.5, "high": 0.7},
                "n": 500,
            }
        },
    )


@pytest.fixture
def picture(version: ModelVersion) -> MakePicture:
    """Make a picture handed in by ``by``, with a finding unless ``probability_ai`` is None."""
    seeds = count()

    def make(by: User | None = None, probability_ai: float | None = TELLING) -> Image:
        image = submit_image(
            data=noise(next(seeds)),
            filename="mine.jpg",
            channel=Submission.Channel.PAGE,
            submitter=by,
        ).image
        if probability_ai is not None:
            find(image, version, probability_ai)
        return image

    return make


def find(image: Image, version: ModelVersion, probability_ai: float) -> None:
    verdict = Verdict.UNCERTAIN
    if probability_ai >= version.thresholds["ai"]:
        verdict = Verdict.AI
    if probability_ai <= version.thresholds["human"]:
        verdict = Verdict.HUMAN
    score = Score(probability_ai=probability_ai, logit=0.0, verdict=verdict)
    record_score(image_id=image.pk, version=version, score=score)
    Image.objects.filter(pk=image.pk).update(state=Image.State.CLASSIFIED)


@pytest.fixture
def browse() -> Callable[[User], Client]:
    """A browser of its own for each person."""

    def browser(person: User) -> Client:
        client = Client(headers={"accept": "text/html,*/*;q=0.8"})
        client.force_login(person)
        return client

    return browser


@pytest.fixture
def worker_seen() -> None:
    record_worker_seen()
