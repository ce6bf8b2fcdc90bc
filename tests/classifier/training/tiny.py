"""A network of a few numbers, and a way to train it in several processes.

Its normalisation looks at each picture alone and it drops nothing, so that a batch which is shared
by several processes must teach exactly what the whole one does.

Run it with ``python -m tests.classifier.training.tiny PICTURES OUT DEVICES``.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from classifier.detector.bundle import Bundle
from classifier.training import network
from classifier.training.backbone import Backbone
from classifier.training.checkpoint import save_weights
from classifier.training.config import TrainingConfig
from classifier.training.data.care import Care
from classifier.training.dataset import load_pictures
from classifier.training.fit import fit
from classifier.training.hardware import is_first
from classifier.training.manifest import read_entries
from classifier.training.pipeline import train
from classifier.training.progress import silent
from tests.classifier.toy import TOY, make_toy_pictures

NAME = "tiny"
TINY = TrainingConfig(
    network=NAME, epochs=2, batch=8, crop=32, learning_rate=1e-2, threads=1, ema=0.5
)
WEIGHTS = "finished.safetensors"


class TinyBackbone(Backbone):
    """Eight numbers for a crop; nothing of them is dropped while a head learns."""

    width, dropout = 8, 0.0

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2), nn.GroupNorm(2, 8), nn.ReLU(), nn.Conv2d(8, 8, 3)
        )

    def spatial(self, crops: Tensor) -> Tensor:
        pixels = crops.permute(0, 3, 1, 2).float() / 127.5 - 1
        return cast("Tensor", self.features(pixels))


def build(_: str) -> TinyBackbone:
    """The same one every time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TinyBackbone()


def offer() -> None:
    """Let a config name it."""
    network.BACKBONES[NAME] = build


def train_tiny_bundle(folder: Path) -> Bundle:
    """A bundle of the tiny network, trained on toy pictures in two seconds."""
    offer()
    care = Care(cropped_twins=False, on_bias="ignore")
    config = replace(TOY, network=NAME, learning_rate=1e-2, data=care)
    return train(make_toy_pictures(folder / "pictures"), folder / "run", config, name="trunk")


def learned_alone(folder: Path, out: Path) -> dict[str, Tensor]:
    """What it learns of the pictures in ``folder`` in this very process, which starts no other."""
    offer()
    out.mkdir()
    read = load_pictures(read_entries(folder), threads=1)
    config = replace(TINY, accelerator="cpu")
    return dict(fit(read, config, out, resume=False, progress=silent).state_dict())


def main(pictures: str, out: str, devices: str) -> None:
    offer()
    read = load_pictures(read_entries(Path(pictures)), threads=1)
    config = replace(TINY, devices=int(devices), accelerator="cpu")

    def tell(share: float, words: str) -> None:
        print(f"TOLD {words}", flush=True)

    finished = fit(read, config, Path(out), resume=False, progress=tell)
    if is_first():
        save_weights(Path(out) / WEIGHTS, dict(finished.state_dict()))


if __name__ == "__main__":
    main(*sys.argv[1:])
