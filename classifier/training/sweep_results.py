"""What the trials of a sweep came to: a table, and the best of them."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from classifier.training.validation import better

RESULT, TABLE = "result.json", "results.csv"
FOLDERS = "trial-*"


@dataclass(frozen=True)
class Trial:
    """One finished try; ``failed`` says why it came to nothing, ``figures`` are empty then."""

    number: int
    settings: dict[str, Any]
    figures: dict[str, float]
    seconds: float
    failed: str = ""


def save_trial(folder: Path, trial: Trial) -> None:
    """Write beside and rename: a trial is finished when its result is there."""
    beside = folder / "result.partial"
    beside.write_text(json.dumps(asdict(trial), indent=2) + "\n", encoding="utf-8")
    beside.replace(folder / RESULT)


def finished_trials(out: Path) -> dict[int, Trial]:
    """Return the trials that lie finished in a sweep's folder, by number."""
    paths = sorted(out.glob(f"{FOLDERS}/{RESULT}"))
    trials = [Trial(**json.loads(path.read_text(encoding="utf-8"))) for path in paths]
    return {trial.number: trial for trial in trials}


def trial_folder(out: Path, number: int) -> Path:
    return out / f"trial-{number:03}"


def ranked(trials: Sequence[Trial], metric: str) -> list[Trial]:
    """Return the trials, the best first; those that failed come last."""
    left = list(trials)
    order: list[Trial] = []
    while left:
        first = left[0]
        for trial in left[1:]:
            if _beats(trial, first, metric):
                first = trial
        order.append(first)
        left.remove(first)
    return order


def write_table(path: Path, trials: Sequence[Trial], metric: str) -> Path:
    """Write one row for each trial, the best first."""
    settings = sorted({key for trial in trials for key in trial.settings})
    figures = sorted({key for trial in trials for key in trial.figures} - {metric})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["trial", metric, *settings, *figures, "seconds", "failed"])
        for trial in ranked(trials, metric):
            told = [trial.figures.get(metric), *(trial.settings.get(key) for key in settings)]
            told += [trial.figures.get(key) for key in figures]
            writer.writerow([trial.number, *told, trial.seconds, trial.failed])
    return path


def table_in_words(trials: Sequence[Trial], metric: str) -> str:
    """Return the table for a terminal: the figure that counts and what was varied."""
    lines = []
    for trial in ranked(trials, metric):
        told = f"{trial.figures[metric]:.4f}" if trial.figures else f"failed: {trial.failed}"
        varied = ", ".join(f"{key}={value}" for key, value in trial.settings.items())
        lines.append(f"trial {trial.number:3}  {metric} {told}  {varied}")
    return "\n".join(lines)


def _beats(trial: Trial, other: Trial, metric: str) -> bool:
    if not trial.figures or not other.figures:
        return bool(trial.figures) and not other.figures
    return better(metric, trial.figures[metric], other.figures[metric])
