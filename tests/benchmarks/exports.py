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


def ask(form: str) -> None:
    """Ask for the job, as a page does, and print its number."""
    from labelling.models import Image, User
    from worker.models import Job
    from worker.services.jobs.requests import request_job

    job = request_job(
        kind=Job.Kind.EXPORT,
        by=User.objects.get(username="alex"),
        title="Export",
        options={"format": form},
        image_ids=list(Image.objects.order_by().values_list("pk", flat=True)),
    )
    print(job.pk)


def export(number: int) -> None:
    """In a process of its own, as a worker's, so that the peak is this job's alone."""
    from django.core.files.storage import default_storage

    from worker.models import Job
    from worker.services.jobs.running import run_job

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    run_job(number)
    seconds = time.monotonic() - began
    job = Job.objects.get(pk=number)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    size = default_storage.size(job.result) / 1e6
    print(json.dumps({"seconds": seconds, "size": size, "grown": grown}))


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="aivh-exports-") as folder:
        environment = os.environ | {
            "AIVH_DATA_DIR": folder,
            "AIVH_ENV_FILE": os.devnull,
            "AIVH_LOG_LEVEL": "ERROR",
        }

        def run(*words: str) -> str:
            command = [sys.executable, "-m", "tests.benchmarks.exports", *words]
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
            return done.stdout

        run("--make", str(count))
        print("| form | rows | seconds | MB | memory that it added |\n|---|---|---|---|---|")
        for form in FORMS:
            number = run("--ask", form).split()[-1]
            found = json.loads(run("--export", number).splitlines()[-1])
            print(
                f"| {form} | {count:,} | {found['seconds']:.1f} | {found['size']:.1f} | "
                f"{found['grown']:.0f} MB |"
            )


if __name__ == "__main__":
    steps = {
        "--make": lambda: make_rows(int(sys.argv[2])),
        "--ask": lambda: ask(sys.argv[2]),
        "--export": lambda: export(int(sys.argv[2])),
    }
    if sys.argv[1:] and sys.argv[1] in steps:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aivh.settings")
        import django

        django.setup()
        steps[sys.argv[1]]()
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
