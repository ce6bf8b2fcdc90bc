"""What every home promises, asked of each of them in the same words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.detector.bundle import FILES, MANIFEST, read_bundle
from classifier.errors import BundleCorrupt, BundleNotFound
from classifier.registry import Registry
from classifier.registry.runs import Run
from tests.classifier.registry.conftest import make_record, spoil

pytestmark = pytest.mark.usefixtures("warm_client")

UNKNOWN = "f" * 64


def test_a_bundle_comes_back_as_it_was_put(registry: Registry, bundle: Path) -> None:
    reference = registry.put(bundle)

    found = registry.get(reference)

    assert reference == read_bundle(bundle).digest
    assert found != bundle
    assert read_bundle(found, verify=True).digest == reference
    for name in (MANIFEST, *FILES):
        assert (found / name).read_bytes() == (bundle / name).read_bytes()


def test_an_empty_registry_answers(registry: Registry) -> None:
    assert registry.list() == []
    assert registry.resolve("production") is None
    for reference in (UNKNOWN, "../../etc", "production", ""):
        with pytest.raises(BundleNotFound):
            registry.get(reference)


def test_the_same_bundle_twice_is_one_entry(registry: Registry, bundles: Sequence[Path]) -> None:
    first = registry.put(bundles[0], metadata={"version": 1, "metrics": {"auroc": 0.9}})
    second = registry.put(bundles[1])
    again = registry.put(bundles[0], aliases=["candidate"], metadata={"version": 7})

    assert again == first
    newest, oldest = registry.list()
    assert (newest.digest, oldest.digest) == (second, first)
    assert oldest.metadata == {"version": 1, "metrics": {"auroc": 0.9}}
    assert (newest.aliases, oldest.aliases) == (("latest",), ("candidate",))


def test_an_alias_moves_and_points_at_one_bundle(
    registry: Registry, bundles: Sequence[Path]
) -> None:
    first = registry.put(bundles[0], aliases=["candidate", "production"])
    second = registry.put(bundles[1], aliases=["candidate"])
    registry.alias(second, "shadow")
    newest, oldest = registry.list()
    assert newest.aliases == ("candidate", "latest", "shadow")
    assert oldest.aliases == ("production",)
    assert registry.resolve("production") == first

    registry.alias(second, "production")
    registry.alias(second, "production")

    assert registry.resolve("production") == second


def test_an_alias_of_nothing_is_refused(registry: Registry, bundle: Path) -> None:
    reference = registry.put(bundle, aliases=["production"])

    with pytest.raises(BundleNotFound):
        registry.alias(UNKNOWN, "production")

    assert registry.resolve("production") == reference


@pytest.mark.parametrize("alias", ["v3", "Production", "a/b", "a:b", "", "a" * 49, "1" * 64])
def test_a_badly_spelt_alias_changes_nothing(registry: Registry, bundle: Path, alias: str) -> None:
    with pytest.raises(ValueError, match="cannot be an alias"):
        registry.put(bundle, aliases=[alias])
    with pytest.raises(ValueError, match="cannot be an alias"):
        registry.alias(UNKNOWN, alias)
    with pytest.raises(ValueError, match="cannot be an alias"):
        registry.resolve(alias)


def test_the_list_is_newest_first_and_in_utc(registry: Registry, bundles: Sequence[Path]) -> None:
    references = [registry.put(bundle) for bundle in bundles]

    entries = registry.list()

    assert [entry.reference for entry in entries] == references[::-1]
    assert [entry.digest for entry in entries] == references[::-1]
    for entry in entries:
        assert entry.created_at.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - entry.created_at) < timedelta(minutes=1)


def test_a_corrupt_bundle_is_not_taken(registry: Registry, bundle: Path) -> None:
    spoil(bundle / "head.safetensors")

    with pytest.raises(BundleCorrupt):
        registry.put(bundle, aliases=["production"])

    assert registry.list() == []
    assert registry.resolve("production") is None


def test_an_alias_is_taken_away_from_the_bundle_that_has_it(
    registry: Registry, bundles: Sequence[Path]
) -> None:
    first = registry.put(bundles[0], aliases=["production"])
    second = registry.put(bundles[1], aliases=["shadow"])

    registry.unalias(first, "shadow")
    assert registry.resolve("shadow") == second

    registry.unalias(second, "shadow")
    assert registry.resolve("shadow") is None
    assert registry.resolve("production") == first


ACCURACY = "train/epoch_acc"


def test_the_best_run_of_a_sweep_gives_its_bundle(
    registry: Registry, sweep: str, bundles: Sequence[Path], tmp_path: Path
) -> None:
    """The last figure counts, not the highest, and what has none does not take part."""
    told: list[list[dict[str, float]]] = [
        [{ACCURACY: 0.9, "loss": 0.5}, {ACCURACY: 0.6, "loss": 0.1}],
        [{ACCURACY: 0.5, "loss": 0.5}, {ACCURACY: 0.8, "loss": 0.2}],
    ]
    for number, (bundle, rows) in enumerate(zip(bundles[:2], told, strict=True)):
        run = Run(f"trial {number}", sweep=sweep, id=f"run{number}")
        registry.put(bundle, run=make_record(tmp_path / f"run-{number}", run, rows))
    blind = Run("trial 2", sweep=sweep, id="run2")
    registry.log_run(make_record(tmp_path / "run-2", blind, [{"loss": 0.3}]))

    best = registry.best_of_sweep(sweep, ACCURACY)

    assert (best.run, best.name, best.value) == ("run1", "trial 1", 0.8)
    assert best.reference == read_bundle(bundles[1]).digest
    assert read_bundle(registry.get(best.reference), verify=True).digest == best.reference
    least = registry.best_of_sweep(sweep, "loss")
    assert (least.run, least.value) == ("run0", 0.1)
    with pytest.raises(BundleNotFound, match="No run of the sweep"):
        registry.best_of_sweep(sweep, "val_auroc")


def test_a_best_run_without_a_bundle_is_said_and_not_passed_over(
    registry: Registry, sweep: str, bundle: Path, tmp_path: Path
) -> None:
    second, first = Run("second", sweep=sweep), Run("first", sweep=sweep)
    registry.put(bundle, run=make_record(tmp_path / "a", second, [{ACCURACY: 0.5}]))
    registry.log_run(make_record(tmp_path / "b", first, [{ACCURACY: 0.9}]))

    with pytest.raises(BundleNotFound, match=r"The best run of the sweep, first, .* no bundle"):
        registry.best_of_sweep(sweep, ACCURACY)
    with pytest.raises(BundleNotFound):
        registry.best_of_sweep("unheard", ACCURACY)


def test_what_is_no_run_is_not_kept(registry: Registry, bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        registry.log_run(tmp_path)
