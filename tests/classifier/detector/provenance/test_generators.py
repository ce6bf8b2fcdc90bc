"""Programs that generate pictures, known by the texts that each of them writes."""

import json

import pytest

from classifier.detector.provenance import Clue, Kind, Says, read_provenance
from tests.classifier.detector.provenance.files import (
    compressed_text,
    international_text,
    png,
    png_with_xmp,
    text,
    user_comment,
    with_exif,
    xmp,
)

WEB_UI = (
    "a red fox, snow\nNegative prompt: blurry\n"
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model: sd15"
)
GRAPH = json.dumps(
    {
        "1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0], "negative": ["3", 0]}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red fox"}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry, ugly, wrong hands"}},
    }
)
WORKFLOW = json.dumps({"last_node_id": 3, "nodes": [{"type": "KSampler"}], "links": []})
JOB = "a red fox --v 6 Job ID: 826ac0a7-c9b9-4eda-b2cb-ef7dd4bc8ee3"
NOVELAI = json.dumps({"prompt": "a red fox", "steps": 28})
WEBP_CAMERA = {0x0110: f"prompt:{GRAPH}", 0x010F: f"workflow:{WORKFLOW}"}


def declared(tool: str, where: str, prompt: str) -> Clue:
    return Clue(
        kind=Kind.GENERATOR,
        says=Says.AI,
        tool=tool,
        where=where,
        verified=False,
        sentence=f"The file names {tool}, a program that generates pictures, as its maker. "
        "Nobody has signed this.",
        prompt=prompt,
    )


@pytest.mark.parametrize(
    ("chunks", "tool", "field", "prompt"),
    [
        ([("parameters", WEB_UI)], "Stable Diffusion web UI", "parameters", "a red fox, snow"),
        ([("prompt", GRAPH), ("workflow", WORKFLOW)], "ComfyUI", "prompt", "a red fox"),
        ([("workflow", WORKFLOW)], "ComfyUI", "workflow", ""),
        (
            [("invokeai_metadata", json.dumps({"positive_prompt": "a red fox"}))],
            "InvokeAI",
            "invokeai_metadata",
            "a red fox",
        ),
        (
            [("sd-metadata", json.dumps({"image": {"prompt": [{"prompt": "a red fox"}]}}))],
            "InvokeAI",
            "sd-metadata",
            "a red fox",
        ),
        ([("Dream", '"a red fox" -s 30 -S 7 -W 512')], "InvokeAI", "Dream", "a red fox"),
        (
            [("Software", "NovelAI"), ("Source", "NovelAI Diffusion"), ("Comment", NOVELAI)],
            "NovelAI",
            "Software",
            "a red fox",
        ),
        (
            [("fooocus_scheme", "fooocus"), ("parameters", json.dumps({"prompt": "a red fox"}))],
            "Fooocus",
            "parameters",
            "a red fox",
        ),
        (
            [("fooocus_scheme", "a1111"), ("parameters", WEB_UI)],
            "Fooocus",
            "parameters",
            "a red fox, snow",
        ),
        (
            [("parameters", json.dumps({"sui_image_params": {"prompt": "a red fox"}}))],
            "SwarmUI",
            "parameters",
            "a red fox",
        ),
        (
            [("Author", "Jane Q. Photographer"), ("Description", JOB)],
            "Midjourney",
            "Description",
            "a red fox --v 6",
        ),
        ([("Software", "Adobe Firefly 3")], "Adobe Firefly", "Software", ""),
    ],
)
def test_each_program_is_known_by_its_png(
    chunks: list[tuple[str, str]], tool: str, field: str, prompt: str
) -> None:
    picture = png(*(text(keyword, words) for keyword, words in chunks))
    assert read_provenance(picture) == (declared(tool, f"PNG text “{field}”", prompt),)


@pytest.mark.parametrize("write", [text, compressed_text, international_text])
def test_each_kind_of_text_chunk_is_read(write) -> None:
    picture = png(write("parameters", WEB_UI))
    assert [clue.prompt for clue in read_provenance(picture)] == ["a red fox, snow"]


