"""The network's backbone as one ONNX graph, in full precision or with 8-bit weights."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from classifier.training.backbone import Backbone
from classifier.training.weights import linear_weights, stored_weights

OPSET = 17
TOLERANCE = 1e-3
WHOLE = ("/patch/MatMul", "/projection/MatMul")


class ExportMismatchError(RuntimeError):
    """ONNX Runtime and torch do not agree about the exported graph."""


def export_backbone(
    backbone: Backbone, path: Path, *, crop: int, weights: str = "float32"
) -> dict[str, float]:
    """Write uint8 crops (n, crop, crop, 3) → ``embedding`` (n, D), ``spatial`` (n, D, h, w).

    Returns the largest difference from torch of the graph in full precision; above 1e-3 it raises
    ExportMismatchError. ``weights="int8"`` stores those of linear layers as 8-bit numbers, and
    adds what that changes, in standard deviations of an embedding's numbers; ValueError where
    there is no linear layer.
    """
    if weights == "float32":
        return {"float32": _exported_like_torch(backbone, path, crop=crop, fold=False)}
    full = path.with_suffix(".float32.onnx")
    try:
        difference = _exported_like_torch(backbone, full, crop=crop, fold=True)
        quantise(full, path)
        noise = spread_difference(full, path, crop=crop)
    finally:
        full.unlink(missing_ok=True)
    return {"float32": difference, "int8_in_deviations": noise}


def _exported_like_torch(backbone: Backbone, path: Path, *, crop: int, fold: bool) -> float:
    _export(backbone.eval(), path, crop=crop, fold=fold)
    difference = difference_from_torch(backbone, path, crop=crop)
    if not difference <= TOLERANCE:  # NaN is not within it either
        raise ExportMismatchError(f"The exported graph differs from torch by {difference:.2g}.")
    return difference


def quantise(full: Path, path: Path) -> None:
    """Store the weights of linear layers as 8-bit numbers with one scale for each output.

    What goes into a layer is brought to 8 bits when it runs, with one scale for all crops that
    run together. The projection at the end stays whole: it is small, and its inputs differ in
    size by hundreds. Raises ValueError where there is no linear layer.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    if not linear_weights(full):
        raise ValueError(f"{full.name} has no linear layer whose weights could take 8 bits")
    with _without_advice():
        quantize_dynamic(
            full,
            path,
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=list(WHOLE),
            extra_options={"MatMulConstBOnly": True},
        )


@contextmanager
def _without_advice() -> Iterator[None]:
    """Its quantiser tells the root logger much, and recommends a step that folds layers away."""

    def no_advice(record: logging.LogRecord) -> bool:
        return "onnxruntime" not in record.pathname

    root = logging.getLogger()
    root.addFilter(no_advice)
    try:
        yield
    finally:
        root.removeFilter(no_advice)


def difference_from_torch(backbone: Backbone, path: Path, *, crop: int) -> float:
    """Return the largest difference of any output on random crops."""
    crops = _random_crops(crop)
    with torch.no_grad():
        theirs = backbone(torch.from_numpy(crops))
    ours = _run(path, crops)
    return float(np.max([np.abs(a - b.numpy()).max() for a, b in zip(ours, theirs, strict=True)]))


def spread_difference(full: Path, path: Path, *, crop: int) -> float:
    """Return how far two graphs' embeddings lie apart, as a share of how far crops do."""
    crops = np.concatenate([_random_crops(crop), _random_crops(crop) // 4])
    # One by one: the scale of a layer's input is that of all crops that run together.
    one, other = (
        np.concatenate([_run(graph, crops[i : i + 1])[0] for i in range(len(crops))])
        for graph in (full, path)
    )
    return float(np.sqrt(np.mean((one - other) ** 2)) / one.std(axis=0).mean())


def load_weights(backbone: Backbone, path: Path) -> None:
    """Read the weights of an exported graph back, to fine-tune from them.

    Those that are stored as 8-bit numbers come back as near as these are. Raises ValueError for
    those of another network.
    """
    stored, linear = stored_weights(path), linear_weights(path)
    state = backbone.state_dict()
    for name, value in state.items():
        found = stored.get(name, linear.get(name.removesuffix(".weight")))
        shape = tuple(value.shape)
        if found is not None and found.shape != shape:
            raise ValueError(f"{path} does not hold the weights {name} in the shape {shape}")
        if found is not None:
            state[name] = torch.from_numpy(found.copy())
        elif value.is_floating_point():
            raise ValueError(f"{path} does not hold the weights {name}")
    backbone.load_state_dict(state)


def _export(backbone: Backbone, path: Path, *, crop: int, fold: bool) -> None:
    """Write the graph in full precision.

    Unless it is to be quantised nothing is folded, so that the weights keep their own names;
    ONNX Runtime folds when it loads.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            backbone,
            (torch.zeros(2, crop, crop, 3, dtype=torch.uint8),),
            str(path),
            dynamo=False,
            opset_version=OPSET,
            training=torch.onnx.TrainingMode.EVAL if fold else torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=fold,
            input_names=["crops"],
            output_names=["embedding", "spatial"],
            dynamic_axes={name: {0: "n"} for name in ("crops", "embedding", "spatial")},
        )
    _name_sizes(backbone, path, crop=crop)


def _name_sizes(backbone: Backbone, path: Path, *, crop: int) -> None:
    """Write the sizes of the outputs into the graph: tracing loses those of reshaped tensors."""
    with torch.no_grad():
        given = backbone(torch.zeros(1, crop, crop, 3, dtype=torch.uint8))
    model = onnx.load(path)
    for output, tensor in zip(model.graph.output, given, strict=True):
        dimensions = output.type.tensor_type.shape.dim
        for number, size in enumerate(tensor.shape[1:], start=1):
            dimensions[number].dim_value = size
    onnx.save(model, path)


def _random_crops(crop: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (3, crop, crop, 3), dtype=np.uint8)


def _run(
    path: Path, crops: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    outputs: list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]] = session.run(
        ["embedding", "spatial"], {"crops": crops}
    )
    return outputs
