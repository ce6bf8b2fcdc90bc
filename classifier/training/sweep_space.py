"""What a sweep may vary, written in YAML."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from classifier.training.config import TrainingConfig
from classifier.training.config_file import ConfigError, make_config, put, read_mapping

KINDS = ("choice", "uniform", "log_uniform", "int_uniform")


@dataclass(frozen=True)
class Range:
    """What one setting may be: one of ``values`` for a choice, else between the two of them."""

    kind: str
    values: tuple[Any, ...]

    def draw(self, rng: np.random.Generator) -> Any:
        """Return one value, as plain Python."""
        if self.kind == "choice":
            return self.values[int(rng.integers(len(self.values)))]
        low, high = self.values
        if self.kind == "int_uniform":
            return int(rng.integers(low, high + 1))
        if self.kind == "log_uniform":
            return float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.6g}")
        return float(f"{rng.uniform(low, high):.6g}")

    def for_wandb(self) -> dict[str, Any]:
        """The same in the words of a W&B sweep."""
        if self.kind == "choice":
            return {"values": list(self.values)}
        distribution = {"log_uniform": "log_uniform_values"}.get(self.kind, self.kind)
        low, high = self.values
        return {"distribution": distribution, "min": low, "max": high}


Space = Mapping[str, Range]


def read_space(path: Path, base: TrainingConfig) -> dict[str, Range]:
    """Read ``setting: {kind: [values]}``, such as ``learning_rate: {log_uniform: [1e-4, 1e-2]}``.

    A plain list is a choice. Raises ConfigError where a setting is unknown or an end of its range
    cannot be used.
    """
    space = {str(key): _range(str(key), said) for key, said in read_mapping(path).items()}
    if not space:
        raise ConfigError(f"{path} names no setting to vary.")
    return {key: _checked(choice, key, base) for key, choice in space.items()}


def _checked(choice: Range, key: str, base: TrainingConfig) -> Range:
    """Return the range with its values as the config reads them. Raises ConfigError."""
    configs = [with_settings(base, {key: value}) for value in choice.values]
    return Range(choice.kind, tuple(attrgetter(key)(config) for config in configs))


def with_settings(base: TrainingConfig, settings: Mapping[str, Any]) -> TrainingConfig:
    """Lay dotted settings over a config. Raises ConfigError."""
    values = base.to_dict()
    for key, value in settings.items():
        put(values, key, value)
    return make_config(values)


def _range(key: str, said: Any) -> Range:
    if isinstance(said, list):
        said = {"choice": said}
    if not isinstance(said, Mapping) or len(said) != 1 or next(iter(said)) not in KINDS:
        kinds = ", ".join(KINDS)
        raise ConfigError(f"`{key}` needs one of {kinds} with a list, such as choice: [16, 32].")
    kind, values = next(iter(said.items()))
    if not isinstance(values, list) or not values:
        raise ConfigError(f"`{key}`: {kind} needs a list of values.")
    if kind != "choice":
        values = _ends(key, kind, values)
    return Range(kind, tuple(values))


def _ends(key: str, kind: str, values: list[Any]) -> list[Any]:
    try:
        # YAML reads 1e-4 as a text, because a point is missing.
        ends = [int(value) if kind == "int_uniform" else float(value) for value in values]
        low, high = ends
    except (TypeError, ValueError) as error:
        raise ConfigError(f"`{key}`: {kind} needs two numbers, not {values}.") from error
    if low >= high or (kind == "log_uniform" and low <= 0):
        raise ConfigError(f"`{key}`: {kind} needs a lower and a higher number, not {values}.")
    return ends
