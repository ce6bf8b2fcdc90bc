from pathlib import Path

import pytest
import torch
from torch import nn

from classifier.detector.bundle import BACKBONE, read_bundle
from classifier.training.export import difference_from_torch, export_backbone, load_weights
from classifier.training.lite import LiteBackbone, high_pass
from classifier.training.network import BACKBONES, build_network
from classifier.training.torchvision_backbone import TorchvisionBackbone, import_torchvision
from classifier.training.weights import WeightsMissingError

LITE = "efficientnet-lite0"
WITH_A_PACKAGE = [name for name in BACKBONES if name.startswith("efficientnet")]


def test_the_embedding_is_the_mean_of_the_spatial_map() -> None:
    crops = torch.randint(0, 256, (2, 64, 96, 3), dtype=torch.uint8)
    with torch.no_grad():
        embedding, spatial = LiteBackbone().eval()(crops)
    assert spatial.shape == (2, 1280, 2, 3)
    assert torch.allclose(embedding, spatial.mean(dim=(2, 3)))


@pytest.mark.parametrize("name", WITH_A_PACKAGE)
def test_a_fresh_network_has_no_opinion(name: str) -> None:
    logits = build_network(name).eval()(torch.zeros(2, 64, 64, 3, dtype=torch.uint8))
    assert logits.tolist() == [0.0, 0.0]


def test_the_exported_graph_agrees_with_torch_and_gives_the_weights_back(tmp_path: Path) -> None:
    backbone = build_network(LITE).backbone
    differences = export_backbone(backbone, tmp_path / "b.onnx", crop=64)
    assert differences["float32"] < 1e-3
    again = LiteBackbone().eval()
    assert difference_from_torch(again, tmp_path / "b.onnx", crop=64) > 1e-2
    load_weights(again, tmp_path / "b.onnx")
    assert difference_from_torch(again, tmp_path / "b.onnx", crop=64) < 1e-3


def test_a_shipped_bundle_can_be_fine_tuned_from(toy_bundle: Path) -> None:
    backbone = LiteBackbone().eval()
    load_weights(backbone, read_bundle(toy_bundle).backbone)
    assert difference_from_torch(backbone, toy_bundle / BACKBONE, crop=64) < 1e-3


def test_the_weights_of_another_network_are_refused(toy_bundle: Path) -> None:
    with pytest.raises(ValueError, match="does not hold the weights"):
        load_weights(LiteBackbone("efficientnet-lite2"), read_bundle(toy_bundle).backbone)


def test_a_flat_surface_has_no_residual_and_a_dot_has_one() -> None:
    pixels = torch.zeros(1, 3, 8, 8)
    assert high_pass(pixels).abs().max() == 0
    pixels[0, :, 4, 4] = 0.09
    residual = high_pass(pixels)
    assert residual[0, 0, 4, 4] == pytest.approx(8 * 0.08)
    assert residual[0, 0, 4, 5] == pytest.approx(8 * -0.01)


def test_a_residual_network_starts_from_what_the_plain_one_sees() -> None:
    flat = torch.full((1, 64, 64, 3), 90, dtype=torch.uint8)
    plain, residual = (build_network(name).backbone.eval() for name in (LITE, f"{LITE}-residual"))
    with torch.no_grad():
        assert torch.allclose(plain(flat)[0], residual(flat)[0], atol=1e-5)


def test_torchvision_can_be_imported_and_its_networks_cut_open() -> None:
    import_torchvision()
    from torchvision import models

    crops = torch.randint(0, 256, (1, 64, 64, 3), dtype=torch.uint8)
    for name, width in (("resnet18", 512), ("mobilenet_v3_large", 960)):
        backbone = TorchvisionBackbone.of(models.get_model(name, weights=None)).eval()
        assert backbone.width == width
        with torch.no_grad():
            embedding, spatial = backbone(crops)
        assert spatial.shape == (1, width, 2, 2)
        assert embedding.shape == (1, width)


def test_weights_that_cannot_be_downloaded_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    import_torchvision()
    from torchvision import models

    def unreachable(*_: object, **__: object) -> nn.Module:
        raise OSError("no route to host")

    monkeypatch.setattr(models, "get_model", unreachable)
    with pytest.raises(WeightsMissingError, match=r"resnet18 could not be downloaded \(no route"):
        build_network("torchvision-resnet18")
