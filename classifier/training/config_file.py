"""A training config from YAML and from ``key=value``, checked against the dataclasses."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import yaml

from classifier.errors import AivhError
from classifier.training.config import TrainingConfig

T = TypeVar("T")
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


class ConfigError(AivhError):
    """A setting cannot be used; the message names it and says what is allowed."""

    code = "config_unusable"


def read_config(path: Path | None = None, changes: Iterable[str] = ()) -> TrainingConfig:
    """Read a YAML file and lay ``key=value`` changes over it. Raises ConfigError.

    A dot leads inwards (``degradation.blur=0.1``); what is not named keeps its default.
    """
    settings = _read_yaml(path) if path else {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"`{change}` is no change of a setting; write key=value.")
        put(settings, key.strip(), _parse(value, key))
    return make_config(settings)


def make_config(settings: Mapping[str, Any]) -> TrainingConfig:
    """Make the config that nested plain settings describe. Raises ConfigError."""
    return _make(TrainingConfig, settings, "")


def put(settings: dict[str, Any], key: str, value: object) -> None:
    """Set a dotted key in nested settings. Raises ConfigError where the way is no group."""
    *way, last = key.split(".")
    for step in way:
        settings = settings.setdefault(step, {})
        if not isinstance(settings, dict):
            raise ConfigError(f"`{step}` in `{key}` is a single setting, not a group of settings.")
    settings[last] = value


def to_yaml(settings: Mapping[str, Any]) -> str:
    """Write settings so that :func:`read_config` reads the same again."""
    return yaml.safe_dump(dict(settings), sort_keys=False)


def read_mapping(path: Path) -> dict[str, Any]:
    """Read a YAML file of names with values. Raises ConfigError."""
    return _read_yaml(path)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read as YAML: {error}") from error
    if not isinstance(found, dict | NoneType):
        raise ConfigError(f"{path} must hold names with values, such as `epochs: 18`.")
    return found or {}


def _parse(value: str, key: str) -> Any:
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"The value of `{key}` cannot be read: {value}") from error


def _make(kind: type[T], settings: Mapping[str, Any], inside: str) -> T:
    hints = get_type_hints(kind)
    allowed = [item.name for item in fields(kind) if item.init]  # type: ignore[arg-type]
    for name in settings:
        if name not in allowed:
            raise ConfigError(_unknown(inside + str(name), str(name), allowed))
    given = {
        name: _value(hints[name], value, f"{inside}{name}") for name, value in settings.items()
    }
    try:
        return kind(**given)
    except ValueError as error:
        where = f"In `{inside.rstrip('.')}`: " if inside else ""
        raise ConfigError(f"{where}{error}.") from error


def _unknown(key: str, name: str, allowed: list[str]) -> str:
    near = get_close_matches(name, allowed, 1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    return f"`{key}` is no setting.{hint} Allowed are: {', '.join(allowed)}."


def _value(wanted: Any, value: Any, key: str) -> Any:
    if isinstance(wanted, type) and is_dataclass(wanted):
        if not isinstance(value, Mapping):
            raise ConfigError(f"`{key}` is a group of settings, not {value!r}.")
        return _make(wanted, value, f"{key}.")
    if get_origin(wanted) is Literal:
        return _choice(get_args(wanted), value, key)
    if wanted is float:
        value = _number(value)
    if type(value) is not wanted or (wanted is float and not isfinite(value)):
        raise ConfigError(f"`{key}` must be {_WORDS[wanted]}, not {value!r}.")
    return value


def _choice(choices: tuple[Any, ...], value: Any, key: str) -> Any:
    if value not in choices:
        names = ", ".join(map(str, choices))
        raise ConfigError(f"`{key}` must be one of {names}, not {value!r}.")
    return value


def _number(value: Any) -> Any:
    """YAML reads 6e-4 as a text, because a point is missing; people mean the number."""
    if type(value) is int:
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value
