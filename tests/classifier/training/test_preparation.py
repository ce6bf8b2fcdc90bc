"""No training begins before the data were looked at, and the bundle says what was found."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from classifier.detector.bundle import read_bundle
from classifier.training.config import TrainingConfig
from classifier.training.data.care import Care, OnBias
from classifier.training.data.tables import write_csv
from classifier.training.manifest import ManifestError, usable_entries
from classifier.training.pipeline import train
from classifier.training.preparation import prepared
from tests.classifier.toy import TOY, make_toy_pictures
from tests.requirements import require_lab_data

QUICK = replace(TOY, epochs=0)


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """Toy pictures, those of AI as JPEG."""
    folder = make_toy_pictures(tmp_path / "pictures")
    for file in (folder / "ai").iterdir():
        with Image.open(BytesIO(file.read_bytes())) as image:
            image.save(file, "JPEG")
    return folder


def with_care(on_bias: OnBias) -> TrainingConfig:
    return replace(QUICK, data=Care(on_bias=on_bias))


def test_a_training_on_uneven_files_stops_before_it_learns(uneven: Path, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="without looking at a picture") as error:
        train(uneven, tmp_path / "run", with_care("stop"))
    assert error.value.code == "biased"
    assert list((tmp_path / "run").iterdir()) == []


def test_a_training_evens_out_and_its_bundle_says_so(uneven: Path, tmp_path: Path) -> None:
    said: list[str] = []
    bundle = train(
        uneven,
        tmp_path / "run",
        with_care("normalise"),
        progress=lambda _, words: said.append(words),
    )
    lineage = read_bundle(bundle.path).lineage
    assert lineage["config"]["degradation"]["compress"] == 1.0
    assert QUICK.degradation.compress < 1.0
    assert lineage["dataset"]["label guessed from the files alone"] == "100%"
    assert lineage["dataset"]["the same from the training crops"] == "50%"
    assert lineage["dataset"]["what was done"] in said
    report = json.loads((tmp_path / "run" / "dataset.json").read_text())
    assert report["bias"]["tells"] is True
    assert report["digest"] == lineage["dataset"]["sha256"]
    assert (tmp_path / "run" / "dataset.md").is_file()
    assert "each compressed once more" in (bundle.path / "MODEL_CARD.md").read_text()


def test_a_broken_picture_does_not_stop_a_training(uneven: Path, tmp_path: Path) -> None:
    (uneven / "human" / "000.png").write_bytes(b"")
    bundle = train(uneven, tmp_path / "run", QUICK)
    assert bundle.lineage["dataset"]["pictures left out as unreadable"] == 1
    assert sum(bundle.lineage["pictures"].values()) == 95


@pytest.mark.lab
@pytest.mark.slow
def test_the_lab_data_give_themselves_away_by_size_and_aspect_alone(tmp_path: Path) -> None:
    """AI is square and human is not. No container tells, because all went through the same one."""
    entries = usable_entries(require_lab_data() / "manifest.csv")[::8]
    write_csv(tmp_path / "some.csv", entries)
    config = TrainingConfig(data=Care(cropped_twins=False))
    dataset, evened = prepared(tmp_path / "some.csv", config, tmp_path)
    found, after = dataset.bias.found, dataset.bias.after
    assert found is not None
    assert after is not None
    assert found.balanced_accuracy.low > 0.9
    assert found.alone["container"] == found.alone["quality"] == found.alone["subsampling"] == 0.5
    assert after.balanced_accuracy.value == 0.5
    assert evened == config
    assert dataset.left_out == []
