"""A snapshot, a folder and a CSV file become the same kind of entry."""

from collections import Counter
from pathlib import Path

import pytest

from classifier.training.data.tables import write_csv
from classifier.training.manifest import ManifestError, read_entries, split_of
from classifier.vocabulary import Label
from labelling.originals import original_name
from tests.classifier.training.data.pictures import entry, saved, scene
from worker.services.snapshots import Line, manifest_bytes

A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def snapshot(storage: Path, *lines: Line) -> Path:
    """Lay out a storage as the site does: the snapshot, and the originals that it names."""
    for line in lines:
        original = storage / original_name(line.sha256, ".jpg")
        original.parent.mkdir(parents=True, exist_ok=True)
        original.write_bytes(saved(scene(1), "JPEG"))
    path = storage / "snapshots" / ("0" * 64) / "manifest.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(manifest_bytes(lines))
    return path


def test_a_frozen_snapshot_is_a_manifest(tmp_path: Path) -> None:
    path = snapshot(
        tmp_path,
        Line(A, "ai", "train", review_ids=(1, 2), group=A, source="page"),
        Line(B, "human", "gold", review_ids=(3,), group=B, source="api"),
    )
    learned, gold = read_entries(path)
    assert learned.path == tmp_path / original_name(A, ".jpg")
    assert learned.path.is_file()
    assert (learned.label, learned.source, learned.group) == (Label.AI, "page", A)
    assert (learned.generator, learned.split) == ("settled-ai", split_of(A))
    assert not learned.split_given
    assert (gold.label, gold.split, gold.split_given) == (Label.HUMAN, "test", True)


def test_what_measures_is_never_learned_from(tmp_path: Path) -> None:
    uses = ["gold", "audit", "regression"] * 7 + ["train"] * 40
    lines = [Line(f"{n:064x}", "ai", use, (), f"{n:064x}", "") for n, use in enumerate(uses)]
    entries = read_entries(snapshot(tmp_path, *lines))
    assert {e.split for e in entries[:21]} == {"test"}
    assert {e.split for e in entries[21:]} == {"train", "val", "test"}


def test_twins_stay_in_one_split_and_what_was_left_out_is_no_entry(tmp_path: Path) -> None:
    twins = [Line(f"{n:064x}", "ai", "train", (), group=A, source="page") for n in range(30)]
    left_out = Line(B, "ai", "left_out", (), group=B, source="page", why="It is like gold.")
    entries = read_entries(snapshot(tmp_path, *twins, left_out))
    assert len(entries) == 30
    assert {e.split for e in entries} == {split_of(A)}


def test_a_snapshot_of_before_is_read_as_it_was_meant(tmp_path: Path) -> None:
    path = snapshot(tmp_path)
    path.write_text(
        f'{{"gold":false,"label":"ai","review_ids":[1],"sha256":"{A}","source":"page"}}\n'
        f'{{"gold":true,"label":"human","review_ids":[2],"sha256":"{B}","source":"api"}}\n'
    )
    learned, gold = read_entries(path)
    assert (learned.split, learned.group, learned.split_given) == (split_of(A), A, False)
    assert (gold.split, gold.group, gold.split_given) == ("test", B, True)


def test_a_pulled_manifest_has_its_pictures_beside_it(tmp_path: Path) -> None:
    kept = snapshot(tmp_path, Line(A, "ai", "train", (), group=A, source="page"))
    kept.rename(tmp_path / "manifest.jsonl")
    (found,) = read_entries(tmp_path / "manifest.jsonl")
    assert found.path == tmp_path / original_name(A, ".jpg")


@pytest.mark.parametrize(
    "content", ['{"sha256": "aa"}', "no json", '{"sha256":"a","label":"x","gold":0}']
)
def test_a_broken_snapshot_is_refused(tmp_path: Path, content: str) -> None:
    path = snapshot(tmp_path)
    path.write_text(content)
    with pytest.raises(ManifestError, match="not a snapshot that can be read"):
        read_entries(path)


def test_a_csv_without_splits_gets_them_by_group(tmp_path: Path) -> None:
    rows = [f"p/{n}.jpg,ai,album,sd,group-{n % 40}" for n in range(120)]
    path = tmp_path / "m.csv"
    path.write_text("path,label,source,generator,group\n" + "\n".join(rows))
    entries = read_entries(path)
    homes = {e.group: {other.split for other in entries if other.group == e.group} for e in entries}
    assert all(len(splits) == 1 for splits in homes.values())
    assert set(Counter(e.split for e in entries)) == {"train", "val", "test"}
    assert not any(e.split_given for e in entries)


def test_a_written_manifest_reads_as_it_was(tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere" / "b.png"
    before = [
        entry(
            tmp_path / "in" / "a.png", Label.HUMAN, split="val", generator="coco", domain="photo"
        ),
        entry(outside, Label.AI, split="test", generator="sd", group='with "quotes", commas'),
    ]
    (tmp_path / "in").mkdir()
    write_csv(tmp_path / "in" / "m.csv", before)
    after = read_entries(tmp_path / "in" / "m.csv")
    assert (tmp_path / "in" / "m.csv").read_text().splitlines()[1].startswith("a.png,human,")
    for was, now in zip(before, after, strict=True):
        assert (now.path, now.label, now.split) == (was.path, was.label, was.split)
        assert now.domain == was.domain
        assert (now.generator, now.source, now.group) == (was.generator, was.source, was.group)


def test_a_folder_takes_pictures_by_name_or_content_and_nothing_else(tmp_path: Path) -> None:
    for label in Label:
        (tmp_path / label / "deep").mkdir(parents=True)
        (tmp_path / label / "deep" / "named.JPG").write_bytes(b"broken, but meant as a picture")
        (tmp_path / label / "photo.jfif").write_bytes(saved(scene(2), "JPEG"))
        (tmp_path / label / "notes.txt").write_text("not a picture")
        (tmp_path / label / ".hidden.png").write_bytes(saved(scene(3)))
    names = [(e.label, e.path.name) for e in read_entries(tmp_path)]
    expected = ["named.JPG", "photo.jfif"]
    assert sorted(names) == sorted((label, name) for label in Label for name in expected)
