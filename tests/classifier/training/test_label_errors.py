"""Labels that contradict the scores are suspected, and only those."""

import numpy as np
import pytest

from classifier.detector.decision import Head
from classifier.detector.polarity import labels_of
from classifier.training.label_errors import find_label_errors, out_of_fold
from classifier.vocabulary import Label

AI, HUMAN = Label.AI, Label.HUMAN
OTHER = {AI: HUMAN, HUMAN: AI}
ONE_WAY = Head(np.array([1.0, 0.0], dtype=np.float32), 0.0)


def test_a_label_is_suspected_where_the_scores_are_confident_of_the_other_class() -> None:
    scores = np.array([0.9, 0.8, 0.1, 0.1, 0.2, 0.95])
    labels = [AI, AI, AI, HUMAN, HUMAN, HUMAN]

    errors = find_label_errors(scores, labels)

    # Means: AI 0.6, human 0.583. Only the third and the sixth are confident of the other class.
    assert errors.suspected.tolist() == [False, False, True, False, False, True]
    assert errors.margins == pytest.approx([-0.8, -0.6, 0.8, -0.8, -0.6, 0.9])
    assert errors.joint.tolist() == [[2, 1], [1, 2]]


def test_a_class_of_which_scores_are_never_sure_is_not_suspected_as_a_whole() -> None:
    """A new generator: all its pictures score below one half, as they should not, but alike."""
    scores = np.array([0.42, 0.40, 0.38, 0.41, 0.1, 0.2, 0.7, 0.1])
    labels = [AI] * 4 + [HUMAN] * 4

    assert find_label_errors(scores, labels).suspected.tolist() == [False] * 6 + [True, False]


def test_what_scores_say_of_neither_class_counts_nowhere() -> None:
    errors = find_label_errors(np.array([0.9, 0.5, 0.1, 0.1]), [AI, AI, HUMAN, HUMAN])

    assert errors.suspected.tolist() == [False] * 4
    assert errors.joint.tolist() == [[2, 0], [0, 1]]


@pytest.mark.parametrize("labels", [[AI, AI], [HUMAN, HUMAN], []])
def test_one_class_alone_contradicts_nothing(labels: list[Label]) -> None:
    scores = np.full(len(labels), 0.5)
    assert not find_label_errors(scores, labels).suspected.any()


def two_clouds(of_each: int, seed: int = 0) -> tuple[np.ndarray, list[Label]]:
    """AI lies to the right, human to the left; the heads begin with the right direction."""
    rng = np.random.default_rng(seed)
    is_ai = np.arange(2 * of_each) % 2 == 0
    middle = np.where(is_ai, 2.0, -2.0)
    return np.column_stack([rng.normal(middle, 0.7), rng.normal(0, 1, len(is_ai))]), labels_of(
        is_ai
    )


def test_turned_labels_are_found_by_heads_that_have_not_seen_them() -> None:
    embeddings, labels = two_clouds(100)
    turned = list(range(0, 200, 20))
    for row in turned:
        labels[row] = OTHER[labels[row]]

    scores = out_of_fold(ONE_WAY, embeddings, labels, range(200))
    suspected = np.flatnonzero(find_label_errors(scores, labels).suspected)

    assert set(suspected.tolist()) <= set(turned)
    assert len(suspected) >= 8


def test_a_copy_does_not_tell_the_label_of_its_twin() -> None:
    """Ten copies of one picture, all labelled wrong, are judged by heads that saw none of them."""
    embeddings, labels = two_clouds(30)
    copies = np.tile(embeddings[:1], (10, 1))
    scores = out_of_fold(
        ONE_WAY,
        np.concatenate([embeddings, copies]),
        [*labels, *[HUMAN] * 10],
        [*range(60), *[0] * 10],
    )

    assert (scores[-10:] > 0.8).all()
    assert scores[-1] == scores[0]


def test_what_is_not_heard_is_judged_and_judges_nothing() -> None:
    """Sixty turned labels of one person beside forty right ones, of which ten are heard."""
    embeddings, labels = two_clouds(50)
    turned = np.arange(100) >= 40
    given = [OTHER[one] if turn else one for one, turn in zip(labels, turned, strict=True)]
    heard = np.arange(100) < 50

    scores = out_of_fold(ONE_WAY, embeddings, given, range(100), heard=heard)
    suspected = find_label_errors(scores, given, heard=heard).suspected

    assert suspected[turned].mean() >= 0.9
    assert suspected[~turned].sum() <= 2
    others = [AI] * 50  # whatever those say that nobody hears, the scores are the same
    again = out_of_fold(ONE_WAY, embeddings, [*given[:50], *others], range(100), heard=heard)
    np.testing.assert_array_equal(again, scores)


def test_the_same_labels_give_the_same_scores() -> None:
    embeddings, labels = two_clouds(20)
    first, second = (out_of_fold(ONE_WAY, embeddings, labels, range(40)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
