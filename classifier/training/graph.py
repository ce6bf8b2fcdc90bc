"""From a learned network to the graph that serves, and what it makes of every picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from classifier.detector.embedder import Embedder
from classifier.training.compression import compress
from classifier.training.config import TrainingConfig
from classifier.training.embedding import Embedded, Task, embed_tasks
from classifier.training.export import export_backbone
from classifier.training.logistic import Linear
from classifier.training.manifest import Entry
from classifier.training.network import Network
from classifier.training.progress import Progress, part, silent
from classifier.training.projection import Projection


@dataclass(frozen=True)
class Graph:
    """``own_head`` is what the network itself learned, if anything, on these embeddings.

    ``made`` tells how the graph came about and differs from the network.
    """

    embedder: Embedder
    embedded: Embedded
    own_head: Linear | None
    made: dict[str, Any] = field(default_factory=dict)

    def with_left_out(self, logits: npt.NDArray[np.floating]) -> "Graph":
        """Note (N,) logits that others gave to strangers among the embedded rows."""
        return replace(self, embedded=self.embedded.with_left_out(logits))


def make_graph(
    network: Network,
    entries: Sequence[Entry],
    tasks: Sequence[Task],
    config: TrainingConfig,
    path: Path,
    progress: Progress = silent,
) -> Graph:
    """Prune, export to ``path`` and embed all ``tasks``, as ``config`` says.

    Raises ConfigError, ManifestError, ExportMismatchError.
    """
    made = compress(network, entries, config, part(progress, 0.0, 0.1))
    embedder, differences = _exported(network, config, path)
    embedded = embed_tasks(embedder, tasks, part(progress, 0.1, 1.0))
    own_head = _own_head(network) if config.epochs else None
    return Graph(embedder, embedded, own_head, made | {"differences": differences})


def projected(
    graph: Graph, projection: Projection, network: Network, config: TrainingConfig, path: Path
) -> Graph:
    """Give the graph a last linear layer; what is embedded already needs no second look."""
    network.backbone.project(torch.from_numpy(projection.weight), torch.from_numpy(projection.bias))
    embedder, differences = _exported(network, config, path)
    made = graph.made | {"differences": differences}
    return Graph(embedder, projection.embedded(graph.embedded), None, made)


def _exported(
    network: Network, config: TrainingConfig, path: Path
) -> tuple[Embedder, dict[str, float]]:
    crop, weights = config.preprocessing.crop, config.compression.weights
    differences = export_backbone(network.backbone, path, crop=crop, weights=weights)
    return Embedder(path, config.preprocessing, threads=config.threads), differences


def _own_head(network: Network) -> Linear:
    weight = network.head.weight.detach().numpy()[0].astype(np.float64)
    return Linear(weight, float(network.head.bias.detach()[0]))
