"""The mirrored registry: nothing waits for W&B, and in time W&B has everything."""

import logging
import os
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from classifier.detector.bundle import read_bundle
from classifier.errors import RegistryUnavailable
from classifier.registry import MirroredRegistry, Registry, open_registry
from classifier.registry.local import LocalRegistry
from classifier.registry.mirrored import REST_SECONDS
from classifier.registry.runs import SENT, Run, model_of, read_figures
from classifier.registry.wandb import WandbRegistry
from tests.classifier.registry.conftest import Wandb, at_once, make_record, spoil, wait_until

CALLS = {"put", "get", "alias", "unalias", "resolve", "list", "log_run", "best_of_sweep"}


class Unplugged(LocalRegistry):
    """A registry with a plug: it keeps what it has and does not answer while ``down``."""

    down = False

    def __getattribute__(self, name: str) -> object:
        if name in CALLS and self.down:
            raise RegistryUnavailable("The remote does not answer.")
        return super().__getattribute__(name)


@pytest.fixture
def local(tmp_path: Path) -> LocalRegistry:
    return LocalRegistry(tmp_path / "local")


@pytest.fixture
def remote(tmp_path: Path) -> Unplugged:
    return Unplugged(tmp_path / "remote")


@pytest.fixture
def registry(local: LocalRegistry, remote: Unplugged, tmp_path: Path) -> MirroredRegistry:
    return MirroredRegistry(local, remote, pending=tmp_path / "pending", start=at_once)


def describe(registry: Registry) -> list[tuple[str, tuple[str, ...], object]]:
    return [(entry.digest, entry.aliases, entry.metadata) for entry in registry.list()]


def test_a_put_lands_in_both(
    registry: MirroredRegistry, local: LocalRegistry, remote: Unplugged, bundle: Path
) -> None:
    digest = registry.put(bundle, aliases=["candidate"], metadata={"version": 1})

    assert describe(local) == [(digest, ("candidate", "latest"), {"version": 1})]
    assert describe(remote) == describe(local)
    assert registry.pending() == []


