"""The seed's data set: its layout is known, its classes go by name, its absence is explained."""

import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from classifier.training.data.kaggle import SEED, read_download
from classifier.training.manifest import ManifestError, read_entries
from classifier.vocabulary import Label
from tests.classifier.training.data.pictures import saved, scene


@pytest.fixture
def downloaded(tmp_path: Path) -> Path:
    """A folder of the shape that the data set has."""
    for name, seeds in (("AiArtData", range(3)), ("RealArt", range(10, 12))):
        folder = tmp_path / "versions" / "1" / "Art" / name
        folder.mkdir(parents=True)
        for seed in seeds:
            (folder / f"{seed}.jpg").write_bytes(saved(scene(seed), "JPEG"))
    return tmp_path / "versions" / "1"


class Downloader:
    """Stands where ``kagglehub.dataset_download`` stands and remembers how it was called."""

    def __init__(self, answer: Path | Exception) -> None:
        self.answer = answer
        self.calls: list[tuple[str, bool]] = []

    def __call__(self, handle: str, *, force_download: bool = False) -> str:
        self.calls.append((handle, force_download))
        if isinstance(self.answer, Exception):
            raise self.answer
        return str(self.answer)


@pytest.fixture
def downloader(downloaded: Path, monkeypatch: pytest.MonkeyPatch) -> Downloader:
    replaced = Downloader(downloaded)
    monkeypatch.setattr("kagglehub.dataset_download", replaced)
    return replaced


def test_the_class_folders_are_found_below_and_go_by_name(downloaded: Path) -> None:
    entries = read_download(downloaded)
    assert {(e.path.parent.name, e.label) for e in entries} == {
        ("AiArtData", Label.AI),
        ("RealArt", Label.HUMAN),
    }
    assert len(entries) == 5
    assert {e.source for e in entries} == {"Art"}


def test_the_order_of_the_names_decides_nothing(downloaded: Path) -> None:
    (downloaded / "Art" / "RealArt").rename(downloaded / "Art" / "0-first")
    (downloaded / "Art" / "AiArtData").rename(downloaded / "Art" / "z-last")
    with pytest.raises(ManifestError, match="names that count: ai, aiartdata"):
        read_download(downloaded)


def test_a_handle_is_a_manifest(downloader: Downloader) -> None:
    entries = read_entries(Path(f"kaggle:{SEED}"))
    assert len(entries) == 5
    assert downloader.calls == [("hassnainzaidi/ai-art-vs-human-art", False)]


def test_fetching_says_where_it_is_and_how_to_use_it(
    downloader: Downloader, downloaded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("dataset", "fetch-kaggle", "somebody/something", "--again")
    said = capsys.readouterr().out
    assert f"{downloaded} holds 5 pictures (2 human, 3 ai)." in said
    assert "--manifest kaggle:somebody/something" in said
    assert downloader.calls == [("somebody/something", True)]


def test_without_the_network_it_says_so(downloader: Downloader) -> None:
    downloader.answer = ConnectionError("Max retries exceeded\nand a long trace")
    with pytest.raises(
        ManifestError, match="could not be downloaded from Kaggle: Max retries"
    ) as e:
        read_entries(Path(f"kaggle:{SEED}"))
    assert e.value.code == "download_failed"
    assert "long trace" not in e.value.message
    with pytest.raises(CommandError, match="Is this machine online"):
        call_command("dataset", "fetch-kaggle")


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(ManifestError, match=r"pip install -e '\.\[kaggle\]'") as e:
        read_entries(Path(f"kaggle:{SEED}"))
    assert e.value.code == "kagglehub_missing"
