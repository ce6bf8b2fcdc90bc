"""Weights out of ONNX files, also where they are stored as 8-bit numbers."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from classifier.errors import AivhError

FloatArray = npt.NDArray[np.float32]
QUANTISED = "_quantized"


class WeightsMissingError(AivhError):
    """The pretrained weights that a network starts from are not there; the message says how."""

    code = "weights_missing"


def stored_weights(path: Path) -> dict[str, FloatArray]:
    """Return the floating-point tensors of a graph by the names that they have in it."""
    tensors = ((t.name, numpy_helper.to_array(t)) for t in onnx.load(path).graph.initializer)
    return {name: value for name, value in tensors if value.dtype == np.float32}


def linear_weights(path: Path) -> dict[str, FloatArray]:
    """Return the weight (out, in) of each linear layer by the place of its node in the graph.

    A node ``/blocks.0/fc1/MatMul`` gives ``blocks.0.fc1``. Eight-bit weights w are given as
    (w - zero point) × scale, with one scale for each output or one for all.
    """
    graph = onnx.load(path).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found = {}
    for node in graph.node:
        if node.op_type in ("MatMul", "MatMulInteger") and node.input[1] in tensors:
            found[_place(node.name)] = _dequantised(node.input[1], tensors).T.copy()
    return found


def _place(node_name: str) -> str:
    return node_name.strip("/").rpartition("/")[0].replace("/", ".")


def _dequantised(name: str, tensors: dict[str, npt.NDArray[np.generic]]) -> FloatArray:
    stored = tensors[name]
    if not name.endswith(QUANTISED):
        return np.asarray(stored, dtype=np.float32)
    base = name.removesuffix(QUANTISED)
    zero = np.asarray(tensors[f"{base}_zero_point"], dtype=np.float32)
    scale = np.asarray(tensors[f"{base}_scale"], dtype=np.float32)
    return (np.asarray(stored, dtype=np.float32) - zero) * scale
