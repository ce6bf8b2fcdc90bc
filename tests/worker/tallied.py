"""Rows at times that a test names."""

from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

from django.db.models import QuerySet

from classifier.models import ModelVersion
from labelling.models import Image, Label, Prediction, Review, Submission, User

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
_numbers = count(1)


def make_version(number: int, state: str = ModelVersion.State.PRODUCTION) -> ModelVersion:
    return ModelVersion.objects.create(
        number=number, digest=f"{number:064}", backbone_digest="b" * 64, state=state, reference=""
    )


def come_in(at: datetime, *, audit: bool = False) -> Image:
    """A picture that was handed in on the page at that time."""
    digest = f"{next(_numbers):064}"
    image = Image.objects.create(
        sha256=digest, original=f"{uuid4()}", content_type="image/png", width=8, height=8, size=1,
        audit=audit, state=Image.State.CLASSIFIED,
    )  # fmt: skip
    Image.objects.filter(pk=image.pk).update(received_at=at)
    made = Submission.objects.create(image=image, channel=Submission.Channel.PAGE)
    Submission.objects.filter(pk=made.pk).update(created_at=at)
    return image


def say(image: Image, version: ModelVersion, probability: float, at: datetime) -> Prediction:
    """What a version that answers below 0.3 and above 0.7 says of it."""
    verdict = "human" if probability < 0.3 else "ai" if probability > 0.7 else "uncertain"
    said = Prediction.objects.create(
        image=image, version=version, probability_ai=probability, logit=0.0, verdict=verdict
    )
    Prediction.objects.filter(pk=said.pk).update(created_at=at)
    return said


def settle_as(image: Image, value: str, at: datetime) -> Label:
    return Label.objects.create(image=image, value=value, settled_at=at)


def vote(image: Image, reviewer: User, answer: str, at: datetime) -> None:
    row = Review.objects.create(image=image, reviewer=reviewer, answer=answer)
    QuerySet(Review).filter(pk=row.pk).update(created_at=at)
