"""Which settled labels are probably wrong, and who is asked about them."""

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from classifier.detector.bundle import read_bundle
from classifier.detector.decision import Head
from classifier.detector.detector import Detector
from classifier.models import ModelVersion
from classifier.queries import origin_of
from classifier.serving import registry
from classifier.training.label_errors import find_label_errors, out_of_fold
from classifier.vocabulary import Label
from labelling.agreement import SECOND_LOOK_VOTES
from labelling.models import Review
from labelling.permissions import reviewers
from labelling.services.review import ask_for_second_look
from worker.services.screening_copies import read_embeddings
from worker.services.screening_rows import Row

LEAST_OF_A_CLASS = 10  # labels to learn from, before one of them can be told to be the odd one
LEAST_GIVEN = 10  # labels of a person, before they are judged as a whole
MOST_DOUBTED = 1 / 3  # of a person's labels; on the lab's stream 4 of 100 right ones are doubted
ASKED = "Its label contradicts the other labels, so a second person is asked before it trains."
NOBODY_TO_ASK = (
    "Its label contradicts the other labels, and nobody else reviews here who could be asked."
)
DISTRUSTED = (
    "A third or more of its reviewer's labels contradict the others, so none of them trains until "
    "a second person agrees."
)


def doubted(
    rows: Sequence[Row],
    groups: Sequence[str],
    unheard: Collection[int],
    version: ModelVersion,
    detector: Detector,
) -> list[int]:
    """Return the places of labels of one person that are probably wrong.

    ``unheard`` are the places of what is too much of one person's: these labels are judged and
    judge nothing, because a hundred that one account turned would speak for each other.
    """
    embeddings = read_embeddings([row.candidate.image_id for row in rows], version)
    seen = [at for at, vector in enumerate(embeddings) if vector.size and np.isfinite(vector).all()]
    labels = [Label(rows[at].candidate.label) for at in seen]
    heard = np.array([at not in unheard for at in seen], dtype=np.bool_)
    counts = Counter(label for label, is_heard in zip(labels, heard, strict=True) if is_heard)
    if min(counts[label] for label in Label) < LEAST_OF_A_CLASS:
        return []
    first, own = first_head(version, detector), [groups[at] for at in seen]
    scores = out_of_fold(first, embeddings[seen], labels, own, heard=heard)
    suspected = find_label_errors(scores, labels, heard=heard).suspected
    return [
        at
        for at, is_suspected in zip(seen, suspected, strict=True)
        if is_suspected and rows[at].alone
    ]


def distrusted(rows: Sequence[Row], doubtful: Sequence[int]) -> set[int]:
    """Return the reviewers of whose labels so many are ``doubtful`` that none may train alone.

    What they gave before and is still doubted counts as well: what was asked about has lost its
    label, and the rest of it must not look better for that.
    """
    bad = _doubted_before()
    given = bad + Counter(person for row in rows for person in row.deciders)
    bad = bad + Counter(person for at in doubtful for person in rows[at].deciders)
    return {
        person
        for person, count in bad.items()
        if given[person] >= LEAST_GIVEN and count >= MOST_DOUBTED * given[person]
    }


def _doubted_before() -> Counter[int]:
    """How many of each reviewer's votes stand on pictures that were asked about and are open."""
    votes = Review.objects.deciding()
    waiting = votes.filter(image__doubted_at__isnull=False, image__label__isnull=True)
    return Counter(waiting.order_by().values_list("reviewer_id", flat=True))


def first_head(version: ModelVersion, detector: Detector) -> Head:
    """The head that came with the network of ``version``: it learned from nobody here."""
    origin = origin_of(version)
    if origin.pk == version.pk:
        return detector.bundle.head()
    return read_bundle(registry().get(origin.reference), verify=False).head()


def ask_about(rows: Sequence[Row]) -> str:
    """Ask a second person about these labels, where there is one; return what is said of each."""
    if reviewers().order_by()[:SECOND_LOOK_VOTES].count() < SECOND_LOOK_VOTES:
        return NOBODY_TO_ASK
    ask_for_second_look(image_ids=[row.candidate.image_id for row in rows])
    return ASKED
