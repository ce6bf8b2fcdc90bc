"""The live version: none, whole, torn, spoilt, elsewhere. Weights & Biases: with a key and none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from aivh.doctor import detector
from aivh.doctor.database import PREPARE
from classifier.models import ModelVersion
from classifier.serving import registry
from tests.aivh.doctor.saying import failure
from tests.classifier.registry.conftest import spoil
from tests.servers.wandb_server import API_KEY, ENTITY, WandbServer
from tests.site import free_port


def bundle_of(version: ModelVersion, settings: LazySettings) -> Path:
    return Path(settings.REGISTRY_ROOT) / "bundles" / version.digest


def test_a_version_whose_files_match(version: ModelVersion) -> None:
    assert detector.detector() == f"version 1, its files match {version.digest[:12]}"


@pytest.mark.django_db
def test_no_version_answers() -> None:
    wrong = failure(detector.detector)
    assert (wrong.words, wrong.todo) == ("No version of the detector answers", PREPARE)


def test_a_file_of_the_bundle_is_missing(version: ModelVersion, settings: LazySettings) -> None:
    (bundle_of(version, settings) / "head.safetensors").unlink()
    wrong = failure(detector.detector)
    assert "head.safetensors" in wrong.words
    assert wrong.todo == detector.PUT_BACK


def test_a_byte_of_the_network_is_another(version: ModelVersion, settings: LazySettings) -> None:
    spoil(bundle_of(version, settings) / "backbone.onnx")
    wrong = failure(detector.detector)
    assert f"Version 1 ({version.digest[:12]}) cannot be loaded" in wrong.words
    assert wrong.todo == detector.PUT_BACK


def test_the_bundle_is_on_another_machine(
    version: ModelVersion, settings: LazySettings, tmp_path: Path
) -> None:
    settings.REGISTRY_ROOT = tmp_path / "another machine's"
    assert "There is no bundle" in failure(detector.detector).words


def test_the_bundle_is_in_a_bucket_that_is_away(
    version: ModelVersion, settings: LazySettings, tmp_path: Path
) -> None:
    settings.REGISTRY_ROOT = tmp_path / "another machine's"
    settings.BUNDLE_SHELF = "gs://pictures"
    (tmp_path / "media").write_text("no folder")
    wrong = failure(detector.detector)
    assert f"Version 1 ({version.digest[:12]}) is not on this machine" in wrong.words
    assert "It is fetched as soon as the bucket" in wrong.todo


def test_the_bundle_is_fetched_from_the_bucket(
    version: ModelVersion, settings: LazySettings, tmp_path: Path
) -> None:
    settings.BUNDLE_SHELF = "gs://pictures"
    registry().synchronise()
    settings.REGISTRY_ROOT = tmp_path / "another machine's"
    assert detector.detector().startswith("version 1, its files match")


@pytest.fixture(scope="module")
def wandb_server() -> Iterator[WandbServer]:
    with WandbServer() as server:
        yield server


def configure(settings: LazySettings, address: str, key: str) -> None:
    settings.WANDB = settings.WANDB | {"api_key": key, "entity": ENTITY, "base_url": address}


def test_wandb_without_a_key() -> None:
    assert detector.wandb() == "not configured"


def test_wandb_answers(settings: LazySettings, wandb_server: WandbServer) -> None:
    configure(settings, wandb_server.url, API_KEY)
    assert detector.wandb() == "answers for the project aivh"


@pytest.mark.parametrize("fault", ["key", "address"])
def test_wandb_with_a_wrong_key_or_address(
    settings: LazySettings,
    wandb_server: WandbServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    if fault == "address":  # its client tries again and again
        monkeypatch.setattr(detector, "SECONDS", 1.5)
    address = wandb_server.url if fault == "key" else f"http://127.0.0.1:{free_port()}"
    key = API_KEY[::-1]
    configure(settings, address, key if fault == "key" else API_KEY)
    wrong = failure(detector.wandb)
    assert wrong.words.startswith("Weights & Biases ")
    assert wrong.todo == detector.SET_WANDB
    assert key not in wrong.words
