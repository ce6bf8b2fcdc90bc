"""Leaving groups out, on embeddings drawn from clouds: no network is needed to learn a head."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from classifier.detector.bundle import read_bundle, sha256_of, shipped_bundle_path
from classifier.training.folds import groups_of
from classifier.training.leave_out import HEAD_ONLY, leave_out, measured_when_made, needed_tiers
from classifier.training.manifest import Entry, ManifestError
from classifier.training.progress import silent
from classifier.training.stored import Stored, stored_embeddings
from classifier.vocabulary import Label
from tests.classifier.toy import toy_bytes

AI, HUMAN = Label.AI, Label.HUMAN
WIDTH, OF_EACH = 8, 80


def clouds(odd: str | None = None) -> Stored:
    """Three origins and three generators; the ``odd`` one looks like the other class."""
    rng = np.random.default_rng(0)
    entries, sides = [], []
    for label, names in ((AI, ("x", "y", "z")), (HUMAN, ("a", "b", "c"))):
        for name in names:
            for number in range(OF_EACH):
                split = ("train", "train", "val", "test")[number % 4]
                path = Path(f"{name}-{number}.png")
                entries.append(Entry(path, label, split, name, "", f"{name}-{number}"))
                sides.append(3.0 if (label is AI) != (name == odd) else -3.0)
    tiers = needed_tiers(entries)
    rows = rng.normal(0, 1, (len(sides), len(tiers), WIDTH))
    rows[:, :, 0] += np.array(sides)[:, None]
    return Stored(
        entries,
        tiers,
        rows.astype(np.float16),
        np.full(rows.shape[:2], np.nan, dtype=np.float32),
        np.full(rows.shape[:2], 512, dtype=np.int32),
    )


def shares(found: dict, tier: str) -> dict[str, float]:
    return {row["group"]: row["right_at_half"] for row in found["tiers"][tier]["groups"]}


def test_what_is_alike_is_known_though_it_was_left_out() -> None:
    found = leave_out(clouds(), silent)
    assert found["what"] == HEAD_ONLY
    for tier in ("clean", "hard"):
        assert set(shares(found, tier)) == {"x", "y", "z", "a", "b", "c"}
        assert min(shares(found, tier).values()) >= 0.9
        assert found["tiers"][tier]["n"] == 6 * OF_EACH
        assert all(row["n"] == OF_EACH for row in found["tiers"][tier]["groups"])


def test_a_group_that_was_left_out_taught_nothing() -> None:
    """Learned from, ``z`` would be known in part; left out, it is taken for human."""
    found = shares(leave_out(clouds(odd="z"), silent), "clean")
    assert found["z"] <= 0.1
    assert min(found[name] for name in "ab") >= 0.6


def test_a_picture_too_small_gets_no_answer() -> None:
    stored = clouds()
    stored.short_sides[:] = 40
    tiers = leave_out(stored, silent)["tiers"]
    assert all(row["uncertain"] == 1.0 for row in tiers["clean"]["groups"])


def test_it_says_whom_it_leaves_out() -> None:
    said: list[str] = []
    leave_out(clouds(), lambda share, words: said.append(words), tiers=["clean"])
    assert said[:-1] == [f"leaving out {g.name} (80 pictures)" for g in groups_of(clouds().entries)]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A manifest of toy pictures from two generators and two origins."""
    lines = ["path,label,generator,group,split"]
    for label, names in ((AI, ("x", "y")), (HUMAN, ("a", "b"))):
        for place in range(48):
            name, split = names[place % 2], ("train", "train", "val", "test")[place // 2 % 4]
            path = f"{name}-{place}.png"
            (tmp_path / path).write_bytes(toy_bytes(label, place))
            lines.append(f"{path},{label},{name},{path},{split}")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\n".join(lines))
    return manifest


def test_embeddings_are_kept_and_only_the_missing_ones_computed(
    pictures: Path, toy_bundle: Path, tmp_path: Path
) -> None:
    from classifier.training.manifest import read_entries

    entries, bundle, cache = read_entries(pictures)[:6], read_bundle(toy_bundle), tmp_path / "kept"
    said: list[str] = []

    def stored(which: list[Entry]) -> Stored:
        return stored_embeddings(
            bundle, which, ("clean", "web"), cache, progress=lambda share, words: said.append(words)
        )

    first = stored(entries)
    assert first.embeddings.shape[:2] == (6, 2)
    assert (first.short_sides == 96).all()
    assert said != []
    said.clear()
    again = stored(entries)
    assert said == []
    assert np.array_equal(again.embeddings, first.embeddings)
    assert np.array_equal(again.disagreements, first.disagreements, equal_nan=True)
    (kept,) = cache.iterdir()
    kept.write_bytes(kept.read_bytes()[:50])
    assert np.array_equal(stored(entries).embeddings, first.embeddings)
    assert said != []


def test_the_command_prints_and_writes_the_rows(
    pictures: Path, toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "left" / "out.json"
    call_command("leave_out", manifest=pictures, bundle=toy_bundle, output=output)
    table = capsys.readouterr().out
    assert HEAD_ONLY in table
    assert "| a | human | 24 |" in table
    found = json.loads(output.read_text())
    assert set(shares(found, "hard")) == {"x", "y", "a", "b"}
    assert np.mean(list(shares(found, "clean").values())) >= 0.8


def test_the_command_says_what_it_cannot_do(tmp_path: Path, pictures: Path) -> None:
    with pytest.raises(CommandError, match="Unknown tiers: muddy"):
        call_command("leave_out", manifest=pictures, tiers="clean,muddy")
    lonely = tmp_path / "lonely.csv"
    lines = pictures.read_text().splitlines()
    lonely.write_text("\n".join(line for line in lines if ",b," not in line))
    with pytest.raises(CommandError, match="All human pictures come from one place"):
        call_command("leave_out", manifest=lonely, retrain=tmp_path / "folds", folds=2)
    assert not (tmp_path / "folds").exists()


def test_a_bundle_that_was_measured_when_it_was_made_tells_what_was_found_then(
    pictures: Path, toy_bundle: Path
) -> None:
    tiers = {tier: {"groups": [tier]} for tier in ("clean", "web", "hard")}
    bundle = replace(
        read_bundle(toy_bundle),
        metrics={"left_out": {"what": "strangers to all of it", "tiers": tiers}},
        lineage={"manifest_sha256": sha256_of(pictures)},
    )
    assert measured_when_made(bundle, pictures, ["hard", "clean"]) == {
        "what": "strangers to all of it",
        "tiers": {"hard": {"groups": ["hard"]}, "clean": {"groups": ["clean"]}},
    }
    with pytest.raises(ManifestError, match="was not measured in: webp"):
        measured_when_made(bundle, pictures, ["clean", "webp"])
    with pytest.raises(ManifestError, match="from another manifest"):
        measured_when_made(bundle, pictures.parent, ["clean"])


def test_the_command_asks_the_shipped_detector_for_its_own_table(pictures: Path) -> None:
    with pytest.raises(CommandError, match="measured when it was made, from another manifest"):
        call_command("leave_out", manifest=pictures, bundle=shipped_bundle_path())


def test_whole_networks_are_trained_once_for_each_fold(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "folds"
    options = {
        "manifest": pictures,
        "retrain": out,
        "folds": 2,
        "changes": ["epochs=0", "threads=1", "preprocessing.crop=64", "preprocessing.max_crops=1"],
        "output": tmp_path / "found.json",
    }
    call_command("leave_out", **options)
    found = json.loads((tmp_path / "found.json").read_text())
    assert "nothing of this detector had seen" in found["what"]
    assert sorted(name for fold in found["folds"] for name in fold) == ["a", "b", "x", "y"]
    for place, names in enumerate(found["folds"], start=1):
        bundle = read_bundle(out / f"fold-{place}" / "bundle")
        assert set(bundle.lineage["generators"]) == {"a", "b", "x", "y"} - set(names)
        scores = (out / f"fold-{place}" / "scores.csv").read_text().splitlines()
        assert len(scores) == 1 + 2 * 24 * len(names)
    assert set(shares(found, "clean")) == {"a", "b", "x", "y"}

    made = {path: path.stat().st_mtime_ns for path in out.rglob("bundle.json")}
    capsys.readouterr()
    call_command("leave_out", **options)
    assert "fold-2 is there already" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in out.rglob("bundle.json")} == made
    assert json.loads((tmp_path / "found.json").read_text()) == found

    with pytest.raises(CommandError, match="folds of another run: its recipe differ"):
        call_command("leave_out", **{**options, "changes": ["epochs=1"]})
