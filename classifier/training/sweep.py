"""Many short trainings with settings drawn from a space; the best by one named figure."""

import json
from pathlib import Path

from classifier.errors import RegistryUnavailable
from classifier.registry import WandbSettings
from classifier.training.config_file import ConfigError, to_yaml
from classifier.training.learning import check_network
from classifier.training.preparation import prepared
from classifier.training.progress import Progress, part, silent
from classifier.training.sweep_results import TABLE, Trial, ranked, write_table
from classifier.training.sweep_space import with_settings
from classifier.training.sweep_trials import Sweep, Trials
from classifier.training.sweep_wandb import wandb_search

SWEEP, BEST = "sweep.json", "best.yaml"


def run_sweep(
    sweep: Sweep,
    manifest: Path,
    out: Path,
    *,
    count: int,
    wandb: WandbSettings | None = None,
    progress: Progress = silent,
) -> list[Trial]:
    """Try ``count`` settings and return what they came to, the best first.

    Each trial has a folder in ``out`` with its record; ``results.csv`` is the table and
    ``best.yaml`` the config to train with. What is finished in ``out`` is not tried again. W&B
    chooses the settings where it is configured and answers. Raises ConfigError, ManifestError.
    """
    check_network(sweep.base)
    out.mkdir(parents=True, exist_ok=True)
    _begin_or_go_on(sweep, out)
    dataset, _ = prepared(manifest, sweep.base, out)
    trials = Trials(sweep, dataset, out)
    if wandb is not None:
        try:
            wandb_search(trials, count, wandb, progress)
        except RegistryUnavailable as error:
            progress(0.0, f"{error.message} Settings are drawn here from now on.")
    random_search(trials, count, progress)
    return _conclude(trials)


def random_search(trials: Trials, count: int, progress: Progress) -> None:
    """Draw settings until ``count`` trials are finished."""
    number = 0
    while len(done := trials.finished()) < count:
        if number not in done:
            share = len(done) / count
            told = part(progress, share, share + 1 / count)
            trials.run(number, trials.sweep.settings(number), told)
        number += 1


def _conclude(trials: Trials) -> list[Trial]:
    sweep = trials.sweep
    order = ranked(list(trials.finished().values()), sweep.metric)
    write_table(trials.out / TABLE, order, sweep.metric)
    if order and order[0].figures:
        best = with_settings(sweep.base, order[0].settings)
        (trials.out / BEST).write_text(to_yaml(best.to_dict()), encoding="utf-8")
    return order


def _begin_or_go_on(sweep: Sweep, out: Path) -> None:
    """Raise ConfigError where ``out`` holds another sweep."""
    path, wanted = out / SWEEP, json.loads(json.dumps(sweep.identity()))
    if not path.is_file():
        path.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        return
    started = json.loads(path.read_text(encoding="utf-8"))
    if changed := [key for key, value in wanted.items() if started.get(key) != value]:
        raise ConfigError(
            f"{out} holds another sweep: {', '.join(changed)} differ. Choose another --out."
        )
