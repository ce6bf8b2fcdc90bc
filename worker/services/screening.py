"""Before anything is learned: what measures, and what is left out of the labels to learn from.

What people settled is checked for copies of pictures that measure, for labels that are probably
wrong, and for one person's weight. Each picture that is left out gets its reason in words.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from classifier.detector.bundle import read_bundle
from classifier.detector.decision import Head
from classifier.detector.detector import Detector
from classifier.detector.polarity import FloatArray
from classifier.errors import NoModel
from classifier.models import ModelVersion
from classifier.queries import origin_of
from classifier.serving import registry, serving_detector
from classifier.training.data.copies import Prints, find_copies
from classifier.training.data.twins import Pair, families
from classifier.training.label_errors import find_label_errors, out_of_fold
from classifier.training.progress import Progress, part, silent
from classifier.vocabulary import Label
from labelling.agreement import SECOND_LOOK_VOTES
from labelling.models import Image
from labelling.permissions import reviewers
from labelling.services.review import ask_for_second_look
from worker.models import SnapshotItem
from worker.services.examining import examine_missing
from worker.services.fingerprints import make_missing_fingerprints
from worker.services.screening_rows import (
    Candidate,
    Row,
    read_embeddings,
    read_greys,
    read_rows,
)
from worker.services.screening_shares import Gift, surplus

__all__ = ["Candidate", "Screened", "screen"]

Use = SnapshotItem.Use

LEAST_OF_A_CLASS = 10  # labels to learn from, before one of them can be told to be the odd one
IS_COPY = (
    "It shows nearly the same as a picture that measures, so learning it would give that away."
)
ASKED = "Its label contradicts the other labels, so a second person is asked before it trains."
NOBODY_TO_ASK = (
    "Its label contradicts the other labels, and nobody else reviews here who could be asked."
)


@dataclass(frozen=True)
class Screened:
    """What a picture is used for, why it is left out if it is, and whom it belongs with.

    ``group`` is the sha256 of the oldest of its near twins, itself included.
    """

    use: str
    why: str
    group: str


def screen(candidates: Iterable[Candidate], progress: Progress = silent) -> dict[str, Screened]:
    """Say of each settled picture, by its sha256, what a training may use it for.

    1. Its marks say whether it measures.
    2. Copies of what measures are left out.
    3. So are labels that are probably wrong; a second person is asked for those.
    4. So is what one person gave beyond their share of what is new.

    The same labels, votes and marks always come out the same. A label that was taken back
    meanwhile is missing in the answer.
    """
    known = _serving()
    images = Image.objects.filter(label__isnull=False)
    if known is not None:
        version, detector = known
        examine_missing(
            images=images, version=version, detector=detector, progress=part(progress, 0, 0.6)
        )
    make_missing_fingerprints(images=images, progress=part(progress, 0.6, 0.8))
    progress(0.8, "looking for copies, wrong labels and one-sided ones")
    rows = read_rows(candidates)
    embeddings = _embeddings(rows, known)
    groups = _groups(rows, embeddings)
    why = _copies(rows, groups)
    if known is not None:
        doubtful = _suspected(rows, why, groups, embeddings, first_head(*known))
        why |= _asked(rows, doubtful)
    why |= _surplus(rows, why)
    return {
        row.candidate.sha256: Screened(
            Use.LEFT_OUT if at in why else row.use,
            why.get(at, ""),
            rows[groups[at]].candidate.sha256,
        )
        for at, row in enumerate(rows)
    }


def _serving() -> tuple[ModelVersion, Detector] | None:
    try:
        return serving_detector()
    except NoModel:
        return None


def first_head(version: ModelVersion, detector: Detector) -> Head:
    """The head that came with the network of ``version``: it learned from nobody here."""
    origin = origin_of(version)
    if origin.pk == version.pk:
        return detector.bundle.head()
    return read_bundle(registry().get(origin.reference), verify=False).head()


def _embeddings(rows: Sequence[Row], known: tuple[ModelVersion, Detector] | None) -> FloatArray:
    if known is None:
        return np.empty((len(rows), 0), dtype=np.float32)
    return read_embeddings(rows, known[0])


def _groups(rows: Sequence[Row], embeddings: FloatArray) -> list[int]:
    """For each row the oldest one that shows the same, which may be itself."""
    greys, _ = read_greys(rows)
    measures = np.array([row.use != Use.TRAIN for row in rows], dtype=np.bool_)
    pairs = [Pair(*pair, "copy") for pair in find_copies(Prints(greys, embeddings), measures)]
    groups = list(range(len(rows)))
    for family in families(len(rows), pairs):
        oldest = min(family, key=lambda at: (rows[at].received_at, rows[at].candidate.sha256))
        for at in family:
            groups[at] = oldest
    return groups


def _copies(rows: Sequence[Row], groups: Sequence[int]) -> dict[int, str]:
    """What would train and shows nearly the same as something that measures."""
    measured = {groups[at] for at, row in enumerate(rows) if row.use != Use.TRAIN}
    return {
        at: IS_COPY
        for at, row in enumerate(rows)
        if row.use == Use.TRAIN and groups[at] in measured
    }


def _suspected(
    rows: Sequence[Row],
    left_out: Collection[int],
    groups: Sequence[int],
    embeddings: FloatArray,
    first: Head,
) -> list[int]:
    """Labels of one person that are probably wrong.

    Nobody has more weight in what a label is held against than in what is learned: of 100 labels
    that one account turned, most would otherwise speak for each other.
    """
    trained = [at for at in _training(rows, left_out) if np.isfinite(embeddings[at]).all()]
    labels = [Label(rows[at].candidate.label) for at in trained]
    beyond = _surplus(rows, left_out)
    heard = np.array([at not in beyond for at in trained], dtype=np.bool_)
    counts = Counter(label for label, is_heard in zip(labels, heard, strict=True) if is_heard)
    if min(counts[label] for label in Label) < LEAST_OF_A_CLASS:
        return []
    scores = out_of_fold(
        first, embeddings[trained], labels, [groups[at] for at in trained], heard=heard
    )
    errors = find_label_errors(scores, labels, heard=heard)
    return [
        at
        for at, suspected in zip(trained, errors.suspected, strict=True)
        if suspected and len(rows[at].deciders) < SECOND_LOOK_VOTES
    ]


def _asked(rows: Sequence[Row], doubtful: Sequence[int]) -> dict[int, str]:
    """Ask somebody else about these labels, where there is somebody; say so of each."""
    if reviewers().order_by()[:2].count() < SECOND_LOOK_VOTES:
        return dict.fromkeys(doubtful, NOBODY_TO_ASK)
    ask_for_second_look(image_ids=[rows[at].candidate.image_id for at in doubtful])
    return dict.fromkeys(doubtful, ASKED)


def _surplus(rows: Sequence[Row], left_out: Collection[int]) -> dict[int, str]:
    """What one person gave of the new labels beyond their share; what two agreed on is nobody's."""
    new = [at for at in _training(rows, left_out) if rows[at].new]
    return {new[place]: why for place, why in surplus([_gift(rows[at]) for at in new]).items()}


def _gift(row: Row) -> Gift:
    """An administrator who imports answers for all of it, so that counts as nobody's gift."""
    alone = len(row.deciders) < SECOND_LOOK_VOTES and row.uploader is not None
    return Gift(
        reviewer=next(iter(row.deciders), None) if alone else None,
        uploader=row.uploader if alone else None,
        settled_at=row.settled_at,
        name=row.candidate.sha256,
    )


def _training(rows: Sequence[Row], left_out: Collection[int]) -> list[int]:
    return [at for at, row in enumerate(rows) if row.use == Use.TRAIN and at not in left_out]
