import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from classifier.detector.bundle import FILES, HEAD, MANIFEST, Bundle, read_bundle, write_bundle
from classifier.detector.decision import Thresholds
from classifier.detector.doubt import Doubt, Familiarity
from classifier.detector.preprocessing import Preprocessing
from classifier.errors import BundleCorrupt, BundleIncompatible
from classifier.training.card import model_card
from tests.classifier.synthetic import judge, make_bundle, replay


def change(path: Path, **changes: object) -> None:
    """Rewrite parts of bundle.json; a dot in a name goes one level down."""
    manifest = json.loads((path / MANIFEST).read_text())
    for key, value in changes.items():
        part, _, field = key.partition("__")
        if field:
            manifest[part][field] = value
        else:
            manifest[part] = value
    (path / MANIFEST).write_text(json.dumps(manifest))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written = make_bundle(tmp_path / "one")
    bundle = read_bundle(tmp_path / "one")
    assert bundle == written
    assert bundle.name == "one"
    assert bundle.digest == sha256((bundle.path / MANIFEST).read_bytes()).hexdigest()
    assert bundle.backbone_digest == sha256(bundle.backbone.read_bytes()).hexdigest()
    assert bundle.judge().head.weight.tolist() == judge().head.weight.tolist()
    assert (bundle.judge().calibration, bundle.judge().thresholds) == (
        judge().calibration,
        judge().thresholds,
    )


def test_the_replay_set_survives(tmp_path: Path) -> None:
    ours, theirs = replay(), make_bundle(tmp_path / "one").replay()
    assert np.array_equal(ours.embeddings, theirs.embeddings)
    for column in ("labels", "splits", "generators", "tiers"):
        assert getattr(ours, column) == getattr(theirs, column)


def test_what_was_measured_of_the_replay_set_survives(tmp_path: Path) -> None:
    measured = np.linspace(-3, 3, 1500).astype(np.float32)
    measured[::2] = np.nan
    ours = replace(replay(), left_out=measured, disagreements=measured + 1)
    theirs = make_bundle(tmp_path / "one", with_replay=ours).replay()
    assert np.array_equal(theirs.left_out, ours.left_out, equal_nan=True)
    assert np.array_equal(theirs.disagreements, ours.disagreements, equal_nan=True)
    assert np.array_equal(theirs.part("val").left_out, measured[500:1000], equal_nan=True)


def test_a_replay_set_in_which_nothing_was_measured_says_so(tmp_path: Path) -> None:
    theirs = make_bundle(tmp_path / "one").replay()
    assert np.isnan(theirs.left_out).all()
    assert len(theirs.left_out) == len(theirs.disagreements) == len(theirs)


def doubting_bundle(path: Path) -> Bundle:
    """The synthetic bundle with all doubts that there are."""
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=shape).astype(np.float32) for shape in ((16,), (4, 16), (7, 4))]
    doubt = Doubt(disagreement=1.25, distance=0.5, familiarity=Familiarity(*parts))
    source = make_bundle(path.parent / "source")
    return write_bundle(
        path,
        backbone=source.backbone,
        judge=replace(judge(), doubt=doubt, thresholds=Thresholds(0.2, 0.8, 0.01, 0.05)),
        preprocessing=Preprocessing(ranking="texture", least_side=64),
        replay=replay(),
        metrics={},
        lineage={},
        card=model_card,
    )


def test_doubts_promises_and_the_choice_of_crops_survive(tmp_path: Path) -> None:
    written = doubting_bundle(tmp_path / "one")
    read = read_bundle(tmp_path / "one")
    assert read == written
    assert (read.preprocessing.ranking, read.preprocessing.least_side) == ("texture", 64)
    assert read.thresholds == Thresholds(0.2, 0.8, 0.01, 0.05)
    doubt = read.judge().doubt
    assert (doubt.disagreement, doubt.distance) == (1.25, 0.5)
    assert doubt.familiarity is not None
    pictures = np.random.default_rng(1).normal(size=(5, 16)).astype(np.float32)
    assert written.judge().doubt.familiarity is not None
    assert doubt.familiarity.prototypes.shape == (7, 4)
    assert doubt.familiarity.distances(pictures).shape == (5,)


