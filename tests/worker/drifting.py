"""Pictures that come in one after the other, judged and with what drift looks at; no files."""

from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.vocabulary import Label as LabelValue
from labelling.models import Embedding, Image, Label, Prediction, Review, Submission, User
from labelling.models.prediction import FLOAT32
from tests.worker.small import JUDGE, colour

STARTED = timezone.now() - timedelta(days=20)
_numbers = count()


def come(
    version: ModelVersion, pictures: int, *, quality: int = 0, minutes: int = 10, seed: int = 0
) -> list[UUID]:
    """Let pictures of both classes come; JPEG of ``quality``, or of any from 70 to 95."""
    rng = np.random.default_rng(seed)
    images, vectors = [], []
    for number in (next(_numbers) for _ in range(pictures)):
        side = int(rng.integers(300, 900))
        vectors.append(colour(list(LabelValue)[number % 2], 50_000 + number))
        images.append(
            Image(
                sha256=f"{number:064x}",
                original=f"originals/{number}",
                content_type="image/jpeg",
                width=side,
                height=int(side * rng.uniform(0.6, 1.6)),
                size=1000,
                jpeg_quality=quality or int(rng.integers(70, 96)),
                state=Image.State.CLASSIFIED,
            )
        )
    Image.objects.bulk_create(images)
    _date(images, minutes)
    Submission.objects.bulk_create(
        Submission(image=image, channel=Submission.Channel.PAGE) for image in images
    )
    judge(version, [image.pk for image in images], np.array(vectors))
    return [image.pk for image in images]


def judge(version: ModelVersion, ids: list[UUID], vectors: npt.NDArray[np.float64]) -> None:
    said = JUDGE.judge(vectors)
    Prediction.objects.bulk_create(
        Prediction(image_id=pk, version=version, probability_ai=p, logit=logit, verdict=verdict)
        for pk, p, logit, verdict in zip(
            ids, said.probabilities, said.logits, said.verdicts, strict=True
        )
    )
    Embedding.objects.bulk_create(
        Embedding(
            image_id=pk,
            backbone_digest=version.backbone_digest,
            vector=vector.astype(FLOAT32).tobytes(),
        )
        for pk, vector in zip(ids, vectors, strict=True)
    )


def settle(ids: list[UUID], *, by: User, wrongly: bool = False) -> None:
    """Give each a vote and a label as the detector has it, or as it has not."""
    said = dict(Prediction.objects.filter(image__in=ids).values_list("image", "probability_ai"))
    for place, pk in enumerate(ids):
        is_ai = (said[pk] >= 0.5) != wrongly
        value = LabelValue.AI if is_ai else LabelValue.HUMAN
        Review.objects.create(image_id=pk, reviewer=by, answer=value.value, seconds=2)
        settled_at = Image.objects.get(pk=pk).received_at + timedelta(hours=1, seconds=place)
        Label.objects.create(image_id=pk, value=value.value, settled_at=settled_at)


def _date(images: list[Image], minutes: int) -> None:
    """Each ``minutes`` after the one before; ``auto_now_add`` says now."""
    for image in images:
        image.received_at = _moment(int(image.sha256, 16), minutes)
    Image.objects.bulk_update(images, ["received_at"])


def _moment(number: int, minutes: int) -> datetime:
    return STARTED + timedelta(minutes=minutes * number)
