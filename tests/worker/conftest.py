"""A site with a version that answers, three people, and settled pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from classifier.vocabulary import Label as LabelValue
from labelling.models import Image, Label, Review, Submission, User
from labelling.services.places import refresh_places
from tests.brightness import CROP
from tests.worker.small import picture, small_bundle


@dataclass(frozen=True)
class People:
    """An administrator, a reviewer who may not administer, and somebody with an account only."""

    admin: User
    reviewer: User
    outsider: User


@pytest.fixture
def people(administrator: User, reviewer: User, outsider: User) -> People:
    return People(administrator, reviewer, outsider)


@pytest.fixture
def version(db: None, tmp_path: Path) -> ModelVersion:
    """Version 1 of the small detector, in production."""
    bundle = small_bundle(tmp_path / "bundles" / "small-1")
    return promote_version(version=register_version(bundle=bundle.path))


def make_image(content: bytes, *, name: str = "picture.png") -> Image:
    """A picture as the upload leaves it: stored, submitted, waiting."""
    image = _stored(content, name)
    refresh_places(image_ids=[image.pk])
    return image


def _stored(content: bytes, name: str = "picture.png") -> Image:
    digest = sha256(content).hexdigest()
    image = Image.objects.create(
        sha256=digest,
        original=default_storage.save(f"originals/{digest}", ContentFile(content)),
        content_type="image/png",
        width=CROP,
        height=CROP,
        size=len(content),
    )
    Submission.objects.create(image=image, channel=Submission.Channel.PAGE, filename=name)
    return image


def settle_pictures(
    label: LabelValue, seeds: range, *, by: User, gold: bool = False
) -> list[Image]:
    """Pictures of one class, each with a vote and the label that it settled."""
    images = []
    for seed in seeds:
        image = _stored(picture(label, seed))
        Review.objects.create(image=image, reviewer=by, answer=label.value)
        Label.objects.create(image=image, value=label.value, gold=gold, settled_at=timezone.now())
        images.append(image)
    refresh_places(image_ids=[image.pk for image in images])
    return images


@pytest.fixture
def settle(db: None) -> Callable[..., list[Image]]:
    """``settle(LabelValue.AI, range(10), by=rosa, gold=False)``."""
    return settle_pictures
