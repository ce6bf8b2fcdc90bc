"""What every home promises, asked of each of them in the same words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.detector.bundle import FILES, MANIFEST, read_bundle
from classifier.errors import BundleCorrupt, BundleNotFound
from classifier.registry import Registry
from tests.classifier.registry.conftest import spoil

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
