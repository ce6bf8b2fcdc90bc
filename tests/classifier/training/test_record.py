import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classifier.training.energy import EnergyMeter
from classifier.training.learning import RECORD, recording
from classifier.training.learning_curve import draw_learning_curve
from classifier.training.manifest import ManifestError, read_entries
from classifier.training.origins import dataset_digest, git_commit
from classifier.training.record_folder import FolderRecord, read_metrics
from tests.classifier.toy import make_toy_pictures

GREY = np.full((8, 6, 3), 99, np.uint8)


def test_a_folder_keeps_settings_figures_pictures_and_the_end(tmp_path: Path) -> None:
    with recording(tmp_path, name="run", resume=False) as record:
        record.settings({"config": {"epochs": 2}})
        record.images("augmented", [GREY, GREY], ["ai", "human"])
        record.metrics(1, {"loss": 0.5})
        record.metrics(2, {"loss": 0.25, "val_auroc_clean": 0.75})
        record.summary({"energy": "not measured: x"})
        record.summary({"bundle_digest": "abc"})
    folder = tmp_path / RECORD
    assert json.loads((folder / "config.json").read_text()) == {"config": {"epochs": 2}}
    assert read_metrics(folder) == [
        {"epoch": 1, "loss": 0.5},
        {"epoch": 2, "loss": 0.25, "val_auroc_clean": 0.75},
    ]
    assert json.loads((folder / "summary.json").read_text()) == {
        "energy": "not measured: x",
        "bundle_digest": "abc",
        "finished": True,
    }
    kept = sorted((folder / "images" / "augmented").iterdir())
    assert [path.name for path in kept] == ["00-ai.png", "01-human.png"]
    assert np.array_equal(np.asarray(Image.open(kept[0])), GREY)
    assert Image.open(folder / "learning_curve.png").size == (990, 396)


def test_a_run_that_breaks_off_says_so_and_keeps_what_it_had(tmp_path: Path) -> None:
    def broken_off() -> None:
        with recording(tmp_path, name="run", resume=False) as record:
            record.metrics(1, {"loss": 0.5})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    folder = tmp_path / RECORD
    assert json.loads((folder / "summary.json").read_text()) == {"finished": False}
    assert (folder / "learning_curve.png").is_file()


def test_epochs_that_come_again_replace_those_from_before(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        FolderRecord(tmp_path).metrics(epoch, {"loss": 1.0})
    FolderRecord(tmp_path).metrics(2, {"loss": 0.5})
    assert read_metrics(tmp_path) == [{"epoch": 1, "loss": 1.0}, {"epoch": 2, "loss": 0.5}]


def test_a_learning_curve_is_drawn_of_whatever_was_measured() -> None:
    bare = draw_learning_curve([{"epoch": 1, "loss": 0.5}])
    watched = draw_learning_curve(
        [{"epoch": n, "loss": 1 / n, "val_nll_hard": 0.5, "val_auroc_hard": 0.9} for n in (1, 2)]
    )
    assert Image.open(BytesIO(bare)).format == "PNG"
    assert bare != watched


def test_the_digest_knows_bytes_labels_and_splits_and_no_places(tmp_path: Path) -> None:
    first = read_entries(make_toy_pictures(tmp_path / "a", of_each=3))
    digest = dataset_digest(first)
    moved = read_entries(make_toy_pictures(tmp_path / "elsewhere" / "a", of_each=3))
    assert dataset_digest(reversed(moved)) == digest
    assert dataset_digest(first[1:]) != digest
    first[0].path.write_bytes(b"other")
    assert dataset_digest(first) != digest
    first[0].path.unlink()
    with pytest.raises(ManifestError, match=r"000\.png cannot be used"):
        dataset_digest(first)


def test_the_commit_is_told_in_a_checkout_and_only_there(tmp_path: Path) -> None:
    assert git_commit(tmp_path) is None
    here = git_commit()
    assert here is None or len(here.rstrip("+")) == 40


class Window:
    """What zeus hands back."""

    def __init__(self, gpu: dict[int, float], cpu: dict[int, float] | None) -> None:
        self.gpu_energy, self.cpu_energy = gpu, cpu


class Monitor:
    window = Window({}, None)

    def begin_window(self, name: str) -> None:
        assert name == "training"

    def end_window(self, name: str) -> Window:
        return self.window


def _measured(monkeypatch: pytest.MonkeyPatch, make: object) -> object:
    import sys
    from types import ModuleType

    module = ModuleType("zeus.monitor")
    module.ZeusMonitor = make
    monkeypatch.setitem(sys.modules, "zeus", ModuleType("zeus"))
    monkeypatch.setitem(sys.modules, "zeus.monitor", module)
    meter = EnergyMeter()
    meter.start()
    return meter.stop()["energy"]


def test_energy_is_added_up_over_gpus_and_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Monitor, "window", Window({0: 10.0, 1: 5.5}, {0: 4.0}))
    assert _measured(monkeypatch, Monitor) == {
        "gpu_joules": 15.5,
        "cpu_joules": 4.0,
        "joules": 19.5,
    }


def test_energy_that_cannot_be_read_is_not_measured_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert _measured(monkeypatch, Monitor) == ("not measured: this machine shows no energy counter")

    def refuse() -> None:
        raise PermissionError("intel-rapl is for root")

    assert _measured(monkeypatch, refuse) == (
        "not measured: the counters cannot be read (intel-rapl is for root)"
    )
    monkeypatch.undo()
    assert EnergyMeter().stop() == {"energy": "not measured: it was never started"}
