import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command
from PIL import Image

from classifier.training.aligned import with_reconstructions
from classifier.training.autoencoder import (
    Autoencoder,
    AutoencoderUnusable,
    load_autoencoder,
    reconstruct,
)
from classifier.training.checkpoint import save_weights
from classifier.training.config import TrainingConfig
from classifier.training.dataset import load_pictures
from classifier.training.drawing import plan_epoch
from classifier.training.manifest import Entry, ManifestError, read_entries
from classifier.training.reconstruct import choose_tile, make_reconstructions
from classifier.vocabulary import Label
from tests.classifier.toy import make_toy_pictures
from tests.requirements import lab_autoencoder

TILE = 80


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An autoencoder that has learned nothing, of the real shape."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("autoencoder") / "weights.safetensors"
    save_weights(path, dict(Autoencoder().half().state_dict()))
    return path


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    return read_entries(make_toy_pictures(tmp_path / "p", of_each=8))


def make(entries: list[Entry], weights: Path, out: Path) -> Path:
    return make_reconstructions(
        entries, weights, out, tile=TILE, threads=2, bfloat16=False, progress=lambda s, w: None
    )


def learning(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.split == "train"]


def test_a_picture_keeps_its_size_and_range_and_is_changed(weights: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    network = load_autoencoder(weights)
    back = reconstruct(network, pixels)
    assert back.shape == pixels.shape
    assert back.dtype == np.uint8
    assert not np.array_equal(back, pixels)
    assert np.array_equal(back, reconstruct(network, pixels)), "always the same"
    coarse = reconstruct(network, pixels, bfloat16=True)
    assert np.abs(coarse.astype(int) - back).mean() < 3


def test_other_weights_are_refused(tmp_path: Path) -> None:
    save_weights(tmp_path / "other.safetensors", {"weight": torch.zeros(1)})
    (tmp_path / "none.safetensors").write_bytes(b"nothing")
    for name in ("other", "none", "not there"):
        with pytest.raises(AutoencoderUnusable, match="does not hold the autoencoder"):
            load_autoencoder(tmp_path / f"{name}.safetensors")


@pytest.mark.lab
def test_the_lab_autoencoder_gives_back_what_it_was_shown() -> None:
    """It has learned: a smooth picture comes back within a few steps of 255."""
    slope = np.linspace(40, 210, 128)[:, None, None]
    pixels = np.broadcast_to(slope, (128, 128, 3)).astype(np.uint8)
    back = reconstruct(load_autoencoder(lab_autoencoder()), pixels)
    assert np.abs(back.astype(int) - pixels).mean() < 4


def test_only_human_training_pictures_are_reconstructed_and_keep_split_and_group(
    entries: list[Entry], weights: Path, tmp_path: Path
) -> None:
    table = make(entries, weights, tmp_path / "made")
    parents = [entry for entry in learning(entries) if entry.label is Label.HUMAN]
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["group"] for row in rows] == [entry.group for entry in parents]
    assert {(row["label"], row["split"], row["generator"]) for row in rows} == {
        ("ai", "train", "reconstruction")
    }
    for row in rows:
        image = Image.open(table.parent / row["path"])
        assert (image.format, image.size) == ("PNG", (TILE, TILE))
    listed = read_entries(table)
    assert {entry.label for entry in listed} == {Label.AI}

    before = {path: path.stat().st_mtime_ns for path in table.parent.glob("*.png")}
    assert make(entries, weights, tmp_path / "made") == table
    assert {path: path.stat().st_mtime_ns for path in table.parent.glob("*.png")} == before


def test_a_tile_is_the_same_every_time_and_has_sides_of_eights() -> None:
    pixels = np.zeros((201, 300, 3), np.uint8)
    tile = choose_tile(pixels, 160, "a" * 64)
    assert tile is not None
    assert (tile.height, tile.width) == (160, 160)
    assert tile == choose_tile(pixels, 160, "a" * 64) != choose_tile(pixels, 160, "b" * 64)
    assert tile.of(pixels).shape == (160, 160, 3)
    wide = choose_tile(pixels, 1000, "a" * 64)
    assert wide is not None
    assert (wide.height, wide.width) == (200, 296)
    assert choose_tile(pixels[:63], 160, "a" * 64) is None


def test_each_reconstruction_is_paired_with_its_own_piece(
    entries: list[Entry], weights: Path, tmp_path: Path
) -> None:
    folder = make(entries, weights, tmp_path / "made").parent
    alone = load_pictures(learning(entries))
    pictures = with_reconstructions(alone, folder)
    humans = [row for row, e in enumerate(alone.entries) if e.label is Label.HUMAN]
    assert len(pictures.partners) == len(humans)
    network = load_autoencoder(weights)
    for fake, partner in pictures.partners.items():
        assert pictures.entries[fake].label is Label.AI
        assert pictures.entries[fake].generator == "reconstruction"
        assert pictures.entries[partner].label is Label.HUMAN
        assert pictures.entries[fake].group == pictures.entries[partner].group
        again = reconstruct(network, pictures.pixels[partner])
        assert np.array_equal(again, pictures.pixels[fake])
    config = TrainingConfig(batch=8, crop=32)
    rows = {draw.row for batch in plan_epoch(pictures, config, 0) for draw in batch}
    assert rows & set(pictures.partners)


def test_what_is_held_out_is_not_learned_from_by_way_of_its_reconstruction(
    entries: list[Entry], weights: Path, tmp_path: Path
) -> None:
    folder = make(entries, weights, tmp_path / "made").parent
    humans = [entry for entry in learning(entries) if entry.label is Label.HUMAN]
    ai = [entry for entry in learning(entries) if entry.label is Label.AI]
    without_one = with_reconstructions(load_pictures([*ai, *humans[1:]]), folder)
    groups = {without_one.entries[fake].group for fake in without_one.partners}
    assert groups == {entry.group for entry in humans[1:]}
    with pytest.raises(ManifestError, match="made from one that is learned from"):
        with_reconstructions(load_pictures(ai), folder)
    with pytest.raises(ManifestError, match=r"manifest\.csv cannot be read"):
        with_reconstructions(load_pictures(ai), tmp_path)


def test_the_command_makes_them_and_says_what_is_wrong(
    entries: list[Entry], weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"manifest": tmp_path / "p", "out": tmp_path / "made", "tile": TILE}
    call_command("reconstruct", autoencoder=weights, **options)
    humans = [e for e in learning(entries) if e.label is Label.HUMAN]
    assert f"reconstructed {len(humans)} of {len(humans)}" in capsys.readouterr().out
    assert len(list((tmp_path / "made").glob("*.png"))) == len(humans)
    with pytest.raises(CommandError, match="does not hold the autoencoder"):
        call_command("reconstruct", autoencoder=tmp_path / "none", **options)


def test_nothing_to_reconstruct_is_said(entries: list[Entry], weights: Path) -> None:
    held_out = [replace(entry, split="val") for entry in entries]
    with pytest.raises(ManifestError, match="no human picture in the split train"):
        make(held_out, weights, Path("unused"))
