from pathlib import Path

import numpy as np
import pytest
import torch

from classifier.detector.embedder import Embedder
from classifier.detector.preprocessing import Preprocessing
from classifier.detector.replay import Replay
from classifier.training.backbone import Backbone
from classifier.training.embedding import Embedded
from classifier.training.export import export_backbone
from classifier.training.projection import Projection, principal
from classifier.vocabulary import Label
from tests.classifier.training.test_clip import SIDE, small, some_crops

ROWS, WIDTH, KEPT = 400, 12, 5


def replay(rows: np.ndarray) -> Replay:
    """A replay set of rows that are all alike but for their numbers."""
    words = ["train"] * len(rows)
    labels = [Label.AI if row % 2 else Label.HUMAN for row in range(len(rows))]
    return Replay(rows.astype(np.float16), labels, words, ["g"] * len(rows), ["clean"] * len(rows))


@pytest.fixture
def learning() -> Replay:
    """Numbers that hang together and differ in size and place by hundreds, as CLIP's do."""
    rng = np.random.default_rng(4)
    mixed = rng.normal(size=(ROWS, 4)) @ rng.normal(size=(4, WIDTH))
    sizes, places = np.geomspace(0.1, 30, WIDTH), rng.normal(0, 50, WIDTH)
    return replay((mixed + 0.3 * rng.normal(size=(ROWS, WIDTH))) * sizes + places)


def test_directions_have_no_mean_and_the_first_a_variance_of_one(learning: Replay) -> None:
    projected = principal(learning, KEPT)(learning.embeddings)
    assert projected.shape == (ROWS, KEPT)
    assert projected.dtype == np.float32
    assert projected.mean(axis=0) == pytest.approx(np.zeros(KEPT), abs=1e-3)
    variances = projected.var(axis=0)
    assert variances[0] == pytest.approx(1, rel=0.01)
    assert list(variances) == sorted(variances, reverse=True)


def test_directions_do_not_repeat_each_other(learning: Replay) -> None:
    projected = principal(learning, KEPT)(learning.embeddings)
    shared = np.corrcoef(projected.T) - np.eye(KEPT)
    assert np.abs(shared).max() < 0.01


def test_no_label_is_looked_at(learning: Replay) -> None:
    turned = Replay(
        learning.embeddings,
        list(reversed(learning.labels)),
        learning.splits,
        learning.generators,
        learning.tiers,
    )
    one, other = principal(learning, KEPT), principal(turned, KEPT)
    assert np.array_equal(one.weight, other.weight)
    assert np.array_equal(one.bias, other.bias)


def test_a_number_that_never_changes_does_no_harm(learning: Replay) -> None:
    rows = learning.embeddings.copy()
    rows[:, 3] = 7
    projection = principal(replay(rows), KEPT)
    assert np.isfinite(projection.weight).all()
    assert projection(rows).var(axis=0)[0] == pytest.approx(1, rel=0.01)


def test_projecting_commutes_with_the_mean_over_crops(learning: Replay) -> None:
    projection = principal(learning, KEPT)
    views = learning.embeddings[:4].astype(np.float32)
    of_the_mean = projection(views.mean(axis=0))
    assert projection(views).mean(axis=0) == pytest.approx(of_the_mean, abs=1e-3)


def test_what_is_embedded_is_projected_row_by_row_and_view_by_view() -> None:
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    projection = Projection(np.array([[1, 2]], np.float32), np.array([10], np.float32))
    before = Embedded(replay(rows), [None, rows[:2], None])
    after = projection.embedded(before)
    assert after.replay.embeddings.dtype == np.float16
    assert after.replay.embeddings.tolist() == [[12], [18], [24]]
    assert after.replay.labels == before.replay.labels
    assert after.views[0] is None
    assert after.views[1] is not None
    assert after.views[1].tolist() == [[12], [18]]


@pytest.mark.parametrize("weights", ["float32", "int8"])
def test_what_was_embedded_is_what_the_projected_graph_will_give(
    tmp_path: Path, weights: str
) -> None:
    """So a picture needs no second look when the graph gets its last layer."""
    backbone, crops = small(), some_crops(12).numpy()
    unprojected = _embedded(exported(tmp_path / "a.onnx", backbone, weights), crops)
    projection = principal(replay(unprojected), KEPT)
    foretold = projection.embedded(Embedded(replay(unprojected), [unprojected])).views[0]
    backbone.project(torch.from_numpy(projection.weight), torch.from_numpy(projection.bias))
    given = _embedded(exported(tmp_path / "b.onnx", backbone, weights), crops)
    assert foretold is not None
    assert np.abs(foretold - given).max() < 1e-2


def exported(path: Path, backbone: Backbone, weights: str) -> Path:
    export_backbone(backbone, path, crop=SIDE, weights=weights)
    return path


def _embedded(path: Path, crops: np.ndarray) -> np.ndarray:
    embedder = Embedder(path, Preprocessing(crop=SIDE), threads=1)
    return np.concatenate([embedder.embed_crops(crop[np.newaxis]) for crop in crops])
