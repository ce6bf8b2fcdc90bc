"""What is promised of an exported graph, in probabilities."""

import logging
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from classifier.detector.embedder import Embedder, Embedding
from classifier.detector.polarity import sigmoid
from classifier.detector.preprocessing import Preprocessing
from classifier.training.backbone import Backbone
from classifier.training.clip import GRID, ClipBackbone
from classifier.training.export import ExportMismatchError, export_backbone, load_weights
from classifier.training.network import build_network
from tests.classifier.training.test_clip import SIDE, SMALL, small, some_crops


def lite() -> Backbone:
    return build_network("efficientnet-lite0").backbone


def both(backbone: Backbone, path: Path, *, weights: str) -> tuple[Embedding, Embedding]:
    """Return what torch and the exported graph make of the same eight crops."""
    export_backbone(backbone, path, crop=SIDE, weights=weights)
    crops = some_crops(8)
    with torch.no_grad():
        ours = backbone(crops)[0].numpy()
    embedder = Embedder(path, Preprocessing(crop=SIDE), threads=1)
    one_by_one = [embedder.embed_crops(crop[np.newaxis]) for crop in crops.numpy()]
    return ours, np.concatenate(one_by_one)


def probabilities(embeddings: Embedding, like: Embedding) -> np.ndarray:
    """Return what a random head says, whose logits spread by three over embeddings ``like``."""
    middle, spread = like.mean(axis=0), like.std(axis=0) + 1e-6
    head = np.random.default_rng(11).normal(size=like.shape[1])
    head *= 3 / ((like - middle) / spread @ head).std()
    return sigmoid((embeddings - middle) / spread @ head)


@pytest.mark.parametrize("make", [lite, small])
def test_whole_numbers_give_torchs_probabilities(make: object, tmp_path: Path) -> None:
    assert callable(make)
    theirs, ours = both(make(), tmp_path / "b.onnx", weights="float32")
    chances = probabilities(theirs, theirs)
    assert np.ptp(chances) > 0.5  # the head has an opinion
    assert np.abs(probabilities(ours, theirs) - chances).max() <= 1e-3


def test_eight_bits_move_a_probability_by_less_than_a_third(tmp_path: Path) -> None:
    theirs, ours = both(small(), tmp_path / "b.onnx", weights="int8")
    chances = probabilities(theirs, theirs)
    moved = np.abs(probabilities(ours, theirs) - chances)
    assert 0 < moved.max() < 1 / 3


@pytest.mark.parametrize("weights", ["float32", "int8"])
def test_a_graph_says_how_many_numbers_it_gives(tmp_path: Path, weights: str) -> None:
    """Loading a bundle compares this with its head, before any picture is seen."""
    backbone = small()
    torch.manual_seed(5)
    backbone.project(torch.randn(6, 64), torch.randn(6))
    export_backbone(backbone, tmp_path / "b.onnx", crop=SIDE, weights=weights)
    assert Embedder(tmp_path / "b.onnx", Preprocessing(crop=SIDE), threads=1).width == 6
    session = onnxruntime.InferenceSession(tmp_path / "b.onnx")
    shapes = [output.shape for output in session.get_outputs()]
    assert shapes == [["n", 6], ["n", 6, GRID, GRID]]


def test_a_graph_of_no_numbers_is_refused(tmp_path: Path) -> None:
    broken = small()
    with torch.no_grad():
        broken.first[0] = float("nan")
    with pytest.raises(ExportMismatchError, match="differs from torch by nan"):
        export_backbone(broken, tmp_path / "b.onnx", crop=SIDE)


def test_without_a_linear_layer_there_is_nothing_to_store_in_eight_bits(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no linear layer"):
        export_backbone(lite(), tmp_path / "b.onnx", crop=64, weights="int8")
    assert list(tmp_path.iterdir()) == []


def test_quantising_gives_no_advice_and_leaves_logging_as_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.filters))
    export_backbone(small(), tmp_path / "b.onnx", crop=SIDE, weights="int8")
    assert caplog.records == []
    assert (root.level, list(root.filters)) == before


def test_the_projection_at_the_end_stays_whole(tmp_path: Path) -> None:
    backbone = small()
    torch.manual_seed(5)
    backbone.project(torch.randn(6, 64), torch.randn(6))
    export_backbone(backbone, tmp_path / "b.onnx", crop=SIDE, weights="int8")
    again = small(seed=1)
    again.project(torch.zeros(6, 64), torch.zeros(6))
    load_weights(again, tmp_path / "b.onnx")
    for ours, theirs in zip(
        again.projection.parameters(), backbone.projection.parameters(), strict=True
    ):
        assert torch.equal(ours, theirs)


def test_the_weights_of_a_wider_network_are_refused(tmp_path: Path) -> None:
    export_backbone(small(), tmp_path / "b.onnx", crop=SIDE)
    with pytest.raises(
        ValueError, match=r"the weights blocks\.0\.fc1\.weight in the shape \(64, 32\)"
    ):
        load_weights(ClipBackbone(**(SMALL | {"neurons": 64})), tmp_path / "b.onnx")