def test_a_put_without_the_remote_succeeds_and_is_sent_later(
    registry: MirroredRegistry,
    local: LocalRegistry,
    remote: Unplugged,
    bundles: Sequence[Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    remote.down = True
    with caplog.at_level(logging.WARNING):
        first = registry.put(bundles[0], aliases=["production"], metadata={"version": 1})
        second = registry.put(bundles[1], aliases=["candidate"], metadata={"version": 2})

    assert registry.get(first) == local.get(first)
    assert registry.resolve("production") == first
    assert [entry.reference for entry in registry.list()] == [second, first]
    assert [entry.reference for entry in registry.pending()] == [first, second]
    assert "Bundles that wait to be sent: 1." in caplog.text

    with pytest.raises(RegistryUnavailable):
        registry.synchronise()
    assert [entry.reference for entry in registry.pending()] == [first, second]

    remote.down = False
    assert [entry.reference for entry in registry.synchronise()] == [first, second]
    assert describe(remote) == describe(local)
    assert registry.pending() == []
    assert registry.synchronise() == []


def test_an_alias_moved_without_the_remote_is_sent_later(
    registry: MirroredRegistry, remote: Unplugged, bundles: Sequence[Path]
) -> None:
    first = registry.put(bundles[0], aliases=["production"])
    second = registry.put(bundles[1])
    remote.down = True
    registry.alias(second, "production")
    registry.alias(first, "production")
    remote.down = False
    assert remote.resolve("production") == first
    remote.down = True
    registry.alias(second, "production")
    remote.down = False

    registry.synchronise()

    assert remote.resolve("production") == second
    assert remote.resolve("latest") == second
    assert registry.pending() == []


def test_the_next_write_sends_what_waits_once_the_remote_has_rested(
    registry: MirroredRegistry, remote: Unplugged, bundles: Sequence[Path], tmp_path: Path
) -> None:
    remote.down = True
    first = registry.put(bundles[0])
    remote.down = False

    second = registry.put(bundles[1])
    assert remote.list() == []
    _let_a_minute_pass(tmp_path / "pending.failed")
    third = registry.put(bundles[2])

    assert [entry.reference for entry in remote.list()] == [third, second, first]
    assert remote.resolve("latest") == third
    assert registry.pending() == []


def test_asking_often_asks_the_remote_once_a_minute(
    registry: MirroredRegistry, remote: Unplugged, bundle: Path, tmp_path: Path
) -> None:
    remote.down = True
    registry.put(bundle)
    asked = (tmp_path / "pending.failed").stat().st_mtime_ns

    for _ in range(3):
        registry.synchronise_soon()
    assert (tmp_path / "pending.failed").stat().st_mtime_ns == asked

    _let_a_minute_pass(tmp_path / "pending.failed")
    remote.down = False
    registry.synchronise_soon()
    assert registry.pending() == []
    assert not (tmp_path / "pending.failed").exists()


def _let_a_minute_pass(failed: Path) -> None:
    os.utime(failed, (time.time() - REST_SECONDS - 1,) * 2)


def test_a_write_does_not_wait_for_the_remote(
    local: LocalRegistry, tmp_path: Path, bundle: Path
) -> None:
    let_go = threading.Event()

    class Hanging(LocalRegistry):
        def put(
            self,
            bundle: Path,
            *,
            aliases: Sequence[str] = (),
            metadata: Mapping[str, object] | None = None,
            run: Path | None = None,
        ) -> str:
            let_go.wait(20)
            return super().put(bundle, aliases=aliases, metadata=metadata, run=run)

    remote = Hanging(tmp_path / "remote")
    mirror = MirroredRegistry(local, remote, pending=tmp_path / "pending")

    digest = mirror.put(bundle)
    mirror.alias(digest, "production")
    assert mirror.resolve("production") == digest
    assert remote.list() == []
    assert mirror.synchronise() == []  # the thread is at it

    let_go.set()
    assert wait_until(lambda: mirror.pending() == [], seconds=60)
    assert remote.resolve("production") == digest


def test_what_waits_survives_the_process(
    registry: MirroredRegistry,
    local: LocalRegistry,
    remote: Unplugged,
    bundle: Path,
    tmp_path: Path,
) -> None:
    remote.down = True
    digest = registry.put(bundle)
    remote.down = False

    after_restart = MirroredRegistry(local, remote, pending=tmp_path / "pending", start=at_once)

    assert [entry.reference for entry in after_restart.synchronise()] == [digest]
    assert [entry.reference for entry in remote.list()] == [digest]


def test_an_alias_that_moves_during_the_sending_is_sent_too(
    local: LocalRegistry, remote: Unplugged, tmp_path: Path, bundle: Path
) -> None:
    pending = tmp_path / "pending"
    remote.down = True
    another_process = MirroredRegistry(local, remote, pending=pending, start=at_once)

    class Slow(LocalRegistry):
        """While this takes the bundle in, the other process moves an alias to it."""

        def put(
            self,
            bundle: Path,
            *,
            aliases: Sequence[str] = (),
            metadata: Mapping[str, object] | None = None,
            run: Path | None = None,
        ) -> str:
            reference = super().put(bundle, aliases=aliases, metadata=metadata, run=run)
            if local.resolve("shadow") is None:
                another_process.alias(reference, "shadow")
            return reference

    slow = Slow(tmp_path / "slow")
    mirror = MirroredRegistry(local, slow, pending=pending, start=at_once)

    digest = mirror.put(bundle)

    assert slow.resolve("shadow") == digest
    assert mirror.pending() == []


def test_a_broken_local_copy_does_not_hold_up_the_others(
    registry: MirroredRegistry,
    remote: Unplugged,
    bundles: Sequence[Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    remote.down = True
    broken = registry.put(bundles[0])
    sound = registry.put(bundles[1])
    spoil(registry.get(broken) / "backbone.onnx")
    remote.down = False

    assert [entry.reference for entry in registry.synchronise()] == [sound]
    assert [entry.reference for entry in registry.pending()] == [broken]
    assert f"Bundle {broken[:12]} cannot be sent" in caplog.text


def test_what_only_the_remote_holds_is_found_there(
    registry: MirroredRegistry, remote: Unplugged, bundles: Sequence[Path]
) -> None:
    theirs = remote.put(bundles[0], aliases=["production"], metadata={"version": 9})
    ours = registry.put(bundles[1])

    assert registry.resolve("production") == theirs
    assert registry.get(theirs) == remote.get(theirs)
    assert [entry.reference for entry in registry.list()] == [ours, theirs]
    remote.down = True
    assert [entry.reference for entry in registry.list()] == [ours]


def test_an_alias_on_what_only_the_remote_holds_brings_it_here(
    registry: MirroredRegistry,
    local: LocalRegistry,
    remote: Unplugged,
    bundles: Sequence[Path],
) -> None:
    theirs = remote.put(bundles[0], metadata={"version": 9})
    ours = registry.put(bundles[1], aliases=["production"])

    registry.alias(theirs, "production")

    assert local.resolve("production") == theirs
    assert local.resolve("latest") == ours
    assert local.list()[1].metadata == {"version": 9}
    assert remote.resolve("production") == theirs
    remote.down = True
    assert read_bundle(registry.get(theirs), verify=True).digest == theirs


def test_a_run_lands_in_both_with_its_bundle(
    registry: MirroredRegistry,
    local: LocalRegistry,
    remote: Unplugged,
    bundle: Path,
    tmp_path: Path,
) -> None:
    record = make_record(tmp_path / "record", Run("retraining 1", id="r1"), [{"loss": 0.5}])

    digest = registry.put(bundle, run=record)

    for home in (local, remote):
        assert model_of(home.runs.folder("r1")) == digest
        assert read_figures(home.runs.folder("r1"))["loss"] == 0.5
    assert (remote.runs.folder("r1") / "images" / "learned_from" / "00-ai.png").is_file()
    assert not (local.runs.folder("r1") / "images").exists(), "sent, no picture stays here"
    assert registry.pending_runs() == []


def test_runs_without_the_remote_are_sent_later(
    registry: MirroredRegistry, remote: Unplugged, bundle: Path, tmp_path: Path
) -> None:
    remote.down = True
    made, failed = Run("made one", id="r1"), Run("made none", id="r2")
    digest = registry.put(bundle, run=make_record(tmp_path / "a", made))
    registry.log_run(make_record(tmp_path / "b", failed))
    assert registry.pending_runs() == [made, failed]
    with pytest.raises(RegistryUnavailable):
        registry.synchronise()
    assert registry.pending_runs() == [made, failed]

    remote.down = False
    registry.synchronise()

    assert registry.pending_runs() == []
    assert model_of(remote.runs.folder("r1")) == digest
    assert model_of(remote.runs.folder("r2")) is None


def test_a_bundle_is_not_sent_twice_because_of_its_run(
    registry: MirroredRegistry,
    remote: Unplugged,
    bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    puts: list[Path] = []
    put = remote.put

    def counted(bundle: Path, **given: Any) -> str:
        puts.append(given["run"])
        return put(bundle, **given)

    monkeypatch.setattr(remote, "put", counted)

    registry.put(bundle, aliases=["candidate"], run=make_record(tmp_path / "a", Run("a", id="r1")))

    assert [run.name for run in puts] == ["r1"]
    assert remote.resolve("candidate") is not None


def test_a_run_whose_bundle_is_broken_here_goes_alone(
    registry: MirroredRegistry, remote: Unplugged, bundle: Path, tmp_path: Path
) -> None:
    remote.down = True
    digest = registry.put(bundle, run=make_record(tmp_path / "a", Run("a", id="r1")))
    spoil(registry.get(digest) / "backbone.onnx")
    remote.down = False

    registry.synchronise()

    assert registry.pending_runs() == []
    assert [entry.reference for entry in registry.pending()] == [digest]
    assert remote.list() == []


def test_what_the_remote_was_told_while_it_happened_is_not_told_again(
    registry: MirroredRegistry, remote: Unplugged, bundle: Path, tmp_path: Path
) -> None:
    record = make_record(tmp_path / "record", Run("live", id="r1"))
    (record / SENT).touch()
    remote.down = True

    registry.put(bundle, run=record)
    registry.log_run(record)

    assert registry.pending_runs() == []
    assert len(registry.pending()) == 1


def test_a_run_whose_folder_is_gone_does_not_hold_up_the_others(
    registry: MirroredRegistry,
    local: LocalRegistry,
    remote: Unplugged,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    remote.down = True
    for name in ("r1", "r2"):
        registry.log_run(make_record(tmp_path / name, Run(name, id=name)))
    shutil.rmtree(local.runs.folder("r1"))
    remote.down = False

    registry.synchronise()

    assert "Run r1 cannot be sent" in caplog.text
    assert (remote.runs.folder("r2") / "run.json").is_file()
    assert registry.pending_runs() == []


def test_an_alias_taken_away_without_the_remote_leaves_it_later(
    registry: MirroredRegistry, remote: Unplugged, bundles: Sequence[Path]
) -> None:
    first = registry.put(bundles[0], aliases=["shadow"])
    second = registry.put(bundles[1])
    remote.down = True
    registry.unalias(first, "shadow")
    assert registry.resolve("latest") == second
    remote.down = False
    assert remote.resolve("shadow") == first

    registry.synchronise()

    assert remote.resolve("shadow") is None
    assert registry.pending() == []


def test_an_alias_taken_away_and_given_again_stays(
    registry: MirroredRegistry, remote: Unplugged, bundle: Path
) -> None:
    digest = registry.put(bundle, aliases=["shadow"])
    remote.down = True
    registry.unalias(digest, "shadow")
    registry.alias(digest, "shadow")
    remote.down = False

    registry.synchronise()

    assert remote.resolve("shadow") == digest


def test_the_best_of_a_sweep_is_asked_of_the_remote_which_knows_every_machine(
    registry: MirroredRegistry, remote: Unplugged, bundles: Sequence[Path], tmp_path: Path
) -> None:
    ours, theirs = Run("ours", sweep="s"), Run("theirs", sweep="s")
    here = registry.put(bundles[0], run=make_record(tmp_path / "a", ours, [{"val_auroc": 0.7}]))
    there = remote.put(bundles[1], run=make_record(tmp_path / "b", theirs, [{"val_auroc": 0.9}]))

    assert registry.best_of_sweep("s", "val_auroc").reference == there
    remote.down = True
    assert registry.best_of_sweep("s", "val_auroc").reference == here


def test_the_site_mirrors_to_wandb_and_a_second_site_reads_it(
    wandb: Wandb, tmp_path: Path, bundle: Path
) -> None:
    """The whole way: written on one machine, read on another, through the real client."""
    here = open_registry(root=tmp_path / "here", wandb=wandb.settings)
    there = open_registry(root=tmp_path / "there", wandb=wandb.settings)

    digest = here.put(bundle, aliases=["production"], metadata={"version": 1})
    assert wait_until(lambda: here.pending() == [], seconds=150)

    assert there.resolve("production") == digest
    assert read_bundle(there.get(digest), verify=True).digest == digest
    assert there.get(digest).parent == tmp_path / "there" / "fetched"
    assert here.get(digest).parent == tmp_path / "here" / "bundles"


def test_training_goes_on_while_wandb_is_gone(wandb: Wandb, tmp_path: Path, bundle: Path) -> None:
    gone = WandbRegistry(
        wandb.settings_with(base_url="http://127.0.0.1:1", timeout=2, transfer_timeout=2),
        cache=tmp_path / "fetched",
    )
    local = LocalRegistry(tmp_path / "local")
    pending = tmp_path / "pending"

    digest = MirroredRegistry(local, gone, pending=pending, start=at_once).put(
        bundle, aliases=["production"]
    )
    back = MirroredRegistry(local, wandb.registry(), pending=pending, start=at_once)

    assert [entry.reference for entry in back.synchronise()] == [digest]
    assert wandb.registry().resolve("production") == digest
