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
from labelling.permissions import reviewers
from labelling.services.review import ask_for_second_look
from worker.services.screening_copies import read_embeddings
from worker.services.screening_rows import Row

LEAST_OF_A_CLASS = 10  # labels to learn from, before one of them can be told to be the odd one
ASKED = "Its label contradicts the other labels, so a second person is asked before it trains."
NOBODY_TO_ASK = (
    "Its label contradicts the other labels, and nobody else reviews here who could be asked."
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
        if is_suspected and len(rows[at].deciders) < SECOND_LOOK_VOTES
    ]


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
