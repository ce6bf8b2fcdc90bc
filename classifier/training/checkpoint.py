"""Checkpoints in safetensors: weights, their moving average and the optimiser's memory."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

Tensors = dict[str, Tensor]


@dataclass
class Average:
    """An exponential moving average of a network's weights and running statistics."""

    decay: float
    weights: Tensors

    @classmethod
    def of(cls, network: nn.Module, decay: float) -> "Average":
        return cls(decay, {name: value.clone() for name, value in network.state_dict().items()})

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Follow the network; quickly at first, so that the start is soon forgotten."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.weights[name].lerp_(value, 1 - decay)
            else:
                self.weights[name].copy_(value)


def save_checkpoint(
    path: Path, network: nn.Module, average: Average, optimiser: torch.optim.Optimizer, epoch: int
) -> None:
    """Write beside and rename: an interrupted write leaves the checkpoint before."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in average.weights.items()}
    for index, memory in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": value for name, value in memory.items()}
    beside = path.with_suffix(".partial")
    plain = {name: value.contiguous() for name, value in tensors.items()}
    save_file(plain, beside, metadata={"epoch": str(epoch)})
    beside.replace(path)


def load_checkpoint(
    path: Path, network: nn.Module, average: Average, optimiser: torch.optim.Optimizer
) -> int:
    """Bring all three back to where they were; return the number of epochs done."""
    groups: dict[str, Tensors] = {"network": {}, "average": {}, "optimiser": {}}
    with safe_open(path, framework="pt") as file:
        for name in file.keys():  # noqa: SIM118 - this is no dict
            group, rest = name.split(".", 1)
            groups[group][rest] = file.get_tensor(name)
        epoch = int(file.metadata()["epoch"])
    network.load_state_dict(groups["network"])
    average.weights = groups["average"]
    memory: dict[int, Tensors] = {}
    for name, value in groups["optimiser"].items():
        index, field = name.split(".", 1)
        memory.setdefault(int(index), {})[field] = value
    optimiser.load_state_dict(optimiser.state_dict() | {"state": memory})
    return epoch
