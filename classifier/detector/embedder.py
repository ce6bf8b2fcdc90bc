"""A detector's backbone: pixels in, an embedding out, for serving and for training alike."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.detector.decoding import Pixels
from classifier.detector.preprocessing import Preprocessing, take_crops
from classifier.detector.session import open_session
from classifier.errors import NotExplainable

Embedding = npt.NDArray[np.float32]


class Embedder:
    """The exported graph, loaded and ready. Safe to share between threads."""

    def __init__(self, backbone: Path, preprocessing: Preprocessing, *, threads: int) -> None:
        self._session = open_session(backbone, threads=threads)
        self._preprocessing = preprocessing

    @property
    def width(self) -> int:
        """How many numbers an embedding has."""
        return int(self._session.get_outputs()[0].shape[-1])

    def embed(self, pixels: Pixels) -> Embedding:
        """Return the mean embedding (D,) over the crops of an (H, W, 3) RGB picture."""
        return mean_over(self.embed_views(pixels))

    def embed_views(self, pixels: Pixels) -> Embedding:
        """Return one embedding for each crop of an (H, W, 3) RGB picture, shape (n, D)."""
        return self.embed_crops(take_crops(pixels, self._preprocessing))

    def embed_crops(self, crops: Pixels) -> Embedding:
        """Return one embedding for each of (n, crop, crop, 3) crops, shape (n, D)."""
        (embeddings,) = self._run(["embedding"], crops)
        return embeddings

    def embed_crops_with_map(self, crops: Pixels) -> tuple[Embedding, npt.NDArray[np.float32]]:
        """Return the embeddings (n, D) and the spatial maps (n, D, h, w) that they are means of.

        Raises NotExplainable where the graph gives no map.
        """
        if "spatial" not in {output.name for output in self._session.get_outputs()}:
            raise NotExplainable("This version of the detector has no map of what it looked at.")
        embeddings, spatial = self._run(["embedding", "spatial"], crops)
        return embeddings, spatial

    def _run(self, outputs: list[str], crops: Pixels) -> list[npt.NDArray[np.float32]]:
        """Look at one crop after the other.

        An 8-bit graph scales what goes into a layer by the largest number of all crops that run
        together, so a crop's embedding would depend on those beside it. It takes no longer.
        """
        each = [self._session.run(outputs, {"crops": crop[np.newaxis]}) for crop in crops]
        return [np.concatenate(parts).astype(np.float32) for parts in zip(*each, strict=True)]


def mean_over(views: Embedding) -> Embedding:
    """Return the embedding (D,) of a picture from those of its crops (n, D)."""
    return np.asarray(views.mean(axis=0), dtype=np.float32)
