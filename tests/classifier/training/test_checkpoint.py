from pathlib import Path

import pytest
import torch

from classifier.training.checkpoint import Average, load_checkpoint, save_checkpoint
from classifier.training.network import build_network


def test_a_checkpoint_brings_everything_back(tmp_path: Path) -> None:
    network = build_network("efficientnet-lite0")
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.01)
    network(torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8)).sum().backward()
    optimiser.step()
    average = Average.of(network, 0.9)
    path, notes = tmp_path / "c.safetensors", {"best": {"epoch": 2, "value": 0.5}}
    save_checkpoint(path, network, average, optimiser, epoch=3, notes=notes)

    other = build_network("efficientnet-lite0")
    other_average, other_optimiser = Average.of(other, 0.9), torch.optim.AdamW(other.parameters())
    assert load_checkpoint(path, other, other_average, other_optimiser) == (3, notes)
    for name, value in network.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])
        assert torch.equal(average.weights[name], other_average.weights[name])
    ours, theirs = optimiser.state_dict()["state"], other_optimiser.state_dict()["state"]
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key]["exp_avg"], theirs[key]["exp_avg"]) for key in ours)
    assert [found.name for found in tmp_path.iterdir()] == [path.name], "nothing half-written stays"


def test_the_average_follows_the_weights() -> None:
    network = build_network("efficientnet-lite0")
    average = Average.of(network, 0.5)
    with torch.no_grad():
        network.head.bias.fill_(1.0)
    average.update(network, step=1000)
    assert average.weights["head.bias"].item() == pytest.approx(0.5)
