from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.detector.bundle import Bundle, write_bundle
from classifier.detector.decision import Calibration
from classifier.detector.polarity import sigmoid
from classifier.detector.preprocessing import Preprocessing
from classifier.training.card import model_card
from classifier.training.embedding import Task
from classifier.training.figures import FloatArray
from classifier.training.manifest import Entry, ManifestError
from classifier.training.scoring import Said, Scores, scores_csv
from classifier.training.strangers import left_out_column, read_strangers
from classifier.vocabulary import Label, Verdict
from tests.classifier.synthetic import judge, make_bundle, replay


def entries(folder: Path, count: int, *, split: str = "train") -> list[Entry]:
    return [
        Entry(folder / f"{split}-{n}.png", Label.AI, split, "lamp", "test", f"{n}")
        for n in range(count)
    ]


def make_fold(folder: Path, known: list[Entry], logits: FloatArray, *, slope: float) -> Bundle:
    """What a finished fold leaves: its bundle, and what it said in the clean tier."""
    source = make_bundle(folder / "source")
    bundle = write_bundle(
        folder / "bundle",
        backbone=source.backbone,
        judge=replace(judge(), calibration=Calibration(slope, 0.0)),
        preprocessing=Preprocessing(),
        replay=replay(20),
        metrics={},
        lineage={},
        card=model_card,
    )
    verdicts = [Verdict.UNCERTAIN] * len(known)
    said = Said(sigmoid(slope * logits), verdicts, [()] * len(known))
    scores = Scores(known, {"bundle": {"clean": said}, "majority": {"clean": said}}, ())
    (folder / "scores.csv").write_text(scores_csv(scores))
    return bundle


def test_the_logits_of_all_folds_come_back_on_one_scale(tmp_path: Path) -> None:
    known, logits = entries(tmp_path, 4), np.array([-3.0, -0.5, 0.5, 8.0])
    make_fold(tmp_path / "fold-1", known[:2], logits[:2], slope=0.5)
    make_fold(tmp_path / "fold-2", known[2:], logits[2:], slope=2.0)

    found = left_out_column([Task(e, "clean") for e in known], read_strangers(tmp_path))

    assert found == pytest.approx(logits, abs=0.01)


def test_what_no_fold_said_is_not_known_and_test_pictures_stay_out(tmp_path: Path) -> None:
    """Else the pictures that measure the bundle would have set its thresholds."""
    known = [*entries(tmp_path, 2), *entries(tmp_path, 2, split="test")]
    make_fold(tmp_path / "fold-1", known, np.array([1.0, 2.0, 3.0, 4.0]), slope=1.0)
    tasks = [Task(known[0], "clean"), Task(known[1], "hard"), Task(known[2], "clean")]
    found = left_out_column(tasks, read_strangers(tmp_path))
    assert found[0] == pytest.approx(1.0)
    assert np.isnan(found[1:]).all()


def test_a_folder_without_a_finished_fold_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fold-1").mkdir()
    with pytest.raises(ManifestError, match="no finished fold"):
        read_strangers(tmp_path)


def test_folds_of_other_pictures_are_refused(tmp_path: Path) -> None:
    make_fold(tmp_path / "fold-1", entries(tmp_path, 2), np.array([1.0, 2.0]), slope=1.0)
    others = entries(tmp_path / "elsewhere", 2)
    with pytest.raises(ManifestError, match="other pictures"):
        left_out_column([Task(e, "clean") for e in others], read_strangers(tmp_path))


def test_scores_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    make_fold(tmp_path / "fold-1", entries(tmp_path, 2), np.array([1.0, 2.0]), slope=1.0)
    (tmp_path / "fold-1" / "scores.csv").write_text("path,by,tier\nx,bundle,clean\n")
    with pytest.raises(ManifestError, match=r"scores\.csv cannot be read"):
        read_strangers(tmp_path)
