"""How long a retraining takes: ``python -m tests.benchmarks.retraining [LABELS]`` (500).

On a database and a registry of its own, with the shipped bundle. The pictures are rows only: their
embeddings are those of the replay set with a little noise, as stored pictures have theirs.
"""

import os
import shutil
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="aivh-benchmark-"))
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "aivh.settings",
    "AIVH_DATA_DIR": str(FOLDER),
    "AIVH_ENV_FILE": os.devnull,
}

import django  # noqa: E402

django.setup()

import numpy as np  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from classifier.models import ModelVersion  # noqa: E402
from classifier.queries import production_version  # noqa: E402
from classifier.services import ensure_shipped_version  # noqa: E402
from classifier.serving import serving_detector  # noqa: E402
from labelling.models import Embedding, Image, Label  # noqa: E402
from labelling.services.findings import FLOAT32  # noqa: E402
from worker.services.retraining import request_retraining, run_retraining  # noqa: E402

NOISE = 0.05  # of the embeddings' own spread


def settle(count: int, version: ModelVersion) -> None:
    """Store ``count`` settled pictures that resemble the replay set."""
    replay = serving_detector()[1].bundle.replay().part("train")
    rng = np.random.default_rng(0)
    rows = rng.choice(len(replay), count, replace=False)
    embeddings = replay.embeddings[rows].astype(np.float32)
    embeddings += rng.normal(0, NOISE * embeddings.std(), embeddings.shape).astype(np.float32)
    for row, embedding in zip(rows, embeddings, strict=True):
        image = Image.objects.create(
            sha256=sha256(embedding.tobytes()).hexdigest(),
            state=Image.State.CLASSIFIED,
            width=512,
            height=512,
            size=1,
        )
        Embedding.objects.create(
            image=image,
            backbone_digest=version.backbone_digest,
            vector=embedding.astype(FLOAT32).tobytes(),
        )
        Label.objects.create(image=image, value=replay.labels[row], settled_at=timezone.now())


def main(count: int) -> None:
    call_command("migrate", verbosity=0)
    ensure_shipped_version()
    version = production_version()
    assert version is not None, "there is no shipped bundle"
    settle(count, version)
    run = request_retraining(by=None, dispatch=False)
    started, processor = time.monotonic(), time.process_time()
    run_retraining(run.pk)
    seconds, busy = time.monotonic() - started, time.process_time() - processor
    run.refresh_from_db()
    print(f"{count} labels: {seconds:.1f} s ({busy:.1f} s of processor); {run.outcome}")


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
