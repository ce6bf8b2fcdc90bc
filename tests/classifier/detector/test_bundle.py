import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from classifier.detector.bundle import FILES, MANIFEST, read_bundle, write_bundle
from classifier.errors import BundleCorrupt, BundleIncompatible
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
