"""What was measured of a version when it was made, by set of pictures. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

TIERS = {
    "clean": "as they came",
    "web": "as the web passes them on",
    "hard": "badly degraded on their way",
}


def measured(metrics: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The key, the title and the figures of each set of pictures, the most telling first."""
    if "gold" in metrics:
        title = f"On {metrics['gold']['n']} pictures that no version learned from"
        yield "gold", title, metrics["gold"]
    tests = metrics.get("test", {})
    for tier in (tier for tier in TIERS if isinstance(tests.get(tier), dict)):
        yield tier, f"On {tests[tier]['n']} test pictures, {TIERS[tier]}", tests[tier]


def figures_by_set(metrics: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The figures alone, by the key of the set; without ``groups``, of which there are many."""
    return {
        key: {name: figures[name] for name in figures if name != "groups"}
        for key, _, figures in measured(metrics)
    }
