from pathlib import Path

import numpy as np
import pytest
import torch

from classifier.detector.bundle import BACKBONE, read_bundle
from classifier.training.checkpoint import Average, load_checkpoint, save_checkpoint
from classifier.training.config import TrainingConfig
from classifier.training.dataset import load_pictures
from classifier.training.export import difference_from_torch, export_backbone, load_weights
from classifier.training.fit import CHECKPOINT, fit
from classifier.training.manifest import read_entries
from classifier.training.network import Backbone, Network, imagenet_network
from tests.classifier.toy import make_toy_pictures

SHORT = TrainingConfig(epochs=2, batch=4, crop=32, threads=1)


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


def test_a_checkpoint_brings_everything_back(tmp_path: Path) -> None:
    network = Network()
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.01)
    network(torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8)).sum().backward()
    optimiser.step()
    average = Average.of(network, 0.9)
    save_checkpoint(tmp_path / "c", network, average, optimiser, epoch=3)

    other = Network()
    other_average, other_optimiser = Average.of(other, 0.9), torch.optim.AdamW(other.parameters())
    assert load_checkpoint(tmp_path / "c", other, other_average, other_optimiser) == 3
    for name, value in network.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])
        assert torch.equal(average.weights[name], other_average.weights[name])
    ours, theirs = optimiser.state_dict()["state"], other_optimiser.state_dict()["state"]
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key]["exp_avg"], theirs[key]["exp_avg"]) for key in ours)


def test_the_average_follows_the_weights() -> None:
    network = Network()
    average = Average.of(network, 0.5)
    with torch.no_grad():
        network.head.bias.fill_(1.0)
    average.update(network, step=1000)
    assert average.weights["head.bias"].item() == pytest.approx(0.5)


def test_a_resumed_run_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    pictures = load_pictures(read_entries(make_toy_pictures(tmp_path / "p", of_each=8)))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()

    class Interrupted(Exception):
        pass

    def stop(share: float, words: str) -> None:
        raise Interrupted

    def go_on(share: float, words: str) -> None:
        pass

    expected = fit(pictures, SHORT, whole, resume=False, progress=go_on)
    with pytest.raises(Interrupted):
        fit(pictures, SHORT, broken, resume=False, progress=stop)
    assert (broken / CHECKPOINT).is_file()
    resumed = fit(pictures, SHORT, broken, resume=True, progress=go_on)
    weights = expected.head.weight.detach().numpy(), resumed.head.weight.detach().numpy()
    # Dropout draws anew after the break, so the two agree closely but not to the last bit.
    assert np.abs(weights[0] - weights[1]).max() < 5e-3
    assert np.abs(weights[0]).max() > 0
