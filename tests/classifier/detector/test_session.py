"""What a processor without VNNI does to 8-bit layers is played; docs/inference.md emulates one."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from classifier.detector import session
from classifier.detector.session import EXACT_KERNELS, PROBE, bytes_multiply_exactly, open_session


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A graph that doubles, whatever it is given."""
    node = helper.make_node("Add", ["x", "x"], ["y"])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in "xy"]
    model = helper.make_model(
        helper.make_graph([node], "double", ends[:1], ends[1:]),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.save(model, tmp_path / "double.onnx")
    return tmp_path / "double.onnx"


def asked_for(graph: Path, monkeypatch: pytest.MonkeyPatch, *, exact: bool) -> str:
    """Return what a session is told about exact kernels on such a processor, "" for nothing."""
    seen: list[onnxruntime.SessionOptions] = []
    whole = onnxruntime.InferenceSession

    def watched(
        path: object, options: onnxruntime.SessionOptions, **rest: object
    ) -> onnxruntime.InferenceSession:
        seen.append(options)
        return whole(path, options, **rest)

    monkeypatch.setattr(session, "bytes_multiply_exactly", lambda: exact)
    monkeypatch.setattr(onnxruntime, "InferenceSession", watched)
    opened = open_session(graph, threads=3)
    (doubled,) = opened.run(None, {"x": np.array([1, 2], dtype=np.float32)})
    assert doubled.tolist() == [2, 4]
    (options,) = seen
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (3, 1)
    try:
        return str(options.get_session_config_entry(EXACT_KERNELS))
    except RuntimeError:
        return ""


def test_where_bytes_overflow_the_exact_kernels_are_asked_for(
    graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked_for(graph, monkeypatch, exact=False) == "1"


def test_where_they_do_not_the_quick_ones_stay(
    graph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked_for(graph, monkeypatch, exact=True) == ""


@pytest.mark.parametrize(
    ("least", "exact"), [(64 * 255 * 127, True), (64 // 2 * 32767, False)], ids=["whole", "clamped"]
)
def test_one_product_that_lost_something_is_enough(
    monkeypatch: pytest.MonkeyPatch, least: int, exact: bool
) -> None:
    """A pair of the largest bytes is 64770; in 16 bits it is clamped to 32767."""
    product = np.full((16, 16), 64 * 255 * 127, dtype=np.int32)
    product[3, 5] = least

    class Kernels:
        def __init__(self, *_: object, **__: object) -> None: ...

        def run(self, _: None, crops: dict[str, np.ndarray]) -> list[np.ndarray]:
            assert (crops["a"].max(), crops["b"].max()) == (255, 127)
            return [product]

    monkeypatch.setattr(onnxruntime, "InferenceSession", Kernels)
    assert bytes_multiply_exactly.__wrapped__() is exact


def test_the_probe_asks_for_one_product_of_unsigned_by_signed_bytes() -> None:
    model = onnx.load_from_string(PROBE)
    onnx.checker.check_model(model)
    assert [node.op_type for node in model.graph.node] == ["MatMulInteger"]
    kinds = [value.type.tensor_type.elem_type for value in model.graph.input]
    assert kinds == [TensorProto.UINT8, TensorProto.INT8]


def test_the_answer_fits_what_the_processor_says_of_itself() -> None:
    flags = _flags()
    if not flags:
        pytest.skip("this machine does not list what its processor can do")
    if any("vnni" in flag for flag in flags):
        assert bytes_multiply_exactly()
    elif "avx2" in flags:
        assert not bytes_multiply_exactly()


def _flags() -> set[str]:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    return {flag for line in lines if line.startswith("flags") for flag in line.split()}
