"""A sweep whose settings Weights & Biases chooses."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from classifier.registry import WandbSettings
from classifier.registry.runs import Run
from classifier.registry.wandb_talk import WandbTalk
from classifier.training.progress import Progress, part
from classifier.training.record import Record
from classifier.training.record_wandb import WandbRecord
from classifier.training.sweep_trials import Sweep, Trials
from classifier.training.validation import falls

SWEEP_ID = "wandb-sweep-id"


def wandb_search(trials: Trials, count: int, wandb: WandbSettings, progress: Progress) -> None:
    """Ask for settings until ``count`` trials are finished. Raises RegistryUnavailable."""
    left = count - len(trials.finished())
    if left <= 0:
        return
    with _agent(trials, left, wandb) as talk:
        while "trial" in (said := talk.hear(limit=2 * wandb.timeout + 30)):
            done = trials.finished()
            settings = {key: said["trial"][key] for key in sorted(trials.sweep.space)}
            share = len(done) / count
            told = part(progress, share, share + 1 / count)

            def also(folder: Path) -> Record:
                return WandbRecord(wandb, folder, talk=talk)

            who = Run(said["name"] or said["id"], id=said["id"])
            trials.run(max(done, default=-1) + 1, settings, told, also, who)


@contextmanager
def _agent(trials: Trials, left: int, wandb: WandbSettings) -> Iterator[WandbTalk]:
    """Begin the sweep, or go on with the one that this folder belongs to."""
    path = trials.out / SWEEP_ID
    request = {
        "do": "sweep",
        "sweep_id": path.read_text().strip() if path.is_file() else None,
        "space": in_wandb_words(trials.sweep),
        "trials": left,
        "run": {"entity": wandb.entity or None, "project": wandb.project},
    }
    talk = WandbTalk(wandb, request)
    try:
        sweep_id = talk.hear(limit=wandb.timeout + 15)["result"]
        path.write_text(f"{sweep_id}\n")
        yield talk
    finally:
        talk.end()


def in_wandb_words(sweep: Sweep) -> dict[str, Any]:
    """Return the sweep as W&B's own configuration of one."""
    goal = "minimize" if falls(sweep.metric) else "maximize"
    return {
        "method": "random",
        "metric": {"name": sweep.metric, "goal": goal},
        "parameters": {key: choice.for_wandb() for key, choice in sweep.space.items()},
    }