def test_a_compressed_international_text_is_read() -> None:
    picture = png(international_text("parameters", WEB_UI.replace("fox", "狐"), compress=True))
    assert [clue.prompt for clue in read_provenance(picture)] == ["a red 狐, snow"]


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize(
    ("first", "second", "tool", "field", "prompt"),
    [
        (
            {},
            {0x9286: user_comment(WEB_UI)},
            "Stable Diffusion web UI",
            "UserComment",
            "a red fox, snow",
        ),
        (
            {},
            {0x9286: b"ASCII\0\0\0" + WEB_UI.encode()},
            "Stable Diffusion web UI",
            "UserComment",
            "a red fox, snow",
        ),
        (
            {0x0131: "Fooocus v2.5.5"},
            {0x9286: user_comment('{"prompt": "a red fox"}'), 0x927C: b"fooocus\0"},
            "Fooocus",
            "UserComment",
            "a red fox",
        ),
        ({0x010E: JOB}, {}, "Midjourney", "ImageDescription", "a red fox --v 6"),
        ({0x0131: "Midjourney"}, {}, "Midjourney", "Software", ""),
        (WEBP_CAMERA, {}, "ComfyUI", "Model", "a red fox"),
    ],
)
def test_each_program_is_known_by_its_exif(first, second, tool, field, prompt, kind: str) -> None:
    picture = with_exif(first, second, kind)
    assert read_provenance(picture) == (declared(tool, f"EXIF {field}", prompt),)


def test_utf_16_in_the_other_byte_order_is_read() -> None:
    comment = b"UNICODE\0" + WEB_UI.encode("utf-16-le")
    assert [clue.prompt for clue in read_provenance(with_exif({}, {0x9286: comment}))] == [
        "a red fox, snow"
    ]


def test_the_creator_tool_of_xmp_counts() -> None:
    packet = xmp('<rdf:Description xmp:CreatorTool="Midjourney"/>')
    assert read_provenance(png_with_xmp(packet)) == (declared("Midjourney", "XMP CreatorTool", ""),)


def test_a_file_that_two_programs_wrote_has_two_clues() -> None:
    picture = png(text("prompt", GRAPH), text("parameters", WEB_UI))
    assert [clue.tool for clue in read_provenance(picture)] == [
        "ComfyUI",
        "Stable Diffusion web UI",
    ]


@pytest.mark.parametrize(
    ("keyword", "words"),
    [
        ("parameters", "exposure 1/125"),
        ("parameters", "Follow these Steps: 20, Sampler"),
        ("prompt", "{}"),
        ("prompt", '{"a": {"class_type": "only half of a node"}}'),
        ("prompt", "[1, 2"),
        ("workflow", '{"nodes": 3, "links": 4}'),
        ("Software", "Adobe Photoshop 26.1"),
        ("Software", "GIMP, with a story about midjourneys"),
        ("Description", "Job ID: 7"),
        ("Comment", "Made with Stable Diffusion"),
        ("Title", WEB_UI),
        ("Dream", "of electric sheep"),
        ("fooocus_scheme", "another"),
    ],
)
def test_other_texts_are_nobodys_mark(keyword: str, words: str) -> None:
    assert read_provenance(png(text(keyword, words))) == ()


def test_a_long_prompt_is_shortened_and_stays_on_one_line() -> None:
    hostile = "fox\u202e\x1b[31m\u0000\n" + "<script>" * 100
    picture = png(international_text("parameters", hostile + "\nSteps: 20, Sampler: Euler"))
    (clue,) = read_provenance(picture)
    assert len(clue.prompt) == 200
    assert clue.prompt.startswith("fox [31m <script><script>")
    assert clue.prompt.endswith("…")


def test_the_longest_text_serves_where_a_graph_does_not_say_which_is_the_prompt() -> None:
    graph = {
        "1": {"class_type": "CLIPTextEncode", "inputs": {"text": "fox"}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red fox"}},
        "3": {"class_type": "SaveImage", "inputs": {"text": "not encoded, and much longer"}},
    }
    (clue,) = read_provenance(png(text("prompt", json.dumps(graph))))
    assert clue.prompt == "a red fox"


def test_a_graph_that_leads_in_circles_comes_to_an_end() -> None:
    graph = {
        "1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0]}},
        "2": {"class_type": "Join", "inputs": {"conditioning": ["2", 0], "text": ["1", 0]}},
    }
    (clue,) = read_provenance(png(text("prompt", json.dumps(graph))))
    assert (clue.tool, clue.prompt) == ("ComfyUI", "")
