"""Opening an exported graph so that its 8-bit layers are right on every processor.

Where a processor multiplies bytes in one step (VNNI, ARM), ONNX Runtime's 8-bit layers are exact.
On older x86 ones its quick kernels add two products in 16 bits, which overflow: embeddings of the
shipped graph then come out as noise, and nothing says so. There we ask for the slower, exact ones.
"""

from base64 import b64decode
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime

PROVIDERS = ["CPUExecutionProvider"]
EXACT_KERNELS = "session.x64quantprecision"
# One MatMulInteger of unsigned by signed bytes; a test holds it against the same graph by name.
PROBE = b64decode(
    "CAgSADpiChgKAWEKAWISAWMiDU1hdE11bEludGVnZXISAWdaFQoBYRIQCg4IAhIKCgMSAW0KAxIBa1oVCgFiEhAK"
    "DggDEgoKAxIBawoDEgFuYhUKAWMSEAoOCAYSCgoDEgFtCgMSAW5CBAoAEBE="
)
ROWS, DEPTH, COLUMNS = 16, 64, 16
MOST_UNSIGNED, MOST_SIGNED = 255, 127


def open_session(graph: Path, *, threads: int) -> onnxruntime.InferenceSession:
    """Load a graph for the processor, with ``threads`` threads for each picture."""
    options = _options(threads)
    if not bytes_multiply_exactly():
        options.add_session_config_entry(EXACT_KERNELS, "1")
    return onnxruntime.InferenceSession(graph, options, providers=PROVIDERS)


@cache
def bytes_multiply_exactly() -> bool:
    """Whether the quick 8-bit kernels are right here: asked of them, in the worst case."""
    session = onnxruntime.InferenceSession(PROBE, _options(1), providers=PROVIDERS)
    unsigned = np.full((ROWS, DEPTH), MOST_UNSIGNED, dtype=np.uint8)
    signed = np.full((DEPTH, COLUMNS), MOST_SIGNED, dtype=np.int8)
    (product,) = session.run(None, {"a": unsigned, "b": signed})
    return bool((product == DEPTH * MOST_UNSIGNED * MOST_SIGNED).all())


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return options
