"""``manage.py classify``: files and folders in, one row each out, whatever is wrong with some."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from classifier import serving
from classifier.bulk.files import classify_files
from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from classifier.vocabulary import Label
from tests.worker.small import picture, small_bundle

Run = Callable[..., tuple[str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, a broken one, a picture without a picture's name, and a text."""
    root = tmp_path / "pictures"
    (root / "deep").mkdir(parents=True)
    (root / "ai.png").write_bytes(picture(Label.AI, 1))
    (root / "broken.jpg").write_bytes(b"no picture")
    (root / "deep" / "human").write_bytes(picture(Label.HUMAN, 1))
    (root / "notes.txt").write_text("not a picture either")
    return root


@pytest.fixture
def live(db: None, tmp_path: Path) -> ModelVersion:
    return promote_version(version=register_version(bundle=small_bundle(tmp_path / "small").path))


def run(*arguments: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("classify", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_csv_has_a_row_for_each_picture_and_an_error_for_the_broken_one(
    live: ModelVersion, folder: Path
) -> None:
    out, err = run(folder, "--format", "csv")

    assert out.splitlines()[0] == "path,probability_ai,verdict,model_version,error"
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(Path(row["path"]).name, row["verdict"]) for row in rows] == [
        ("ai.png", "ai"),
        ("broken.jpg", ""),
        ("human", "human"),
    ]
    assert [row["model_version"] for row in rows] == ["1", "1", "1"]
    assert float(rows[0]["probability_ai"]) > 0.7
    assert float(rows[2]["probability_ai"]) < 0.3
    assert rows[1]["error"]
    assert rows[1]["probability_ai"] == rows[0]["error"] == ""
    assert err.startswith("1 ai, 1 human, 0 uncertain, 1 could not be read; ")
    assert "pictures per second" in err


def test_json_is_one_array(live: ModelVersion, folder: Path) -> None:
    rows = json.loads(run(folder, "--format", "json")[0])
    assert [row["verdict"] for row in rows] == ["ai", "", "human"]
    assert rows[1]["probability_ai"] is None


def test_the_table_is_for_people(live: ModelVersion, folder: Path) -> None:
    lines = run(folder / "ai.png")[0].splitlines()
    assert lines[0].split() == ["P(AI)", "verdict", "version", "path"]
    assert lines[1].split()[1:] == ["ai", "1", str(folder / "ai.png")]


def test_a_file_that_is_named_always_gets_its_row(live: ModelVersion, folder: Path) -> None:
    rows = json.loads(
        run(folder / "notes.txt", folder / "gone.png", folder / "ai.png", "--format=json")[0]
    )
    assert [bool(row["error"]) for row in rows] == [True, True, False]
    assert rows[1]["error"] == "The file cannot be read: No such file or directory."


def test_a_picture_named_twice_gets_one_row(live: ModelVersion, folder: Path) -> None:
    assert len(json.loads(run(folder / "ai.png", folder, "--format=json")[0])) == 3


def test_no_readable_picture_is_a_failure(live: ModelVersion, folder: Path) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(folder / "broken.jpg")
    assert exit_.value.code == 1


def test_an_empty_folder_says_so(live: ModelVersion, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit) as exit_:
        run(tmp_path / "empty", "--format=json")
    assert exit_.value.code == 1


def test_nothing_is_stored(live: ModelVersion, folder: Path) -> None:
    from labelling.models import Image, Prediction

    run(folder)
    assert not Image.objects.exists()
    assert not Prediction.objects.exists()


def test_without_a_database_the_shipped_bundle_answers(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No mark for the database here: touching it raises, as a missing one does."""
    from django.db import OperationalError

    def no_such_table() -> None:
        raise OperationalError("no such table")

    shipped = small_bundle(tmp_path / "shipped-1").path
    monkeypatch.setattr(serving, "production_version", no_such_table)
    monkeypatch.setattr(serving, "shipped_bundle_path", lambda: shipped)

    rows = json.loads(run(folder, "--format=json")[0])

    assert {row["model_version"] for row in rows} == {"shipped-1"}
    assert rows[0]["verdict"] == "ai"


@pytest.mark.django_db
def test_without_any_model_it_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(serving, "shipped_bundle_path", lambda: tmp_path / "nowhere")
    with pytest.raises(CommandError, match="There is no model to ask"):
        run(folder)


def test_order_is_kept_with_many_threads(live: ModelVersion, tmp_path: Path) -> None:
    files = []
    for seed in range(40):
        files.append(tmp_path / f"{seed:02}.png")
        files[-1].write_bytes(picture(Label.AI, seed))
    name, detector = serving.detector_at_hand()
    rows = list(classify_files(files, name=name, detector=detector, threads=4))
    assert [row.path for row in rows] == [str(file) for file in files]
