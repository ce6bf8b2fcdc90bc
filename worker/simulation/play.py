"""One play of the loop: pictures in, votes, a retraining at each stop, the version measured."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django.utils import timezone

from classifier.detector.bundle import HEAD
from classifier.errors import AivhError
from classifier.serving import serving_detector
from classifier.training.manifest import Entry
from labelling.models import Image, Submission, User
from labelling.queue import next_images, open_images
from labelling.services.review import record_review
from labelling.services.submit import submit_image
from worker.models import TrainingRun
from worker.services.inference import classify_image
from worker.services.rejudging import predict_batch, unjudged
from worker.services.retraining import request_retraining, run_retraining
from worker.simulation.panel import Panel, chance
from worker.simulation.ruler import Measured, Ruler

OURS, RANDOM = "ours", "random"
EVERYTHING = -1  # until nothing is left to ask

Choose = Callable[[User], Image | None]


@dataclass(frozen=True)
class Point:
    """How the version that answers did once ``labels`` answers had been given.

    ``seconds`` passed from the last answer until the outcome served. ``weights`` is the sha256 of
    the head that answers.
    """

    order: str
    seed: int
    labels: int
    wrong: int
    outcome: str
    version: int
    weights: str
    seconds: float
    measured: Measured = field(default_factory=dict)


def hand_in(entries: Sequence[Entry], uploaders: Sequence[User]) -> None:
    """Let the pictures arrive, one after the other, from people in turn, and be classified."""
    for number, entry in enumerate(entries):
        taken = submit_image(
            data=entry.path.read_bytes(),
            filename=entry.path.name,
            channel=Submission.Channel.PAGE,
            submitter=uploaders[number % len(uploaders)],
        )
        classify_image(image_id=taken.image.pk)


def play(
    *, order: str, panel: Panel, stops: Sequence[int], ruler: Ruler, administrator: User
) -> list[Point]:
    """Give answers up to each of the ``stops`` (EVERYTHING: until nothing is left to ask).

    At every stop but the one at 0 there is a retraining. Ends early where nothing is left to ask.
    """
    points, given, wrong = [], 0, 0
    choose = chooser(order, panel.seed)
    for stop in stops:
        while given != stop and (asked := ask(panel, choose, given)):
            given, wrong = given + 1, wrong + asked.wrong
        started = time.monotonic()
        outcome = retrain(administrator) if given else "as shipped"
        version, detector = serving_detector()
        seconds = time.monotonic() - started
        head = (detector.bundle.path / HEAD).read_bytes()
        points.append(
            Point(
                order=order,
                seed=panel.seed,
                labels=given,
                wrong=wrong,
                outcome=outcome,
                version=version.number,
                weights=sha256(head).hexdigest(),
                seconds=round(seconds, 2),
                measured=ruler.measure(detector),
            )
        )
        if given < stop or stop == EVERYTHING:
            break
        predict_anew()
    return points


@dataclass(frozen=True)
class Asked:
    wrong: bool


def ask(panel: Panel, choose: Choose, given: int) -> Asked | None:
    """Let the next reviewer who has something to look at answer it; None where nobody has."""
    for reviewer in panel.whose_turn(given):
        image = choose(reviewer)
        if image is not None:
            answer = panel.answer(image, reviewer)
            record_review(image_id=image.pk, reviewer=reviewer, answer=answer.value)
            return Asked(wrong=panel.errs(image, reviewer))
    return None


def chooser(order: str, seed: int) -> Choose:
    """Return what picks a reviewer's next picture: the queue, or chance among what is open."""

    def ours(reviewer: User) -> Image | None:
        return next(iter(next_images(reviewer, limit=1)), None)

    def random(reviewer: User) -> Image | None:
        waiting = open_images(reviewer)
        return min(waiting, key=lambda image: chance(seed, image.sha256), default=None)

    return {OURS: ours, RANDOM: random}[order]


def retrain(administrator: User) -> str:
    """Do what the button and the training worker do; return the outcome in words."""
    try:
        run = request_retraining(by=administrator, dispatch=False)
    except AivhError as error:
        return f"not asked for: {error.message}"
    if run.state == TrainingRun.State.QUEUED:
        run_retraining(run.pk)
    run.refresh_from_db()
    return run.outcome


def predict_anew() -> None:
    """Let the version that answers judge what is stored, as the workers do after a promotion."""
    version, _ = serving_detector()
    left = unjudged(version).count()
    while left:
        predict_batch(version_id=version.pk)
        before, left = left, unjudged(version).count()
        if left == before:  # what is left cannot be read any more
            return


def as_row(point: Point) -> dict[str, Any]:
    return {**vars(point), "at": timezone.now().isoformat(timespec="seconds")}
