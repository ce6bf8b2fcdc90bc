"""Programs that generate pictures and say so in the texts that they write into the file."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from classifier.detector.provenance.prompts import before_settings, in_comfyui_graph, named

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Generated:
    """``field`` names the text in which ``generator`` was recognised."""

    generator: str
    field: str
    prompt: str = ""


def generators_in(texts: Texts) -> list[Generated]:
    """Every program that the texts give away, once; a text belongs to the first that knows it.

    ``texts`` are those of PNG chunks by their keyword, and fields as ``EXIF Software``.
    """
    found: list[Generated] = []
    for recognise in RECOGNISERS:
        mark = recognise(texts)
        if mark and not any(mark.field == o.field or mark.generator == o.generator for o in found):
            found.append(mark)
    return found


# "Steps: 20, Sampler: Euler a, …" closes the settings of the web UI and of all that learned its
# form: Forge, SD.Next, Fooocus and many sites.
WEB_UI_SETTINGS = re.compile(r"(?:^|\n)Steps: \d{1,5}, [A-Z]")
MIDJOURNEY_JOB = re.compile(r"Job ID: [0-9a-f]{8}-[0-9a-f-]{27}")
INVOKEAI_COMMAND = re.compile(r'"(.{0,5000}?)" -s ?\d')
# Names that programs give as the maker of the file; each is a generator and nothing else.
MAKERS = re.compile(
    r"\b(Adobe Firefly|ComfyUI|DALL[-·.]?E|Draw Things|DreamStudio|Fooocus|Ideogram|InvokeAI|"
    r"Leonardo\.?AI|Midjourney|NovelAI|Stable Diffusion)\b",
    re.IGNORECASE,
)
FOOOCUS_SCHEMES = ("fooocus", "a1111")
MAKER_FIELDS = ("Software", "EXIF Software", "XMP CreatorTool")
SETTINGS_FIELDS = ("parameters", "EXIF UserComment", "EXIF ImageDescription")
# ComfyUI writes WebP files without text chunks, and borrows the camera's fields.
GRAPH_NAME = re.compile(r"\A(?:prompt|workflow):", re.IGNORECASE)
GRAPH_FIELDS = ("prompt", "workflow", "EXIF Make", "EXIF Model", "EXIF UserComment")


def _fooocus(texts: Texts) -> Generated | None:
    by_chunks = texts.get("fooocus_scheme") in FOOOCUS_SCHEMES
    by_exif = texts.get("EXIF MakerNote") in FOOOCUS_SCHEMES
    if not (by_chunks or by_exif):
        return None
    field = "parameters" if by_chunks else "EXIF UserComment"
    written = texts.get(field, "")
    return Generated(
        "Fooocus", field, named(_object(written), "prompt") or before_settings(written)
    )


def _swarmui(texts: Texts) -> Generated | None:
    for field in SETTINGS_FIELDS:
        settings = _object(texts.get(field, "")).get("sui_image_params")
        if isinstance(settings, dict):
            return Generated("SwarmUI", field, named(settings, "prompt"))
    return None


def _invokeai(texts: Texts) -> Generated | None:
    if settings := _object(texts.get("invokeai_metadata", "")):
        prompt = named(settings, "positive_prompt")
        return Generated("InvokeAI", "invokeai_metadata", prompt)
    if settings := _object(texts.get("sd-metadata", "")):
        return Generated("InvokeAI", "sd-metadata", named(settings.get("image"), "prompt"))
    if command := INVOKEAI_COMMAND.match(texts.get("Dream", "")):
        return Generated("InvokeAI", "Dream", command[1])
    return None


def _novelai(texts: Texts) -> Generated | None:
    if texts.get("Software") != "NovelAI":
        return None
    prompt = texts.get("Description") or named(_object(texts.get("Comment", "")), "prompt")
    return Generated("NovelAI", "Software", prompt)


def _comfyui(texts: Texts) -> Generated | None:
    """Two forms: the graph that ran, with its prompt, and the one that the page draws."""
    graphs = {field: _object(GRAPH_NAME.sub("", texts.get(field, ""))) for field in GRAPH_FIELDS}
    for field, graph in graphs.items():
        if _is_graph_that_ran(graph):
            return Generated("ComfyUI", field, in_comfyui_graph(graph))
    for field, graph in graphs.items():
        if isinstance(graph.get("nodes"), list) and "links" in graph:
            return Generated("ComfyUI", field)
    return None


def _is_graph_that_ran(graph: dict[str, Any]) -> bool:
    return any(
        isinstance(node, dict) and "class_type" in node and "inputs" in node
        for node in graph.values()
    )


def _web_ui(texts: Texts) -> Generated | None:
    for field in SETTINGS_FIELDS:
        if WEB_UI_SETTINGS.search(texts.get(field, "")):
            prompt = before_settings(texts[field])
            return Generated("Stable Diffusion web UI", field, prompt)
    return None


def _midjourney(texts: Texts) -> Generated | None:
    for field in ("Description", "EXIF ImageDescription"):
        if job := MIDJOURNEY_JOB.search(texts.get(field, "")):
            return Generated("Midjourney", field, texts[field][: job.start()])
    return None


def _maker(texts: Texts) -> Generated | None:
    for field in MAKER_FIELDS:
        if name := MAKERS.search(texts.get(field, "")[:1000]):
            return Generated(name[0], field)
    return None


RECOGNISERS: tuple[Callable[[Texts], Generated | None], ...] = (
    _fooocus,
    _swarmui,
    _invokeai,
    _novelai,
    _comfyui,
    _web_ui,
    _midjourney,
    _maker,
)


def _object(text: str) -> dict[str, Any]:
    """The JSON object that the text is; empty where it is none."""
    if text.lstrip()[:1] != "{":
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
