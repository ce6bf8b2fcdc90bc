"""The words that a generator was given, out of the different forms in which they are kept."""

import re
from typing import Any

MAX_SAMPLERS = 20  # of one graph that are followed back to their prompts

# The line after which a web UI's text is no prompt any more.
SETTINGS_BEGIN = re.compile(r"(?:^|\n)(?:Negative prompt:|Steps: \d)")


def before_settings(text: str) -> str:
    """The prompt that leads a web UI's text."""
    settings = SETTINGS_BEGIN.search(text)
    return text[: settings.start()] if settings else text


def named(settings: object, key: str) -> str:
    """The text under ``key``, also where it is the first of a list of prompts."""
    value = settings.get(key) if isinstance(settings, dict) else None
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0].get(key)
    return value if isinstance(value, str) else ""


def in_comfyui_graph(graph: dict[str, Any]) -> str:
    """The longest text that a node of a ComfyUI graph encodes, which is the prompt nearly always.

    The negative prompt is a text of the same kind, and the longer one of the two in old graphs;
    so what leads to the sampler's ``positive`` counts first.
    """
    links = [link for node in graph.values() if (link := _input(node, "positive"))]
    positive = [text for link in links[:MAX_SAMPLERS] for text in _texts(graph, link, depth=4)]
    encoded = [_input(node, "text") for node in graph.values() if _encodes(node)]
    candidates = positive or [text for text in encoded if isinstance(text, str)]
    return max(candidates, key=len, default="")


def _texts(graph: dict[str, Any], link: object, depth: int) -> list[str]:
    """The texts of the node that ``link`` (``[node, output]``) names, or of those before it."""
    node = graph.get(str(link[0])) if isinstance(link, list) and link else None
    if node is None or depth == 0:
        return []
    text = _input(node, "text")
    if isinstance(text, str):
        return [text]
    return [
        found
        for key in ("text", "conditioning", "positive")
        for found in _texts(graph, _input(node, key), depth - 1)
    ]


def _encodes(node: object) -> bool:
    return isinstance(node, dict) and "CLIPTextEncode" in str(node.get("class_type"))


def _input(node: object, key: str) -> Any:
    inputs = node.get("inputs") if isinstance(node, dict) else None
    return inputs.get(key) if isinstance(inputs, dict) else None
