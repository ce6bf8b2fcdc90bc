"""Checkpoints in safetensors: weights, their moving average and the optimiser's memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    path: Path,
    network: nn.Module,
    average: Average,
    optimiser: torch.optim.Optimizer,
    epoch: int,
    notes: Mapping[str, Any] | None = None,
) -> None:
    """Write beside and rename: an interrupted write leaves the checkpoint before.

    ``notes`` are plain values that lie in the file's header as JSON.
    """
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in average.weights.items()}
    for index, memory in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": value for name, value in memory.items()}
    save_weights(path, tensors, {"epoch": str(epoch), "notes": json.dumps(dict(notes or {}))})


def load_checkpoint(
    path: Path, network: nn.Module, average: Average, optimiser: torch.optim.Optimizer
) -> tuple[int, dict[str, Any]]:
    """Bring all three back to where they were; return the number of epochs done and the notes."""
    groups: dict[str, Tensors] = {"network": {}, "average": {}, "optimiser": {}}
    tensors, said = load_weights_file(path)
    for name, value in tensors.items():
        group, rest = name.split(".", 1)
        groups[group][rest] = value
    network.load_state_dict(groups["network"])
    for name, value in average.weights.items():
        value.copy_(groups["average"][name])
    memory: dict[int, Tensors] = {}
    for name, value in groups["optimiser"].items():
        index, field = name.split(".", 1)
        memory.setdefault(int(index), {})[field] = value
    optimiser.load_state_dict(optimiser.state_dict() | {"state": memory})
    return int(said["epoch"]), json.loads(said.get("notes", "{}"))


def save_weights(path: Path, tensors: Tensors, said: dict[str, str] | None = None) -> None:
    """Write tensors, with words in the header, beside ``path`` and rename."""
    beside = path.with_suffix(".partial")
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    save_file(plain, beside, metadata=said)
    beside.replace(path)


def load_weights_file(path: Path) -> tuple[Tensors, dict[str, str]]:
    """Return the tensors, on the CPU, and the words of the header."""
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
        return tensors, dict(file.metadata() or {})
