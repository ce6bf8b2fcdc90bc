"""The network's backbone as one ONNX graph that keeps the weights under their own names."""

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper

from classifier.training.network import Backbone, Network

OPSET = 17
TOLERANCE = 1e-3


class ExportMismatchError(RuntimeError):
    """ONNX Runtime and torch do not agree about the exported graph."""


def export_backbone(network: Network, path: Path, *, crop: int) -> float:
    """Write uint8 crops (n, crop, crop, 3) → ``embedding`` (n, D), ``spatial`` (n, D, h, w).

    Returns the largest difference from torch; above 1e-3 it raises ExportMismatchError.
    Normalisation is left unfolded, so that the weights to fine-tune from can be read back from
    the file; ONNX Runtime folds it when it loads.
    """
    backbone = network.backbone.eval()
    crops = torch.zeros(2, crop, crop, 3, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            backbone,
            (crops,),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            input_names=["crops"],
            output_names=["embedding", "spatial"],
            dynamic_axes={name: {0: "n"} for name in ("crops", "embedding", "spatial")},
        )
    difference = difference_from_torch(backbone, path, crop=crop)
    if difference > TOLERANCE:
        raise ExportMismatchError(f"The exported graph differs from torch by {difference:.2g}.")
    return difference


def difference_from_torch(backbone: Backbone, path: Path, *, crop: int) -> float:
    """Return the largest difference of any output on random crops."""
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (3, crop, crop, 3), dtype=np.uint8)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    ours = session.run(["embedding", "spatial"], {"crops": crops})
    with torch.no_grad():
        theirs = backbone(torch.from_numpy(crops))
    return max(float(np.abs(a - b.numpy()).max()) for a, b in zip(ours, theirs, strict=True))


def load_weights(backbone: Backbone, path: Path) -> None:
    """Read the weights of an exported graph back, to fine-tune from them."""
    stored = {tensor.name: tensor for tensor in onnx.load(path).graph.initializer}
    state = backbone.state_dict()
    for name, value in state.items():
        if name in stored:
            state[name] = torch.from_numpy(numpy_helper.to_array(stored[name]).copy())
        elif value.is_floating_point():
            raise ValueError(f"{path} does not hold the weights {name}")
    backbone.load_state_dict(state)
