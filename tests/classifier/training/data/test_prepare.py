"""From files to a data set that may be learned from, with a report that says what was found."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from classifier.training.augmentation import Degradation
from classifier.training.data.care import Care
from classifier.training.data.entry import ManifestError
from classifier.training.data.prepare import Dataset, prepare
from classifier.training.data.report import save_report, to_markdown
from classifier.training.data.summary import Crops
from classifier.training.manifest import read_entries
from classifier.vocabulary import Label
from tests.classifier.training.data.pictures import class_folders, saved, scene

CROPS = Crops(training=64, serving=96)
HOW = Degradation()


def files(first: int, count: int, write: Callable[[int], bytes]) -> list[bytes]:
    return [write(seed) for seed in range(first, first + count)]


def jpeg(seed: int) -> bytes:
    return saved(scene(seed), "JPEG", quality=90)


def png(seed: int) -> bytes:
    return saved(scene(seed), "PNG")


@pytest.fixture
def even(tmp_path: Path) -> Path:
    """Twenty JPEG files of each class, alike in everything but what they show."""
    return class_folders(tmp_path / "even", files(0, 20, jpeg), files(100, 20, jpeg))


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """AI pictures are PNG files, human ones JPEG."""
    return class_folders(tmp_path / "uneven", files(0, 20, png), files(100, 20, jpeg))


def prepared(folder: Path, **care: Any) -> Dataset:
    return prepare(read_entries(folder), care=Care(**care), crops=CROPS, how=HOW)


def test_even_data_are_left_as_they_are(even: Path) -> None:
    dataset = prepared(even)
    assert len(dataset.entries) == 40
    assert list(dataset.entries) == read_entries(even)
    assert not dataset.bias.tells
    assert dataset.bias.after is None
    assert dataset.bias.degradation(HOW) == HOW


def test_uneven_containers_are_evened_out_and_both_figures_said(uneven: Path) -> None:
    dataset = prepared(uneven, on_bias="normalise")
    bias = dataset.bias
    assert bias.found is not None
    assert bias.after is not None
    assert (bias.found.balanced_accuracy.value, bias.found.tells) == (1.0, True)
    assert (bias.after.balanced_accuracy.value, bias.after.tells) == (0.5, False)
    assert bias.degradation(HOW) == replace(HOW, compress=1.0)
    text = to_markdown(dataset)
    assert "give the label away (100%, by container (100%)" in text
    assert "each compressed once more, both classes alike: 50% of the guesses" in text


def test_sizes_alone_need_no_compression_because_crops_have_none(tmp_path: Path) -> None:
    small = [saved(scene(n, width=128, height=128), "JPEG", quality=90) for n in range(20)]
    folder = class_folders(tmp_path / "sizes", small, files(100, 20, jpeg))
    bias = prepared(folder).bias
    assert bias.found is not None
    assert bias.found.alone["size"] == 1.0
    assert bias.normalises
    assert bias.degradation(HOW) == HOW
    assert bias.after is not None
    assert bias.after.balanced_accuracy.value == 0.5


def test_it_can_stop_instead(uneven: Path) -> None:
    with pytest.raises(ManifestError, match=r"100% of the guesses are right, and 55% is") as error:
        prepared(uneven, on_bias="stop")
    assert error.value.code == "biased"


def test_ignoring_it_is_said_loudly(uneven: Path) -> None:
    dataset = prepared(uneven, on_bias="ignore")
    assert dataset.bias.degradation(HOW) == HOW
    assert "WARNING: this was ignored, as asked." in to_markdown(dataset)


def test_pictures_smaller_than_a_crop_are_counted_by_class(tmp_path: Path) -> None:
    small = [saved(scene(n, width=90, height=60), "JPEG") for n in range(3)]
    middle = [saved(scene(n, width=90, height=80), "JPEG") for n in range(10, 11)]
    folder = class_folders(tmp_path / "p", [*small, *middle], files(100, 4, jpeg))
    human, ai = prepared(folder).bias.classes
    assert (human.label, human.mirrored, human.mirrored_serving) == (Label.HUMAN, 0.0, 0.0)
    assert (ai.label, ai.mirrored, ai.mirrored_serving) == (Label.AI, 0.75, 1.0)


def test_a_broken_picture_is_left_out_and_named(even: Path) -> None:
    (even / "ai" / "000.png").write_bytes(jpeg(0)[:-200])
    (even / "ai" / "001.png").write_bytes(b"GIF89a")
    (even / "human" / "000.png").unlink()
    entries = read_entries(even)
    (even / "human" / "001.png").unlink()
    dataset = prepare(entries, crops=CROPS, how=HOW)
    assert len(dataset.entries) == 36
    assert [(out.entry.path.name, out.code) for out in dataset.left_out] == [
        ("000.png", "corrupt_picture"),
        ("001.png", "unsupported_type"),
        ("001.png", "unreadable"),
    ]
    assert "3 files were left out (1 corrupt_picture, 1 unreadable" in to_markdown(dataset)


def test_strictly_a_broken_picture_stops_everything(even: Path) -> None:
    (even / "ai" / "000.png").write_bytes(b"")
    with pytest.raises(ManifestError, match=r"ai/000.png cannot be used: This file is empty."):
        prepared(even, strict=True)


def test_nothing_that_can_be_read_is_an_error(tmp_path: Path) -> None:
    folder = class_folders(tmp_path / "broken", [b"x"], [b"y"])
    with pytest.raises(ManifestError, match="None of the pictures can be read"):
        prepared(folder)


def test_copies_in_a_folder_end_in_one_split(even: Path) -> None:
    for quality in range(30, 80, 5):
        again = saved(scene(3), "JPEG", quality=quality)
        (even / "ai" / f"again-{quality}.jpg").write_bytes(again)
    (even / "ai" / "same.jpg").write_bytes(jpeg(3))
    before = {e.split for e in read_entries(even) if "again" in e.path.name}
    dataset = prepared(even)
    ai = [entry for entry in dataset.entries if entry.label is Label.AI]
    family = [e for e in ai if "again" in e.path.name or e.path.name == "003.png"]
    assert len(before) > 1
    assert len(family) == 11
    assert len({entry.split for entry in family}) == 1
    assert [seen.entry.path.name for seen in dataset.apart.dropped] == ["same.jpg"]


def test_the_digest_knows_pictures_labels_and_splits_but_no_names(even: Path) -> None:
    entries = read_entries(even)
    digest = prepare(entries, crops=CROPS, how=HOW).digest
    (even / "ai" / "000.png").rename(even / "ai" / "renamed.png")
    moved = replace(entries[0], path=even / "ai" / "renamed.png")
    assert entries[0].path.name == "000.png"
    assert prepare([*entries[1:], moved], crops=CROPS, how=HOW).digest == digest
    other = replace(moved, split="test" if moved.split != "test" else "val")
    assert prepare([*entries[1:], other], crops=CROPS, how=HOW).digest != digest


def test_the_report_is_kept_as_json_and_markdown(uneven: Path, tmp_path: Path) -> None:
    dataset = prepared(uneven)
    save_report(dataset, tmp_path)
    content = json.loads((tmp_path / "dataset.json").read_text())
    assert content["digest"] == dataset.digest
    assert sum(sum(split.values()) for split in content["pictures"].values()) == 40
    assert content["bias"]["probe"]["balanced_accuracy"]["value"] == 1.0
    assert content["bias"]["probe_after"]["balanced_accuracy"]["value"] == 0.5
    human, ai = content["bias"]["classes"]
    assert (human["containers"], ai["containers"]) == ({"JPEG": 1.0}, {"PNG": 1.0})
    assert human["quality"] == [90.0, 90.0, 90.0]
    assert (tmp_path / "dataset.md").read_text() == to_markdown(dataset)


def test_the_command_reports_and_writes_a_manifest_with_its_splits(
    uneven: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = tmp_path / "frozen.csv"
    arguments = ["--manifest", str(uneven), "--output", str(tmp_path / "out")]
    call_command("dataset", "report", *arguments, "--write-manifest", str(manifest))
    said = capsys.readouterr().out
    assert said.startswith("# What is in the data")
    assert (tmp_path / "out" / "dataset.md").read_text() == said
    assert [(e.path.resolve(), e.split) for e in read_entries(manifest)] == [
        (e.path.resolve(), e.split) for e in read_entries(uneven)
    ]


def test_the_command_says_what_is_wrong_and_writes_nothing(uneven: Path, tmp_path: Path) -> None:
    arguments = ["--manifest", str(uneven), "--output", str(tmp_path / "out")]
    with pytest.raises(CommandError, match="can be guessed from the files alone"):
        call_command("dataset", "report", *arguments, "--on-bias", "stop")
    (uneven / "human" / "copy.png").write_bytes(png(0))
    with pytest.raises(CommandError, match="the same picture, byte for byte"):
        call_command("dataset", "report", *arguments)
    assert not (tmp_path / "out").exists()