@pytest.mark.parametrize("part", ["middle", "axes", "prototypes"])
def test_doubts_with_a_part_missing_are_corrupt(tmp_path: Path, part: str) -> None:
    path = doubting_bundle(tmp_path / "one").path
    tensors = load_file(path / HEAD)
    del tensors[f"familiarity.{part}"]
    save_file(tensors, path / HEAD)
    with pytest.raises(BundleCorrupt, match="do not fit together"):
        read_bundle(path, verify=False).judge()


@pytest.mark.parametrize("doubts", [{"distance": None}, {"disagreement": -1}, {"mood": 3}])
def test_bounds_that_make_no_sense_are_corrupt(tmp_path: Path, doubts: dict[str, object]) -> None:
    path = doubting_bundle(tmp_path / "one").path
    change(path, doubts=doubts)
    with pytest.raises(BundleCorrupt, match="do not fit together"):
        read_bundle(path).judge()


def test_a_bundle_of_format_1_is_read_and_doubts_nothing(tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "one").path
    manifest = json.loads((path / MANIFEST).read_text())
    manifest["format"] = 1
    manifest["preprocessing"] = {"crop": 224, "max_crops": 5, "version": 1}
    del manifest["doubts"]
    (path / MANIFEST).write_text(json.dumps(manifest))

    bundle = read_bundle(path)

    assert bundle.judge().doubt == Doubt()
    assert bundle.judge().thresholds == judge().thresholds
    assert (bundle.preprocessing.ranking, bundle.preprocessing.version) == ("corners", 1)


def test_everybody_can_read_a_bundle(tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "one").path
    assert all((path / name).stat().st_mode & 0o444 == 0o444 for name in (*FILES, MANIFEST))


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_corrupt_even_when_not_verified(tmp_path: Path, name: str) -> None:
    path = make_bundle(tmp_path / "one").path
    (path / name).unlink()
    with pytest.raises(BundleCorrupt, match="is missing"):
        read_bundle(path, verify=False)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_corrupt(tmp_path: Path, name: str) -> None:
    path = make_bundle(tmp_path / "one").path
    with (path / name).open("ab") as file:
        file.write(b"!")
    with pytest.raises(BundleCorrupt, match="not the file that was written"):
        read_bundle(path)


def test_a_folder_without_a_description_is_corrupt(tmp_path: Path) -> None:
    with pytest.raises(BundleCorrupt):
        read_bundle(tmp_path / "nothing")
    (tmp_path / MANIFEST).write_text("[1]")
    with pytest.raises(BundleCorrupt):
        read_bundle(tmp_path)


def test_another_format_is_incompatible(tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "one").path
    change(path, format=3)
    with pytest.raises(BundleIncompatible, match="format 3"):
        read_bundle(path)


def test_another_preprocessing_is_incompatible(tmp_path: Path) -> None:
    path = make_bundle(tmp_path / "one").path
    change(path, preprocessing__version=99)
    with pytest.raises(BundleIncompatible, match="preprocessing 99"):
        read_bundle(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"positive_class": "human"},
        {"calibration__slope": -1.0},
        {"thresholds__ai": 0.1},
        {"files": {}},
    ],
)
def test_a_bundle_that_would_mislead_is_corrupt(tmp_path: Path, changes: dict[str, object]) -> None:
    path = make_bundle(tmp_path / "one").path
    change(path, **changes)
    with pytest.raises(BundleCorrupt):
        read_bundle(path)


def test_a_bundle_is_never_overwritten(tmp_path: Path) -> None:
    first = make_bundle(tmp_path / "one")
    with pytest.raises(FileExistsError):
        make_bundle(tmp_path / "one")
    assert read_bundle(first.path) == first


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    source = make_bundle(tmp_path / "source")
    home = tmp_path / "home"

    def no_card(_: object) -> str:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write_bundle(
            home / "one",
            backbone=source.backbone,
            judge=judge(),
            preprocessing=source.preprocessing,
            replay=replay(),
            metrics={},
            lineage={},
            card=no_card,
        )
    assert list(home.iterdir()) == []


def test_a_bundle_can_be_moved(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "one")
    shutil.copytree(bundle.path, tmp_path / "two")
    assert read_bundle(tmp_path / "two").digest == bundle.digest
