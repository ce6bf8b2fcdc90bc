"""Many short trainings with settings drawn from a space; the best by one named figure."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from classifier.errors import RegistryUnavailable
from classifier.registry import Registry, WandbSettings
from classifier.registry.runs import OWN_SWEEP, begin_run, read_run
from classifier.training.config_file import ConfigError, to_yaml
from classifier.training.learning import RECORD, check_network
from classifier.training.preparation import prepared
from classifier.training.progress import Progress, part, silent
from classifier.training.sweep_results import TABLE, Trial, ranked, trial_folder, write_table
from classifier.training.sweep_space import with_settings
from classifier.training.sweep_trials import BUNDLE, Sweep, Trials
from classifier.training.sweep_wandb import SWEEP_ID, wandb_search

SWEEP, BEST, OWN_ID = "sweep.json", "best.yaml", "local-sweep-id"


def run_sweep(
    sweep: Sweep,
    manifest: Path,
    out: Path,
    *,
    count: int,
    wandb: WandbSettings | None = None,
    registry: Registry | None = None,
    progress: Progress = silent,
) -> list[Trial]:
    """Try ``count`` settings and return what they came to, the best first.

    Each trial has a folder in ``out`` with its record; ``results.csv`` is the table and
    ``best.yaml`` the config to train with. What is finished in ``out`` is not tried again. W&B
    chooses the settings where it is configured and answers. With a ``registry`` the best trials
    make bundles, and all of them are kept there as the runs of one sweep; see :func:`sweep_id`.
    Raises ConfigError, ManifestError.
    """
    check_network(sweep.base)
    out.mkdir(parents=True, exist_ok=True)
    _begin_or_go_on(sweep, out)
    dataset, _ = prepared(manifest, sweep.base, out)
    trials = Trials(sweep, dataset, out, manifest if registry else None)
    if wandb is not None:
        try:
            wandb_search(trials, count, wandb, progress)
        except RegistryUnavailable as error:
            progress(0.0, f"{error.message} Settings are drawn here from now on.")
    random_search(trials, count, progress)
    if registry is not None:
        keep_runs(trials, registry)
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


def sweep_id(out: Path) -> str:
    """The name of the sweep in both registries: the one that W&B gave it, or one of our own."""
    if (out / SWEEP_ID).is_file():
        return (out / SWEEP_ID).read_text().strip()
    own = out / OWN_ID
    if not own.is_file():
        own.write_text(f"{OWN_SWEEP}{uuid4().hex[:8]}\n")
    return own.read_text().strip()


def keep_runs(trials: Trials, registry: Registry) -> None:
    """Put the bundles into the registry and keep the record of every trial that came to one."""
    for number in sorted(n for n, trial in trials.finished().items() if trial.figures):
        folder = trial_folder(trials.out, number)
        record, bundle = folder / RECORD, folder / BUNDLE
        begin_run(record, replace(read_run(record), sweep=sweep_id(trials.out)))
        if bundle.is_dir():
            registry.put(bundle, run=record)
        else:
            registry.log_run(record)


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
