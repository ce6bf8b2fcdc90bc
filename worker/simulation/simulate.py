"""The whole simulation on a site of its own: one beginning, a play for each order and seed."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings

from classifier.detector.bundle import read_bundle, shipped_bundle_path
from classifier.services import promote_version, register_version
from classifier.training.progress import Progress, part
from labelling.models import Image, Prediction, User
from worker.simulation.beginning import Beginning, NotAlone
from worker.simulation.curves import Summary, summarise
from worker.simulation.panel import (
    Panel,
    chance,
    make_administrator,
    make_reviewers,
    make_uploaders,
)
from worker.simulation.play import OURS, RANDOM, Point, hand_in, play, predict_anew
from worker.simulation.ruler import Ruler
from worker.simulation.stream import Stream, read_stream
from worker.simulation.words import report

log = logging.getLogger(__name__)

ORDERS = {OURS: (OURS,), RANDOM: (RANDOM,), "both": (OURS, RANDOM)}
POINTS, SUMMARY, PAGE = "points.jsonl", "summary.json", "report.md"


@dataclass(frozen=True)
class Plan:
    """What to simulate; ``stops`` are numbers of answers in rising order."""

    stream: Path
    out: Path
    bundle: Path
    reviewers: int
    error_rate: float
    order: str
    seeds: int
    stops: Sequence[int]


def simulate(plan: Plan, progress: Progress) -> Summary:
    """Play the plan on this site, which must be empty, and write points, table and chart.

    Raises NotAlone where there is a picture or a person already, ManifestError, BundleCorrupt.
    """
    check_alone()
    stream = read_stream(plan.stream)
    plan.out.mkdir(parents=True, exist_ok=True)
    promote_version(version=register_version(bundle=plan.bundle))
    reviewers, administrator = make_reviewers(plan.reviewers), make_administrator()
    progress(0.0, f"handing in {len(stream.arrives)} pictures")
    hand_in(stream.arrives, make_uploaders())
    points = play_all(plan, stream, reviewers, administrator, part(progress, 0.2, 1.0))
    summary = summarise(points)
    write_out(plan, stream, summary)
    return summary


def check_alone() -> None:
    if Image.objects.exists() or User.objects.exists():
        raise NotAlone("This site has pictures or people already, and they are left alone.")


def play_all(
    plan: Plan,
    stream: Stream,
    reviewers: Sequence[User],
    administrator: User,
    progress: Progress,
) -> list[Point]:
    """Play every order with every seed from the same beginning; points are written as they come."""
    beginning, ruler, truths = Beginning(plan.out), Ruler(stream, progress), stream.truths()
    plays = [(order, seed) for seed in range(plan.seeds) for order in ORDERS[plan.order]]
    points: list[Point] = []
    with (plan.out / POINTS).open("w", encoding="utf-8") as file:
        for done, (order, seed) in enumerate(plays):
            progress(done / len(plays), f"{order}, seed {seed}")
            beginning.restore()
            draw_audit_sample(seed)
            panel = Panel(reviewers, truths, plan.error_rate, seed)
            for point in play(
                order=order,
                panel=panel,
                stops=plan.stops,
                ruler=ruler,
                administrator=administrator,
            ):
                points.append(point)
                file.write(json.dumps(asdict(point)) + "\n")
                file.flush()
    return points


def draw_audit_sample(seed: int) -> None:
    """Draw it by the seed; by the pictures' ids, new on every site, no play could be repeated."""
    for image in Image.objects.all():
        drawn = chance("audit", seed, image.sha256) < settings.AUDIT_SHARE
        Image.objects.filter(pk=image.pk).update(audit=drawn)
    Prediction.objects.all().delete()  # in which the sample has places of its own
    predict_anew()


def write_out(plan: Plan, stream: Stream, summary: Summary) -> None:
    """Write the figures for programs, the page for people, and the chart."""
    bundle = read_bundle(plan.bundle)
    facts = {
        "arrives": len(stream.arrives),
        "reviewers": plan.reviewers,
        "error_rate": plan.error_rate,
        "seeds": plan.seeds,
        "stops": list(plan.stops),
        "bundle": bundle.name,
        "bundle_digest": bundle.digest,
    }
    content = json.dumps({"plan": facts, **summary.to_dict()}, indent=1)
    (plan.out / SUMMARY).write_text(content + "\n", encoding="utf-8")
    (plan.out / PAGE).write_text(report(summary, facts), encoding="utf-8")
    draw_if_possible(summary, plan.out)


def draw_if_possible(summary: Summary, folder: Path) -> None:
    try:
        from worker.simulation.chart import draw
    except ModuleNotFoundError:
        log.warning("No chart: matplotlib comes with pip install -e '.[training]'.")
    else:
        draw(summary, folder)


def default_bundle() -> Path:
    return shipped_bundle_path()
