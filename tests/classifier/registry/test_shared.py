"""Two machines with a registry each and one shelf between them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from classifier.detector.bundle import BACKBONE, FILES, MANIFEST, read_bundle, write_bundle
from classifier.errors import BundleCorrupt, BundleNotFound, RegistryUnavailable
from classifier.registry import open_registry
from classifier.registry.local import LocalRegistry
from classifier.registry.mirrored import MirroredRegistry
from classifier.registry.shared import SharedRegistry
from tests.classifier.registry.conftest import at_once, spoil
from tests.classifier.registry.shelf import FolderShelf

UNKNOWN = "f" * 64

Machine = Callable[[str], SharedRegistry]


@pytest.fixture
def shelf(tmp_path: Path) -> FolderShelf:
    return FolderShelf(tmp_path / "shelf")


@pytest.fixture
def machine(tmp_path: Path, shelf: FolderShelf) -> Machine:
    """``machine("name")`` is that machine's registry; each has a disk of its own."""
    return lambda name: SharedRegistry(tmp_path / name, shelf, start=at_once)


def test_another_machine_gets_what_one_has_put(machine: Machine, bundle: Path) -> None:
    reference = machine("trainer").put(bundle, aliases=["candidate"])

    found = machine("worker").get(reference)

    assert read_bundle(found).digest == reference
    for name in (MANIFEST, *FILES):
        assert (found / name).read_bytes() == (bundle / name).read_bytes()
    [entry] = machine("worker").list()
    assert (entry.reference, entry.aliases) == (reference, ())


def test_what_was_fetched_once_is_served_without_the_shelf(
    machine: Machine, shelf: FolderShelf, bundle: Path
) -> None:
    reference = machine("trainer").put(bundle)
    machine("worker").get(reference)

    shelf.reachable = False

    assert read_bundle(machine("worker").get(reference)).digest == reference
    with pytest.raises(RegistryUnavailable):
        machine("third").get(reference)


def test_what_nobody_has_put_is_not_found(machine: Machine) -> None:
    for reference in (UNKNOWN, "production", "../../etc"):
        with pytest.raises(BundleNotFound):
            machine("worker").get(reference)


def test_a_refit_stores_only_what_is_new(
    machine: Machine, shelf: FolderShelf, bundle: Path, tmp_path: Path
) -> None:
    parent = read_bundle(bundle)
    machine("trainer").put(bundle)
    refit = write_bundle(
        tmp_path / "refit",
        backbone=parent.backbone,
        judge=parent.judge(),
        preprocessing=parent.preprocessing,
        replay=bundle / "replay.safetensors",
        metrics={},
        lineage={},
        card=lambda manifest: f"# refit {manifest['name']}\n",
    )
    shelf.put_names.clear()

    machine("trainer").put(refit.path)

    # The head is the same here, too: only the card and the description differ.
    assert len(shelf.put_names) == 2
    assert shelf.put_names[-1] == f"models/{refit.digest}/bundle.json"
    assert machine("worker").get(refit.digest).joinpath(BACKBONE).is_file()


def test_the_list_of_files_is_put_last_and_nothing_twice(
    machine: Machine, shelf: FolderShelf, bundle: Path
) -> None:
    reference = machine("trainer").put(bundle)
    assert shelf.put_names[-1] == f"models/{reference}/bundle.json"
    assert len(shelf.put_names) == 1 + len(FILES)

    machine("trainer").put(bundle)
    machine("worker").put(bundle)

    assert len(shelf.put_names) == 1 + len(FILES)


def test_a_shelf_out_of_reach_is_an_error_and_made_up_for_later(
    machine: Machine, shelf: FolderShelf, bundle: Path
) -> None:
    shelf.reachable = False
    with pytest.raises(RegistryUnavailable):
        machine("trainer").put(bundle)
    reference = read_bundle(bundle).digest
    assert machine("trainer").get(reference).is_dir()
    machine("trainer").synchronise_soon()  # says so in the log and does not raise

    shelf.reachable = True
    machine("trainer").synchronise_soon()

    assert machine("worker").get(reference).is_dir()
    assert machine("trainer").synchronise() == []


def test_bundles_from_before_the_bucket_was_named_are_shared(
    machine: Machine, shelf: FolderShelf, bundles: Sequence[Path], tmp_path: Path
) -> None:
    alone = LocalRegistry(tmp_path / "trainer")
    references = [alone.put(bundle) for bundle in bundles]

    sent = machine("trainer").synchronise()

    assert [entry.reference for entry in sent] == references
    assert all(machine("worker").get(reference).is_dir() for reference in references)


def test_another_shelf_gets_everything_again(
    machine: Machine, bundle: Path, tmp_path: Path
) -> None:
    reference = machine("trainer").put(bundle)
    other = FolderShelf(tmp_path / "other bucket")

    [sent] = SharedRegistry(tmp_path / "trainer", other).synchronise()

    assert sent.reference == reference
    assert SharedRegistry(tmp_path / "fourth", other).get(reference).is_dir()


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_copy_is_fetched_again(machine: Machine, bundle: Path, name: str) -> None:
    reference = machine("trainer").put(bundle)
    spoil(machine("worker").get(reference) / name)

    found = machine("worker").get(reference)

    assert (found / name).read_bytes() == (bundle / name).read_bytes()


def test_other_bytes_on_the_shelf_are_refused(
    machine: Machine, shelf: FolderShelf, bundle: Path
) -> None:
    reference = machine("trainer").put(bundle)
    network = read_bundle(bundle).backbone_digest
    spoil(shelf.folder / "models" / "files" / network)
    with pytest.raises(BundleCorrupt):
        machine("worker").get(reference)

    spoil(shelf.folder / "models" / reference / MANIFEST)
    with pytest.raises(BundleCorrupt):
        machine("worker").get(reference)
    assert machine("worker").list() == []


def test_an_alias_may_name_what_another_machine_has_put(machine: Machine, bundle: Path) -> None:
    reference = machine("trainer").put(bundle)

    machine("web").alias(reference, "production")

    assert machine("web").resolve("production") == reference
    with pytest.raises(BundleNotFound):
        machine("web").alias(UNKNOWN, "production")


def test_a_mirrored_registry_shares_its_near_half(
    machine: Machine, shelf: FolderShelf, bundle: Path, tmp_path: Path
) -> None:
    remote = LocalRegistry(tmp_path / "remote")
    pending = tmp_path / "pending"
    trainer = MirroredRegistry(machine("trainer"), remote, pending=pending, start=at_once)
    shelf.reachable = False
    with pytest.raises(RegistryUnavailable):
        trainer.put(bundle)
    shelf.reachable = True

    trainer.synchronise_soon()  # as the sweeper does

    assert machine("worker").get(read_bundle(bundle).digest).is_dir()


def test_a_shelf_makes_the_sites_registry_a_shared_one(shelf: FolderShelf, tmp_path: Path) -> None:
    assert isinstance(open_registry(root=tmp_path / "registry", shelf=shelf), SharedRegistry)
