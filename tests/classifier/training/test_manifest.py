from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.training.manifest import (
    ManifestError,
    check,
    held_back_entries,
    read_entries,
    split_of,
    usable_entries,
)
from classifier.vocabulary import Label
from tests.classifier.toy import make_toy_pictures
from tests.requirements import require_lab_data

HEAD = "path,label,source,generator,group,split,width\n"


def write(path: Path, *lines: str) -> Path:
    path.write_text(HEAD + "\n".join(lines))
    return path


def test_a_row_of_the_manifest_becomes_an_entry(tmp_path: Path) -> None:
    path = write(tmp_path / "m.csv", "train/ai/sd/1.jpg,ai,gallery,sd-1.4,prompt-1,val,512")
    (entry,) = read_entries(path)
    assert entry.path == tmp_path / "train/ai/sd/1.jpg"
    assert (entry.label, entry.split, entry.generator) == (Label.AI, "val", "sd-1.4")
    assert (entry.source, entry.group, entry.pool) == ("gallery", "prompt-1", "train")


@pytest.mark.parametrize("row", ["a.jpg,fake,s,g,1,val,5", "a.jpg,1,s,g,1,val,5"])
def test_an_unknown_label_is_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(ManifestError, match="not a manifest"):
        read_entries(write(tmp_path / "m.csv", row))


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("name,class\na.jpg,ai\n")
    with pytest.raises(ManifestError, match="'path'"):
        read_entries(tmp_path / "m.csv")


def test_an_empty_or_missing_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no labelled picture"):
        read_entries(write(tmp_path / "m.csv"))
    with pytest.raises(ManifestError):
        read_entries(tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    ("ai", "human"), [("ai", "human"), ("AiArtData", "RealArt"), ("FAKE", "real"), ("z/ai", "")]
)
def test_class_folders_are_known_by_their_names(tmp_path: Path, ai: str, human: str) -> None:
    """Whichever stands first in the alphabet."""
    folder = make_toy_pictures(tmp_path / "pictures", of_each=3)
    if not human:
        with pytest.raises(ManifestError, match="a folder for each class"):
            read_entries(folder.parent)
        return
    (folder / "ai").rename(folder / ai)
    (folder / "human").rename(folder / human)
    found = {(entry.path.parent.name, entry.label) for entry in read_entries(folder)}
    assert found == {(ai, Label.AI), (human, Label.HUMAN)}


def test_a_picture_keeps_its_split_for_ever() -> None:
    assert split_of("ai/000.png") == split_of("ai/000.png")
    counts = Counter(split_of(f"ai/{number}.png") for number in range(2000))
    assert counts["train"] == pytest.approx(1400, abs=100)
    assert counts["val"] == pytest.approx(300, abs=60)
    assert counts["test"] == pytest.approx(300, abs=60)


def test_a_group_in_two_splits_is_refused(tmp_path: Path) -> None:
    entries = read_entries(make_toy_pictures(tmp_path / "p"))
    check(entries)
    train, val = (next(e for e in entries if e.split == split) for split in ("train", "val"))
    with pytest.raises(ManifestError, match="in two splits"):
        check([*entries, replace(train, group="g"), replace(val, group="g")])


def test_a_split_without_a_class_is_refused(tmp_path: Path) -> None:
    entries = read_entries(make_toy_pictures(tmp_path / "p"))
    some = [e for e in entries if (e.split, e.label) != ("val", Label.AI)]
    with pytest.raises(ManifestError, match="no ai picture in the split val"):
        check(some)


def test_the_stream_is_never_learned_from() -> None:
    manifest = require_lab_data() / "manifest.csv"
    usable, held_back = usable_entries(manifest), held_back_entries(manifest)
    assert {entry.pool for entry in usable} == {"train"}
    assert {entry.pool for entry in held_back} == {"stream"}
    assert len(usable) + len(held_back) == len(read_entries(manifest))
    assert not {entry.path for entry in usable} & {entry.path for entry in held_back}
