"""A site of many pictures as the gallery sees it: two versions, labels, votes and uploaders.

All is drawn from one seed. The pictures come a minute apart, the newest last.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from unittest.mock import patch

import numpy as np

from classifier.models import ModelVersion
from classifier.vocabulary import Verdict
from labelling.models import Embedding, Flag, Image, Label, Prediction, Review, Submission, User
from tests.benchmarks.ground import analyse
from tests.labelling.rows import make_version
from tests.people import ADMINISTRATORS, REVIEWERS, make_person

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 1000
UPLOADERS = 50
WIDTH = 768  # numbers of an embedding, as the shipped detector's
KINDS = 200  # of pictures: those of one kind look alike
NAMES = ("IMG_{}.jpg", "DSC{}.JPG", "image ({}).png", "download-{}.webp")
ANSWERS = [Review.Answer.AI, Review.Answer.HUMAN]


class Site:
    """Its people, its two versions, and the dice."""

    def __init__(self) -> None:
        self.dice = Random(5)
        self.normal = np.random.default_rng(5).normal
        self.kinds = self.normal(size=(KINDS, WIDTH))
        self.before, self.live = make_version(6), make_version(7, live=True)
        self.reviewer = make_person("reviewer", REVIEWERS)
        self.others = [make_person(name, REVIEWERS) for name in ("voter-1", "voter-2")]
        self.administrator = make_person("administrator", ADMINISTRATORS, is_staff=True)
        self.uploaders = [make_person(f"uploader-{number}") for number in range(UPLOADERS)]

    def falls(self, percent: float) -> bool:
        return 100 * self.dice.random() < percent


def fill(images: int, *, embeddings: bool = True) -> None:
    """Make the rows and let the database look at them."""
    site = Site()
    for start in range(0, images, BATCH):
        with patch("django.utils.timezone.now", side_effect=_minutes_from(start)):
            numbers = range(start, min(start + BATCH, images))
            made = Image.objects.bulk_create([_image(site, number) for number in numbers])
        classified = [image for image in made if image.state == Image.State.CLASSIFIED]
        now = _judge(site, classified)
        if embeddings:
            _see(site, now)
        _hand_in(site, made)
        _decide(site, made)
    analyse()


def _minutes_from(start: int) -> Iterator[datetime]:
    return (FIRST + timedelta(minutes=number) for number in count(start))


def _image(site: Site, number: int) -> Image:
    state = Image.State.WAITING if site.falls(2) else Image.State.CLASSIFIED
    return Image(
        sha256=f"{number:064x}",
        original=f"images/{number}.png",
        content_type="image/png",
        width=1200,
        height=900,
        size=site.dice.randrange(20_000, 8_000_000),
        state=Image.State.FAILED if site.falls(1) else state,
        challenged_at=FIRST if site.falls(2) else None,
        disputed_at=FIRST if site.falls(0.5) else None,
        unusable=site.falls(0.5),
        audit=site.falls(10),
    )


def _judge(site: Site, images: Sequence[Image]) -> Sequence[Image]:
    """By the version before all, by the one that answers now nine of ten; which."""
    now = [image for image in images if site.falls(90)]
    Prediction.objects.bulk_create(_finding(site, image, site.before) for image in images)
    Prediction.objects.bulk_create(_finding(site, image, site.live) for image in now)
    return now


def _see(site: Site, now: Sequence[Image]) -> None:
    """What the version that answers now saw."""
    seen = site.kinds[[site.dice.randrange(KINDS) for _ in now]]
    vectors = (seen + 0.7 * site.normal(size=seen.shape)).astype("<f4")
    digest = site.live.backbone_digest
    Embedding.objects.bulk_create(
        Embedding(image=image, backbone_digest=digest, vector=vector.tobytes())
        for image, vector in zip(now, vectors, strict=True)
    )


def _finding(site: Site, image: Image, version: ModelVersion) -> Prediction:
    probability = site.dice.betavariate(0.4, 0.4)
    verdict = Verdict.AI if probability > 0.9 else Verdict.UNCERTAIN
    return Prediction(
        image=image,
        version=version,
        probability_ai=probability,
        logit=0.0,
        verdict=Verdict.HUMAN if probability < 0.3 else verdict,
        priority=1 - 2 * abs(probability - 0.5),
    )


def _hand_in(site: Site, images: Sequence[Image]) -> None:
    """Each by one of the uploaders, one in ten by a second one, too."""
    twice = [image for image in images if site.falls(10)]
    Submission.objects.bulk_create(
        Submission(
            image=image,
            submitter=site.dice.choice(site.uploaders),
            channel=site.dice.choice(Submission.Channel.values),
            filename=site.dice.choice(NAMES).format(site.dice.randrange(100_000)),
        )
        for image in [*images, *twice]
    )


def _decide(site: Site, images: Sequence[Image]) -> None:
    """One in five is settled, one in a hundred contradicted; one in ten the reviewer knows."""
    settled = [image for image in images if site.falls(20)]
    voter, contrary = site.others
    votes = [_vote(image, voter, site.dice.choice(ANSWERS)) for image in settled]
    against = [_other(vote, contrary) for vote in votes if site.falls(5)]
    mine = [_vote(image, site.reviewer, Review.Answer.AI) for image in images if site.falls(10)]
    Review.objects.bulk_create([*votes, *against, *mine])
    Label.objects.bulk_create(
        Label(
            image=vote.image,
            value=vote.answer,
            gold=site.falls(5),
            settled_at=vote.image.received_at,
        )
        for vote in votes
    )
    flagged = [image for image in images if site.falls(0.5)]
    Flag.objects.bulk_create(Flag(image=image, by=voter, note="Look.") for image in flagged)


def _vote(image: Image, reviewer: User, answer: str) -> Review:
    return Review(image=image, reviewer=reviewer, answer=answer)


def _other(vote: Review, reviewer: User) -> Review:
    """What contradicts the vote."""
    (answer,) = set(ANSWERS) - {vote.answer}
    return _vote(vote.image, reviewer, answer)
