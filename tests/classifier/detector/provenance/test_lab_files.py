"""What real files say: from cameras, generators and services, as they left them."""

from pathlib import Path

import pytest

from classifier.detector.provenance import Kind, Says, read_provenance
from tests.requirements import require_lab_originals

Read = tuple[Kind, Says, bool, str, str, str, str]
BY_AI = "The content credentials say that the picture was made by generative AI"
FITS = "The signature fits the picture. Whether the signer is who the name says was not checked."
RUN_OUT = (
    "The signature is not valid: the signer's certificate has run out, and no time stamp shows "
    "that it was valid when it signed."
)
WRONG_KIND = (
    "The signature is not valid: the signer's certificate is not of the kind that C2PA asks for."
)
BOTTLE = (
    "a bottle with a pink and red galaxy inside it on top of a wooden table on a table in the "
    "middle of a modern kitchen"
)
FLUFFY = (
    "a man in glasses and a fluffy parka in a hallway --cref https://s.mj.run/BxnHDTQ40Nw --v 6.1"
)


def signed_by(signer: str, tool: str, standing: str) -> Read:
    where = f"C2PA manifest, signed by {signer}"
    return (
        Kind.CREDENTIALS,
        Says.AI,
        standing == FITS,
        tool,
        where,
        f"{BY_AI} ({tool}). {standing}",
        "",
    )


def written_by(tool: str, field: str, prompt: str) -> Read:
    sentence = (
        f"The file names {tool}, a program that generates pictures, as its maker. "
        "Nobody has signed this."
    )
    return Kind.GENERATOR, Says.AI, False, tool, f"PNG text “{field}”", sentence, prompt


def taken_with(camera: str, exposure: str) -> Read:
    where = "EXIF, Make, Model and exposure"
    sentence = (
        f"The file names a camera, {camera}, and its exposure ({exposure}). "
        "Anyone can write these fields."
    )
    return Kind.CAMERA, Says.HUMAN, False, camera, where, sentence, ""


IPTC: Read = (
    Kind.SOURCE_TYPE,
    Says.AI,
    False,
    "",
    "XMP, Iptc4xmpExt:DigitalSourceType",
    "The file says that the picture was made by generative AI. Nobody has signed this.",
    "",
)
EXPECTED: dict[str, list[Read]] = {
    "c2pa-dalle3-png-named.jpg": [signed_by("OpenAI", "DALL·E", FITS)],
    "c2pa-gpt-4o.png": [signed_by("OpenAI", "GPT-4o", RUN_OUT)],
    "c2pa-gpt-image-1.png": [
        signed_by("Microsoft Corporation", "Azure OpenAI ImageGen", WRONG_KIND)
    ],
    "comfyui-workflow-flux.png": [
        written_by("ComfyUI", "prompt", "a photograph of a shark in the sea")
    ],
    "comfyui-workflow-sd3.png": [written_by("ComfyUI", "prompt", BOTTLE)],
    "comfyui-workflow-sd35.png": [written_by("ComfyUI", "prompt", "")],
    "iptc-midjourney-v6.png": [IPTC, written_by("Midjourney", "Description", FLUFFY)],
    "exif-canon.jpg": [taken_with("Canon PowerShot S330", "1/10 s, f/4.7")],
    "exif-samsung.jpg": [taken_with("SAMSUNG GT-I9000", "1/13 s, f/2.64, ISO 100")],
    "exif-sony.jpg": [taken_with("SONY CYBERSHOT", "1/90 s, f/2.8, ISO 141")],
}


@pytest.fixture
def originals() -> Path:
    return require_lab_originals()


def read(path: Path) -> list[Read]:
    return [
        (clue.kind, clue.says, clue.verified, clue.tool, clue.where, clue.sentence, clue.prompt)
        for clue in read_provenance(path.read_bytes())
    ]


@pytest.mark.parametrize("name", EXPECTED)
def test_each_file_says_what_it_carries(originals: Path, name: str) -> None:
    assert read(originals / name) == EXPECTED[name]


def test_no_file_was_forgotten(originals: Path) -> None:
    assert {path.name for path in originals.iterdir()} - {"README.md"} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_bytes_behind_them_change_nothing(originals: Path, name: str) -> None:
    behind = (originals / "iptc-midjourney-v6.png").read_bytes()
    original = (originals / name).read_bytes()
    assert read_provenance(original + behind) == read_provenance(original)


def test_a_generators_file_behind_a_cameras_does_not_speak(originals: Path) -> None:
    camera = (originals / "exif-sony.jpg").read_bytes()
    for name in EXPECTED:
        clues = read_provenance(camera + (originals / name).read_bytes())
        assert [clue.says for clue in clues] == [Says.HUMAN]


def test_neither_names_nor_places_are_kept(originals: Path) -> None:
    """The Midjourney file names its author; the Samsung one says where it was taken."""
    everything = repr([read_provenance((originals / name).read_bytes()) for name in EXPECTED])
    assert "karnivore" not in everything
    assert "GPS" not in everything
