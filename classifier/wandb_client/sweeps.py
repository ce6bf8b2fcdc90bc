"""Sweeps: letting one choose the settings of runs, and finding its best run."""

import math
from typing import Any

from classifier.wandb_client.bundles import Bundles, MissingError, is_absence
from classifier.wandb_client.process import Conversation, Json
from classifier.wandb_client.runs import DIGEST_KEY, MODEL, serve_run, start_run


def serve_sweep(talk: Conversation, request: Json) -> None:
    """Let the sweep choose settings and pass each trial on; the one who asked does the work."""
    import wandb

    place = {"entity": request["run"]["entity"], "project": request["run"]["project"]}
    sweep_id = request["sweep_id"] or wandb.sweep(request["space"], **place)
    talk.say({"result": sweep_id})

    def trial() -> None:
        run = start_run({**request["run"], "job_type": "train"}, request["timeout"])
        talk.say({"trial": run.config.as_dict(), "id": run.id, "name": run.name})
        serve_run(talk, run)

    wandb.agent(sweep_id, function=trial, count=request["trials"], **place)
    talk.say({"result": "over"})


def best_of_sweep(bundles: Bundles, sweep: str, metric: str, falls: bool) -> Json:
    """The run with the best last figure, and the digest of the bundle that it logged.

    What the sweep itself says of its metric goes before ``falls``. Raises MissingError.
    """
    place = f"{bundles.entity}/{bundles.project}"
    goal = _find(bundles, f"{place}/{sweep}").config.get("metric") or {}
    if goal.get("name") == metric and "goal" in goal:
        falls = goal["goal"] == "minimize"
    filters = {"$and": [{"sweep": sweep}]}
    runs = bundles.api.runs(place, filters=filters, per_page=100, lazy=False)
    figures = [(value, run) for run in runs if (value := _figure(run, metric)) is not None]
    if not figures:
        raise MissingError(f"No run of the sweep {sweep} logged {metric}.")
    choose = min if falls else max
    value, best = choose(figures, key=lambda pair: pair[0])
    digest = _bundle_of(best, bundles.artifact)
    return {"digest": digest, "run": best.id, "name": best.name, "value": value}


def _find(bundles: Bundles, path: str) -> Any:
    try:
        return bundles.api.sweep(path)
    except bundles.wandb.errors.CommError as error:
        if not is_absence(error.exc):
            raise
        raise MissingError(f"Weights & Biases holds no sweep {path}.") from error


def _figure(run: Any, metric: str) -> float | None:
    value = run.summary_metrics.get(metric)
    usable = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if usable else None


def _bundle_of(run: Any, artifact: str) -> str:
    """The newest bundle that the run logged. Raises MissingError."""
    for logged in reversed(list(run.logged_artifacts())):
        ours = logged.type == MODEL and logged.name.rpartition(":")[0] == artifact
        if ours and (digest := logged.metadata.get(DIGEST_KEY)):
            return str(digest)
    raise MissingError(f"The best run of the sweep, {run.name}, logged no bundle as {artifact}.")
