from pathlib import Path

import pytest
import torch

from classifier.detector.bundle import BACKBONE, read_bundle
from classifier.training.export import difference_from_torch, export_backbone, load_weights
from classifier.training.network import NETWORKS, Backbone, build_network, imagenet_network


def test_the_embedding_is_the_mean_of_the_spatial_map() -> None:
    crops = torch.randint(0, 256, (2, 64, 96, 3), dtype=torch.uint8)
    with torch.no_grad():
        embedding, spatial = Backbone().eval()(crops)
    assert spatial.shape == (2, 1280, 2, 3)
    assert torch.allclose(embedding, spatial.mean(dim=(2, 3)))


def test_a_fresh_network_has_no_opinion() -> None:
    logits = imagenet_network().eval()(torch.zeros(2, 32, 32, 3, dtype=torch.uint8))
    assert logits.tolist() == [0.0, 0.0]


def test_the_exported_graph_agrees_with_torch_and_gives_the_weights_back(tmp_path: Path) -> None:
    network = imagenet_network()
    difference = export_backbone(network, tmp_path / "b.onnx", crop=64)
    assert difference < 1e-3
    again = Backbone().eval()
    assert difference_from_torch(again, tmp_path / "b.onnx", crop=64) > 1e-2
    load_weights(again, tmp_path / "b.onnx")
    assert difference_from_torch(again, tmp_path / "b.onnx", crop=64) < 1e-3


def test_a_shipped_bundle_can_be_fine_tuned_from(toy_bundle: Path) -> None:
    backbone = Backbone().eval()
    load_weights(backbone, read_bundle(toy_bundle).backbone)
    assert difference_from_torch(backbone, toy_bundle / BACKBONE, crop=64) < 1e-3


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_every_network_can_be_built_by_its_name(name: str) -> None:
    logits = build_network(name).eval()(torch.zeros(2, 64, 64, 3, dtype=torch.uint8))
    assert logits.shape == (2,)
