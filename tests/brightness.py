"""A real bundle that needs no training: it calls bright pictures AI and dark ones human.

The backbone is one averaging node, so that tests of the house around the detector are quick and
know every answer beforehand.
"""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from classifier.detector.bundle import write_bundle
from classifier.detector.decision import Calibration, Head, Judge, Thresholds
from classifier.detector.preprocessing import Preprocessing
from classifier.detector.replay import Replay
from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from classifier.vocabulary import Label

CROP, CELL = 32, 8
SLOPE = 8.0  # log-odds from mid-grey to white are half of it


def make_brightness_bundle(folder: Path, name: str = "brightness", *, bias: float = 0.0) -> Path:
    """Write the bundle and return its path; ``bias`` is added to every picture's log-odds."""
    folder.mkdir(parents=True, exist_ok=True)
    backbone = folder / f"{name}.onnx"
    onnx.save(mean_of_each_channel(), backbone)
    head = Head(np.full(3, SLOPE / 3, dtype=np.float32), -SLOPE / 2 + bias)
    return write_bundle(
        folder / name,
        backbone=backbone,
        judge=Judge(head, Calibration(slope=1.0, intercept=0.0), Thresholds(human=0.3, ai=0.7)),
        preprocessing=Preprocessing(crop=CROP, max_crops=1, least_side=1),
        replay=_replay(),
        metrics={"test": {"auroc": 1.0}},
        lineage={},
        card=lambda manifest: f"# {manifest['name']}\n",
    ).path


def mean_of_each_channel() -> onnx.ModelProto:
    """Bytes (n, 32, 32, 3) in; brightness (n, 3) from 0 to 1 and its 4 × 4 cells out."""
    nodes = [
        helper.make_node("Cast", ["crops"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats", "axes"], ["means"], keepdims=0),
        helper.make_node("Div", ["means", "white"], ["embedding"]),
        helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "AveragePool", ["planes"], ["cells"], kernel_shape=[CELL] * 2, strides=[CELL] * 2
        ),
        helper.make_node("Div", ["cells", "white"], ["spatial"]),
    ]
    constants = [
        numpy_helper.from_array(np.array([1, 2], dtype=np.int64), "axes"),
        numpy_helper.from_array(np.array(255.0, dtype=np.float32), "white"),
    ]
    crops = helper.make_tensor_value_info("crops", TensorProto.UINT8, ["n", CROP, CROP, 3])
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 3])
    spatial = helper.make_tensor_value_info("spatial", TensorProto.FLOAT, ["n", 3, "h", "w"])
    graph = helper.make_graph(nodes, "brightness", [crops], [embedding, spatial], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _replay() -> Replay:
    bright, dark = [0.9, 0.9, 0.9], [0.1, 0.1, 0.1]
    return Replay(
        embeddings=np.array([bright, dark, bright, dark], dtype=np.float16),
        labels=[Label.AI, Label.HUMAN, Label.AI, Label.HUMAN],
        splits=["train", "train", "test", "test"],
        generators=["lamp", "camera", "lamp", "camera"],
        tiers=["clean"] * 4,
    )


@pytest.fixture
def live_version(db: None, tmp_path: Path) -> ModelVersion:
    """The brightness bundle, registered and in production."""
    bundle = make_brightness_bundle(tmp_path / "bundles")
    return promote_version(version=register_version(bundle=bundle))
