"""The trials of one sweep: what is varied, and how one try is made and kept."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from classifier.detector.bundle import Bundle
from classifier.registry.runs import Run, begin_run
from classifier.training.config import TrainingConfig
from classifier.training.config_file import ConfigError
from classifier.training.data.prepare import Dataset
from classifier.training.fit import EPOCH_ACCURACY
from classifier.training.learning import RECORD, check_resumable, learn
from classifier.training.network import Network
from classifier.training.pipeline import make_bundle
from classifier.training.progress import Progress, silent
from classifier.training.record import Record, Several
from classifier.training.record_folder import FolderRecord, read_metrics
from classifier.training.sweep_results import Trial, finished_trials, save_trial, trial_folder
from classifier.training.sweep_space import Space, with_settings
from classifier.training.validation import better, falls

METRICS = (
    "val_auroc", "val_auroc_clean", "val_auroc_hard", "val_nll", "val_nll_clean", "val_nll_hard",
    EPOCH_ACCURACY,
)  # fmt: skip
BUNDLE = "bundle"
Settings = dict[str, Any]
OpenRecord = Callable[[Path], Record]


@dataclass(frozen=True)
class Sweep:
    """What is varied around which config, and by which figure the best is chosen."""

    base: TrainingConfig
    space: Space
    metric: str
    seed: int = 0

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            names = ", ".join(METRICS)
            raise ConfigError(f"`metric` must be one of {names}, not {self.metric!r}.")
        if self.base.devices != 1:
            raise ConfigError("A sweep trains on one device; leave `devices` at 1.")
        if not 0 < self.base.validation.every <= self.base.epochs:
            raise ConfigError("A sweep needs `validation.every` above 0 and within `epochs`.")

    def settings(self, number: int) -> Settings:
        """Draw the settings of one trial: always the same ones for its number."""
        rng = np.random.default_rng([self.seed, number])
        return {key: self.space[key].draw(rng) for key in sorted(self.space)}

    def identity(self) -> Settings:
        """What must stay the same where a sweep goes on."""
        space = {key: [choice.kind, *choice.values] for key, choice in sorted(self.space.items())}
        return {"base": self.base.recipe(), "space": space, "seed": self.seed}


@dataclass(frozen=True)
class Trials:
    """The tries of a sweep on one data set, each in a folder of its own in ``out``.

    Where ``manifest`` is given, which is what the data set was read from, a trial that is better
    than all before it makes a bundle: in the end the best one has one.
    """

    sweep: Sweep
    dataset: Dataset
    out: Path
    manifest: Path | None = None

    def finished(self) -> dict[int, Trial]:
        return finished_trials(self.out)

    def run(
        self,
        number: int,
        settings: Settings,
        progress: Progress,
        also: OpenRecord | None = None,
        who: Run | None = None,
    ) -> None:
        """Train once and keep what came of it; what cannot learn is a result, too.

        A trial that was interrupted goes on from its checkpoint. ``also`` opens a second home for
        the record, in which the run is known as ``who``.
        """
        folder, started = trial_folder(self.out, number), time.monotonic()
        folder.mkdir(exist_ok=True)
        begin_run(folder / RECORD, who or Run(f"trial {number}"))
        varied = ", ".join(f"{key}={value}" for key, value in settings.items())
        progress(0.0, f"trial {number}: {varied}")
        local = FolderRecord(folder / RECORD)
        record: Record = Several(local, also(folder / RECORD)) if also else local
        figures, failed = self._learned(folder, settings, record, progress)
        seconds = round(time.monotonic() - started, 1)
        save_trial(folder, Trial(number, settings, figures, seconds, failed))

    def _learned(
        self, folder: Path, settings: Settings, record: Record, progress: Progress
    ) -> tuple[dict[str, float], str]:
        """Return the figures that count, or why there are none."""
        finished = False
        try:
            config = self._config(settings)
            resume = _can_go_on(config, folder)
            entries = self.dataset.entries
            network = learn(
                entries, config, folder, resume=resume, progress=progress, record=record
            )
            figures = self._kept(read_metrics(folder / RECORD))
            record.summary(figures)
            if self.manifest and self._leads(figures):
                progress(1.0, "the best so far: making its bundle")
                record.model(self._make_bundle(network, self.manifest, config, folder / BUNDLE))
            finished = True
        except (FloatingPointError, ConfigError) as error:
            return {}, str(error)
        finally:
            record.close(finished=finished)
        return figures, ""

    def _leads(self, figures: Mapping[str, float]) -> bool:
        metric = self.sweep.metric
        others = [trial.figures for trial in self.finished().values() if trial.figures]
        return all(better(metric, figures[metric], other[metric]) for other in others)

    def _make_bundle(
        self, network: Network, manifest: Path, config: TrainingConfig, target: Path
    ) -> Bundle:
        """One that a trial which was interrupted has left is made anew."""
        shutil.rmtree(target, ignore_errors=True)
        return make_bundle(network, manifest, self.dataset, config, target, silent)

    def _config(self, settings: Settings) -> TrainingConfig:
        config = with_settings(self.sweep.base, settings)
        return replace(config, degradation=self.dataset.bias.degradation(config.degradation))

    def _kept(self, rows: Sequence[Settings]) -> dict[str, float]:
        """Return the figures of the weights that were kept: the last, or the best ones."""
        seen = [row for row in rows if self.sweep.metric in row]
        how = self.sweep.base.validation
        kept = seen[-1]
        if how.patience:
            choose = min if falls(how.metric) else max
            kept = choose(seen, key=lambda row: row[how.metric])
        return {
            key: value for key, value in kept.items() if key.startswith(("val_", EPOCH_ACCURACY))
        }


def _can_go_on(config: TrainingConfig, folder: Path) -> bool:
    """Whether what lies in the folder began with the same settings."""
    try:
        check_resumable(config, folder)
    except ConfigError:
        return False
    return True
