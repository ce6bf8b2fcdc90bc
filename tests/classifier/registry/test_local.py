"""The local registry on a disk that fails and among processes that hurry or die."""

import json
import multiprocessing
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from classifier.detector.bundle import FILES, MANIFEST, read_bundle
from classifier.errors import BundleCorrupt, BundleIncompatible, BundleNotFound
from classifier.registry import open_registry
from classifier.registry.local import LocalRegistry
from tests.classifier.registry.conftest import spoil

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def registry(tmp_path: Path) -> LocalRegistry:
    return LocalRegistry(tmp_path / "registry")


def test_without_wandb_the_site_has_the_local_registry(tmp_path: Path, bundle: Path) -> None:
    registry = open_registry(root=tmp_path / "registry", wandb=None)

    reference = registry.put(bundle)

    assert isinstance(registry, LocalRegistry)
    assert registry.get(reference) == tmp_path / "registry" / "bundles" / reference
    assert registry.pending() == []
    assert registry.synchronise() == []


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_refused(registry: LocalRegistry, bundle: Path, name: str) -> None:
    reference = registry.put(bundle)
    spoil(registry.get(reference) / name)

    with pytest.raises(BundleCorrupt):
        registry.get(reference)


@pytest.mark.parametrize("name", [MANIFEST, *FILES])
def test_a_missing_file_is_refused(registry: LocalRegistry, bundle: Path, name: str) -> None:
    reference = registry.put(bundle)
    (registry.get(reference) / name).unlink()

    with pytest.raises(BundleCorrupt):
        registry.get(reference)


def test_another_bundle_in_its_place_is_refused(
    registry: LocalRegistry, bundles: Sequence[Path], tmp_path: Path
) -> None:
    first, second = (registry.put(bundle) for bundle in bundles[:2])
    stored = tmp_path / "registry" / "bundles"
    (stored / first).rename(stored / "aside")
    (stored / second).rename(stored / first)

    with pytest.raises(BundleCorrupt, match=f"stored as {first[:12]} is really {second[:12]}"):
        registry.get(first)


def test_putting_it_again_repairs_a_corrupt_copy(registry: LocalRegistry, bundle: Path) -> None:
    reference = registry.put(bundle, aliases=["production"], metadata={"version": 1})
    spoil(registry.get(reference) / "head.safetensors")

    assert registry.put(bundle) == reference

    assert read_bundle(registry.get(reference), verify=True).digest == reference
    (entry,) = registry.list()
    assert entry.aliases == ("latest", "production")
    assert entry.metadata == {"version": 1}


def test_the_stored_copy_does_not_follow_the_source(registry: LocalRegistry, bundle: Path) -> None:
    reference = registry.put(bundle)
    spoil(bundle / "backbone.onnx")

    assert read_bundle(registry.get(reference), verify=True).digest == reference


def test_an_unknown_format_is_not_taken(registry: LocalRegistry, bundle: Path) -> None:
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / MANIFEST).write_text(json.dumps({**manifest, "format": 99}))

    with pytest.raises(BundleIncompatible):
        registry.put(bundle)

    assert registry.list() == []


def test_what_a_killed_process_left_is_swept(
    registry: LocalRegistry, bundles: Sequence[Path], tmp_path: Path
) -> None:
    registry.put(bundles[0])
    stored = tmp_path / "registry" / "bundles"
    for name, age in ((".incoming-dead", 7200), (".incoming-busy", 60)):
        (stored / name).mkdir()
        os.utime(stored / name, (time.time() - age,) * 2)

    registry.put(bundles[1])

    assert not (stored / ".incoming-dead").exists()
    assert (stored / ".incoming-busy").exists()


def test_an_entry_adopted_keeps_its_age_and_takes_no_alias(
    registry: LocalRegistry, bundles: Sequence[Path], tmp_path: Path
) -> None:
    elsewhere = LocalRegistry(tmp_path / "elsewhere")
    old = elsewhere.put(bundles[0], aliases=["production"], metadata={"version": 3})
    new = registry.put(bundles[1])

    registry.adopt(elsewhere.get(old), elsewhere.list()[0])

    assert [entry.reference for entry in registry.list()] == [new, old]
    assert registry.list()[1].created_at == elsewhere.list()[0].created_at
    assert registry.list()[1].metadata == {"version": 3}
    assert registry.resolve("latest") == new
    assert registry.resolve("production") is None


def test_two_processes_at_once_lose_nothing(bundles: Sequence[Path], tmp_path: Path) -> None:
    """Both put the same bundles and 20 aliases each; every alias and every bundle is there."""
    root = tmp_path / "registry"
    start = SPAWN.Event()
    writers = [SPAWN.Process(target=_write, args=(root, bundles, n, start)) for n in range(2)]
    for writer in writers:
        writer.start()
    start.set()
    for writer in writers:
        writer.join(60)

    registry = LocalRegistry(root)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(registry.list()) == len(bundles)
    for entry in registry.list():
        assert read_bundle(registry.get(entry.reference), verify=True).digest == entry.digest
    for number in range(2):
        for step in range(20):
            expected = read_bundle(bundles[step % len(bundles)]).digest
            assert registry.resolve(f"writer-{number}-{step}") == expected
    assert list((root / "bundles").glob(".incoming-*")) == []


def _write(root: Path, bundles: Sequence[Path], number: int, start: Any) -> None:
    start.wait(30)
    registry = LocalRegistry(root)
    for step in range(20):
        registry.put(bundles[step % len(bundles)], aliases=[f"writer-{number}-{step}"])


def test_a_reader_beside_a_repair_sees_a_whole_bundle_or_none(
    registry: LocalRegistry, bundle: Path
) -> None:
    reference = registry.put(bundle)
    start = SPAWN.Event()
    repairer = SPAWN.Process(target=_repair, args=(registry.root, bundle, start))
    repairer.start()
    start.set()
    seen = 0
    while repairer.is_alive():
        try:
            folder = registry.get(reference)
        except (BundleCorrupt, BundleNotFound):
            continue
        seen += folder.is_dir()
    repairer.join(30)

    assert repairer.exitcode == 0
    assert seen > 0
    assert read_bundle(registry.get(reference), verify=True).digest == reference


def _repair(root: Path, bundle: Path, start: Any) -> None:
    start.wait(30)
    registry = LocalRegistry(root)
    for _ in range(20):
        reference = registry.put(bundle)
        spoil(root / "bundles" / reference / "head.safetensors")
    registry.put(bundle)
