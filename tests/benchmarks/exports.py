"""What an export of many rows costs: ``python -m tests.benchmarks.exports [ROWS]``.

Makes rows in an empty site of its own (SQLite), exports them in each form but the folder, and
prints seconds, megabytes written and the peak of this process's memory.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FORMS = ("csv", "jsonl", "coco", "label-studio")


def make_rows(count: int) -> None:
    from django.core.management import call_command

    from labelling.models import Image, Prediction
    from tests.labelling.rows import make_version
    from tests.people import make_person

    call_command("migrate", verbosity=0)
    version = make_version(7, live=True)
    make_person("alex", "Administrators", is_staff=True)
    numbers = iter(range(count))
    while batch := list(islice(numbers, 2000)):
        images = Image.objects.bulk_create(
            Image(
                sha256=f"{number:064x}",
                original="images/none.png",
                content_type="image/png",
                width=800,
                height=600,
                size=90_000,
                state=Image.State.CLASSIFIED,
            )
            for number in batch
        )
        Prediction.objects.bulk_create(
            Prediction(image=image, version=version, probability_ai=0.9, logit=2.0, verdict="ai")
            for image in images
        )


def export(form: str) -> None:
    """In a process of its own, so that the peak is this form's."""
    from django.core.files.storage import default_storage

    from labelling.models import Image, User
    from worker.models import Job
    from worker.services.jobs.requests import request_job
    from worker.services.jobs.running import run_job

    job = request_job(
        kind=Job.Kind.EXPORT,
        by=User.objects.get(username="alex"),
        title="Export",
        options={"format": form},
        image_ids=list(Image.objects.order_by().values_list("pk", flat=True)),
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    run_job(job.pk)
    seconds = time.monotonic() - began
    job.refresh_from_db()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    size = default_storage.size(job.result) / 1e6
    figures = {"seconds": seconds, "size": size, "grown": grown, "said": job.outcome}
    print(json.dumps(figures))


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="aivh-exports-") as folder:
        environment = os.environ | {"AIVH_DATA_DIR": folder, "AIVH_ENV_FILE": os.devnull}

        def run(*words: str) -> str:
            command = [sys.executable, "-m", "tests.benchmarks.exports", *words]
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
            return done.stdout

        run("--make", str(count))
        print("| form | rows | seconds | MB | memory that it added |\n|---|---|---|---|---|")
        for form in FORMS:
            found = json.loads(run("--export", form).splitlines()[-1])
            print(
                f"| {form} | {count:,} | {found['seconds']:.1f} | {found['size']:.1f} | "
                f"{found['grown']:.0f} MB |"
            )


if __name__ == "__main__":
    if sys.argv[1:2] in (["--make"], ["--export"]):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aivh.settings")
        import django

        django.setup()
        make_rows(int(sys.argv[2])) if sys.argv[1] == "--make" else export(sys.argv[2])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
