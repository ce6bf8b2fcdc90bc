"""The ways to run one network. Each takes crops (1, H, W, 3) and returns embeddings (1, D)."""

import copy
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from classifier.detector.decoding import Pixels
from classifier.detector.embedder import Embedder, Embedding
from classifier.training.backbone import Backbone
from classifier.training.clip import ClipBackbone
from classifier.training.compression import SMOOTHED
from classifier.training.config import TrainingConfig
from classifier.training.export import export_backbone
from classifier.training.network import build_network
from classifier.training.pruning import prune
from classifier.training.smoothing import smooth

EAGER, COMPILED, HALF = "torch eager", "torch.compile", "torch bf16 autocast"
Embed = Callable[[Pixels], Embedding]


@dataclass(frozen=True)
class Variant:
    """``fresh`` are the arguments that run it in a process of its own; ``file`` what it reads."""

    name: str
    embed: Embed
    fresh: Sequence[str]
    file: Path | None = None


@dataclass(frozen=True)
class Missing:
    """A way that cannot be gone here, and why not."""

    name: str
    why: str


def variants(
    config: TrainingConfig, asked: Sequence[str], typical: Pixels, folder: Path
) -> Iterator[Variant | Missing]:
    """Make each way in turn; graphs are written to ``folder``.

    ``asked`` are the arguments that read ``config``. ``typical`` crops tell which neurons matter.
    """
    torch.set_num_threads(1)
    backbone = build_network(config.network, config.pretrained).backbone.eval()
    for kind in (EAGER, COMPILED, HALF):
        if kind == COMPILED and not shutil.which("g++"):
            yield Missing(kind, "it needs g++, which is not on this machine")
        else:
            yield Variant(kind, torch_variant(kind, backbone), ("torch", kind, *asked))
    yield from _graphs(backbone, config, typical, folder, "")
    keep = config.compression.neurons
    if not isinstance(backbone, ClipBackbone) or keep == 1:
        yield Missing("ONNX pruned", f"{config.network} is not pruned by this config")
        return
    pruned = copy.deepcopy(backbone)
    prune(pruned, typical, keep=keep)
    yield from _graphs(pruned, config, typical, folder, f", {keep:.0%} of the neurons")


def torch_variant(kind: str, backbone: Backbone) -> Embed:
    """Return a function that runs a network in torch, on one thread."""
    torch.set_num_threads(1)
    run = torch.compile(backbone.eval()) if kind == COMPILED else backbone.eval()

    def embed(crops: Pixels) -> Embedding:
        half = torch.autocast("cpu", torch.bfloat16, enabled=kind == HALF)
        with torch.inference_mode(), half:
            embedding, _ = run(torch.from_numpy(crops))
        return embedding.float().numpy()

    return embed


def _graphs(
    backbone: Backbone, config: TrainingConfig, typical: Pixels, folder: Path, how: str
) -> Iterator[Variant | Missing]:
    yield _graph(f"ONNX fp32{how}", "float32", backbone, config, folder)
    if not isinstance(backbone, ClipBackbone):
        yield Missing("ONNX int8", f"{config.network} has no linear layers to store in 8 bits")
        return
    yield _graph(f"ONNX int8{how}, channels as they are", "int8", backbone, config, folder)
    even = copy.deepcopy(backbone)
    smooth(even, typical[:SMOOTHED])
    yield _graph(f"ONNX int8{how}", "int8", even, config, folder)


def _graph(
    name: str, weights: str, backbone: Backbone, config: TrainingConfig, folder: Path
) -> Variant:
    crop = config.preprocessing.crop
    path = folder / f"{name}.onnx"
    export_backbone(backbone, path, crop=crop, weights=weights)
    embedder = Embedder(path, config.preprocessing, threads=1)
    return Variant(name, embedder.embed_crops, ("graph", str(path), str(crop)), path)
