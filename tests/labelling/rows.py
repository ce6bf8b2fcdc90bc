"""Rows made by hand, where a test is not about how pictures come in."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import models
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.vocabulary import Verdict
from labelling.models import Image, Prediction, Review, Submission, User
from labelling.services.places import refresh_places


def make_version(number: int, *, live: bool = False) -> ModelVersion:
    """A version without a bundle."""
    state = ModelVersion.State.PRODUCTION if live else ModelVersion.State.ARCHIVED
    return ModelVersion.objects.create(
        number=number, digest=f"{number:064}", backbone_digest="b" * 64, state=state
    )


def make_image(name: str, *, owner: User | None = None, **fields: Any) -> Image:
    """A picture's row without a file; with ``owner`` one submission of theirs."""
    digest = sha256(name.encode()).hexdigest()
    wanted = {"content_type": "image/png", "width": 8, "height": 6, "size": 100} | fields
    image = Image.objects.create(sha256=digest, original=f"images/{digest}.png", **wanted)
    if owner:
        Submission.objects.create(image=image, submitter=owner, channel=Submission.Channel.API)
    refresh_places(image_ids=[image.pk])
    return image


def predict(image: Image, version: ModelVersion, probability_ai: float) -> Prediction:
    """A finding's row, the more doubtful the sooner asked; the picture is then classified."""
    Image.objects.filter(pk=image.pk).update(state=Image.State.CLASSIFIED)
    prediction = Prediction.objects.create(
        image=image,
        version=version,
        probability_ai=probability_ai,
        logit=0.0,
        verdict=Verdict.AI if probability_ai > 0.5 else Verdict.HUMAN,
        priority=1 - 2 * abs(probability_ai - 0.5),
    )
    refresh_places(image_ids=[image.pk])
    return prediction


def backdate(review: Review, days: float) -> None:
    """Let a review be so old. Our own code cannot: a review is written once."""
    earlier = timezone.now() - timedelta(days=days)
    models.QuerySet(Review).filter(pk=review.pk).update(created_at=earlier)


def make_judged(name: str, *, owner: User) -> Image:
    """A picture that ``owner`` handed in and version 7, which answers, calls AI."""
    image = make_image(name, owner=owner)
    predict(image, make_version(7, live=True), 0.9)
    return image
