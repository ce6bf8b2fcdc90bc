"""The W&B home, through the real pinned client, against a server that can misbehave."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import wandb as client

from classifier.detector.bundle import FILES, MANIFEST, read_bundle
from classifier.errors import BundleCorrupt, BundleNotFound, RegistryUnavailable
from classifier.registry import Registry, WandbSettings
from classifier.registry.runs import Run
from tests.classifier.registry.conftest import Wandb, make_record, spoil, wait_until
from tests.servers.wandb_records import Sweep, Version
from tests.servers.wandb_server import WandbServer

# A client of its own for each question is what the others are about.
about_answers = pytest.mark.usefixtures("warm_client")
BUNDLE_FILES = {MANIFEST, *FILES}
UNKNOWN = "f" * 64
# What a limit of 2 or 3 seconds may take on a machine that is busy with other tests.
PATIENCE = 60.0


def test_the_client_is_the_one_whose_protocol_was_read() -> None:
    assert client.__version__ == "0.31.0"


def test_a_put_is_one_short_run_and_one_model_version(
    wandb: Wandb, server: WandbServer, bundle: Path
) -> None:
    digest = wandb.registry().put(bundle, aliases=["candidate"], metadata={"version": 4})

    (run,) = [run for run in server.records.runs.values() if run.project == wandb.settings.project]
    assert (run.job_type, run.state) == ("register", "finished")
    collection = server.records.collections[wandb.settings.project, "ai_vs_human_model"]
    (version,) = collection.committed()
    assert collection.kind == "model"
    assert {file.name for file in version.files} == BUNDLE_FILES
    assert collection.aliases == dict.fromkeys(["candidate", "latest", digest], version.id)


@about_answers
def test_a_bundle_is_downloaded_from_the_server_into_an_empty_cache(
    wandb: Wandb, server: WandbServer, bundle: Path
) -> None:
    digest = wandb.registry().put(bundle)
    elsewhere = wandb.registry()
    server.served_files.clear()

    folder = elsewhere.get(digest)

    assert read_bundle(folder, verify=True).digest == digest
    assert sorted(server.served_files) == sorted([*BUNDLE_FILES, "wandb_manifest.json"])


@about_answers
def test_what_was_fetched_is_never_asked_for_again(
    wandb: Wandb, server: WandbServer, bundle: Path
) -> None:
    digest = wandb.registry().put(bundle)
    elsewhere = wandb.registry()
    folder = elsewhere.get(digest)
    server.operations.clear()
    server.served_files.clear()

    assert elsewhere.get(digest) == folder
    assert (server.operations, server.served_files) == ([], [])


@about_answers
def test_a_corrupt_cache_is_fetched_anew(wandb: Wandb, server: WandbServer, bundle: Path) -> None:
    digest = wandb.registry().put(bundle)
    elsewhere = wandb.registry()
    spoil(elsewhere.get(digest) / "head.safetensors")
    server.served_files.clear()

    assert read_bundle(elsewhere.get(digest), verify=True).digest == digest
    assert set(server.served_files) >= BUNDLE_FILES


@about_answers
def test_reading_makes_no_run(wandb: Wandb, server: WandbServer, bundle: Path) -> None:
    registry = wandb.registry()
    digest = registry.put(bundle, aliases=["candidate"])
    server.operations.clear()

    registry.get(digest)
    assert registry.resolve("candidate") == digest
    registry.list()
    registry.alias(digest, "shadow")

    assert "UpsertBucket" not in server.operations
    assert "AddAliases" in server.operations
    assert len([p for p, _ in server.records.runs if p == wandb.settings.project]) == 1


@about_answers
def test_a_changed_download_is_refused_and_not_kept(
    wandb: Wandb, server: WandbServer, bundle: Path
) -> None:
    digest = wandb.registry().put(bundle)
    elsewhere = wandb.registry()

    with (
        server.trouble(spoil=lambda name, body: body[::-1] if name == "MODEL_CARD.md" else body),
        pytest.raises(BundleCorrupt),
    ):
        elsewhere.get(digest)

    assert read_bundle(elsewhere.get(digest), verify=True).digest == digest


@about_answers
def test_another_bundle_under_the_digest_is_refused(
    wandb: Wandb, server: WandbServer, bundles: Sequence[Path]
) -> None:
    registry = wandb.registry()
    first, second = registry.put(bundles[0]), registry.put(bundles[1])
    collection = server.records.collections[wandb.settings.project, "ai_vs_human_model"]
    collection.aliases[first] = collection.aliases[second]

    with pytest.raises(BundleCorrupt, match=f"sent bundle {second[:12]}, not {first[:12]}"):
        wandb.registry().get(first)


@about_answers
def test_versions_logged_by_hand_are_left_out(
    wandb: Wandb, server: WandbServer, bundle: Path
) -> None:
    registry = wandb.registry()
    digest = registry.put(bundle)
    collection = server.records.collections[wandb.settings.project, "ai_vs_human_model"]
    stranger = Version(index=1, digest="0", metadata="{}", state="COMMITTED")
    collection.versions.append(stranger)
    collection.point(stranger, ["latest"])

    assert [entry.reference for entry in registry.list()] == [digest]
    assert registry.resolve("latest") is None


@about_answers
def test_the_list_goes_on_past_the_first_page(
    wandb: Wandb, server: WandbServer, bundle: Path
) -> None:
    registry = wandb.registry()
    first = registry.put(bundle)
    collection = server.records.collections[wandb.settings.project, "ai_vs_human_model"]
    digests = [f"{number:064x}" for number in range(1, 121)]
    for number, digest in enumerate(digests, start=1):
        metadata = json.dumps({"bundle_digest": digest})
        collection.versions.append(Version(number, digest, metadata=metadata, state="COMMITTED"))
    server.operations.clear()

    found = [entry.reference for entry in registry.list()]

    assert found == [*reversed(digests), first]
    assert server.operations.count("ProjectArtifacts") == 3


@about_answers
def test_the_default_entity_of_the_key_is_used_when_none_is_named(
    wandb: Wandb, bundle: Path
) -> None:
    registry = wandb.registry(entity="")

    assert registry.resolve("production") is None
    digest = registry.put(bundle, aliases=["production"])
    assert wandb.registry().resolve("production") == digest


# -- runs, sweeps and a registry to link into ----------------------------------------------------

# What the site needs of the protocol, by the names that the client gives its questions.
SPOKEN = {
    "Viewer", "ServerFeaturesQuery", "UpsertBucket", "CreateArtifact", "CreateArtifactManifest",
    "CreateArtifactFiles", "CommitArtifact", "ArtifactByID", "LinkArtifact", "UseArtifact",
    "ArtifactMembershipByName", "FetchArtifactManifest", "GetArtifactMembershipFileUrls",
    "AddAliases", "DeleteAliases", "UpsertSweep", "GetSweep", "Runs", "RunOutputArtifacts",
}  # fmt: skip


def test_a_bundle_goes_the_whole_way(
    wandb: Wandb, sweep: str, server: WandbServer, bundle: Path, tmp_path: Path
) -> None:
    """Made by a run of a sweep, logged with its data, linked, moved, found, and downloaded."""
    server.records.registries.add("wandb-registry-model")
    registry = wandb.registry(registry="model")
    run = Run("trial 0", sweep=sweep, id="run0")
    record = make_record(tmp_path / "run", run, [{"train/epoch_acc": 0.75}])

    digest = registry.put(bundle, aliases=["candidate"], run=record)
    registry.alias(digest, "shadow")
    registry.unalias(digest, "shadow")
    best = wandb.registry().best_of_sweep(sweep, "train/epoch_acc")
    folder = wandb.registry().get(best.reference)

    assert read_bundle(folder, verify=True).digest == digest
    assert SPOKEN - set(server.operations) == set()
    made = server.records.runs[wandb.settings.project, "run0"]
    assert made.parts("wandb-history.jsonl"), "file_stream"
    assert set(server.served_files) == {*BUNDLE_FILES, "wandb_manifest.json"}
    own = server.records.collections[wandb.settings.project, "ai_vs_human_model"]
    linked = server.records.collections["wandb-registry-model", "ai_vs_human_model"]
    (version,) = own.committed()
    assert linked.versions == [version]
    assert set(own.aliases) == {"candidate", "latest", digest}
    assert set(linked.aliases) == {"candidate", "latest"}


def test_a_run_tells_everything_and_sends_no_picture_but_its_samples(
    wandb: Wandb, server: WandbServer, tmp_path: Path
) -> None:
    rows = [{"loss": 0.5, "val_auroc": 0.7}, {"loss": 0.25, "val_auroc": 0.8}]
    before = set(server.records.files)

    told = Run("first", id="r1", sweep="local-1")  # a sweep that W&B knows nothing of
    wandb.registry().log_run(make_record(tmp_path / "run", told, rows))

    run = server.records.runs[wandb.settings.project, "r1"]
    assert (run.title, run.job_type, run.state) == ("first", "train", "finished")
    assert (run.sweep, run.group) == (None, "local-1")
    assert json.loads(run.config)["config"]["value"] == {"learning_rate": 0.1}
    history = {row["_step"]: row for row in run.parts("wandb-history.jsonl")}
    assert [history[step]["loss"] for step in (1, 2)] == [0.5, 0.25]
    assert history[0]["learned_from"]["captions"] == ["ai"]
    assert "learning_curve" in history[2]
    assert run.summary()["energy"] == "not measured"
    (data,) = server.records.collections[wandb.settings.project, "aivh_snapshot"].committed()
    assert run.used == [data.id]
    assert data.manifest is not None
    assert json.loads(data.manifest.body or b"")["contents"] == {
        "manifest.jsonl": {
            "ref": "gs://bucket/d/manifest.jsonl",
            "digest": "d" * 64,
            "size": 0,
            "skip_cache": False,
        }
    }
    sent = [server.records.files[key].name for key in set(server.records.files) - before]
    pictures = sorted(name.rpartition("_")[0] for name in sent if name.endswith(".png"))
    assert pictures == ["media/images/learned_from_0", "media/images/learning_curve_2"]


@about_answers
def test_a_run_that_is_told_twice_is_one_run(
    wandb: Wandb, server: WandbServer, bundle: Path, tmp_path: Path
) -> None:
    """The first time breaks off before the bundle is there; the second goes on in the same run."""
    registry = wandb.registry()
    record = make_record(tmp_path / "run", Run("first", id="r1"), [{"loss": 0.5}, {"loss": 0.25}])
    with server.trouble(status=400, only="CommitArtifact"), pytest.raises(RegistryUnavailable):
        registry.put(bundle, run=record)

    digest = registry.put(bundle, run=record)

    own = [run for run in server.records.runs.values() if run.project == wandb.settings.project]
    assert [(run.name, run.state) for run in own] == [("r1", "finished")]
    losses = [row["loss"] for row in own[0].parts("wandb-history.jsonl") if "loss" in row]
    assert losses == [0.5, 0.25]
    assert [entry.reference for entry in registry.list()] == [digest]


@about_answers
def test_the_sweep_itself_says_which_way_its_metric_is_good(
    wandb: Wandb, server: WandbServer, bundles: Sequence[Path], tmp_path: Path
) -> None:
    config = "{method: random, metric: {name: pixels, goal: minimize}, parameters: {}}"
    project = wandb.settings.project
    server.records.sweeps["falling"] = Sweep("falling", project, config)
    registry = wandb.registry()
    for number, bundle in enumerate(bundles[:2]):
        run = Run(f"trial {number}", sweep="falling", id=f"run{number}")
        record = make_record(tmp_path / run.id, run, [{"pixels": 10.0 + number, "depth": number}])
        registry.put(bundle, run=record)

    assert registry.best_of_sweep("falling", "pixels").run == "run0"
    assert registry.best_of_sweep("falling", "depth").run == "run1"


def test_a_registry_that_is_not_there_is_said(
    wandb: Wandb, server: WandbServer, bundle: Path
) -> None:
    with pytest.raises(RegistryUnavailable, match="registry wandb-registry-nowhere not found"):
        wandb.registry(registry="nowhere").put(bundle)
    assert any("nowhere not found" in problem for problem in server.problems)
    server.problems.clear()


@pytest.mark.parametrize(
    ("registry", "linked"),
    [
        ("", ""),
        ("model", "wandb-registry-model/ai_vs_human_model"),
        ("news/model", "news/wandb-registry-model/ai_vs_human_model"),
    ],
)
def test_a_registry_is_named_with_or_without_its_organisation(registry: str, linked: str) -> None:
    assert WandbSettings("newsroom", "aivh", "k", registry=registry).linked == linked


# -- a network that fails ------------------------------------------------------------------------


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port where nothing listens, held so that nothing will."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


CALLS: dict[str, Callable[[Registry, Path], object]] = {
    "put": lambda registry, bundle: registry.put(bundle),
    "get": lambda registry, bundle: registry.get(UNKNOWN),
    "alias": lambda registry, bundle: registry.alias(UNKNOWN, "shadow"),
    "resolve": lambda registry, bundle: registry.resolve("production"),
    "list": lambda registry, bundle: registry.list(),
}


@pytest.mark.parametrize("call", CALLS)
def test_an_unreachable_server_is_said_within_the_limit(
    wandb: Wandb, bundle: Path, closed_port: int, call: str
) -> None:
    registry = wandb.registry(
        base_url=f"http://127.0.0.1:{closed_port}", timeout=2, transfer_timeout=3
    )
    started = time.monotonic()

    with pytest.raises(RegistryUnavailable):
        CALLS[call](registry, bundle)

    assert time.monotonic() - started < PATIENCE


@pytest.mark.parametrize("call", ["put", "resolve"])
def test_a_slow_server_costs_no_more_than_the_limit(
    wandb: Wandb, server: WandbServer, bundle: Path, call: str
) -> None:
    registry = wandb.registry(timeout=2, transfer_timeout=2)
    started = time.monotonic()

    with server.trouble(delay=120), pytest.raises(RegistryUnavailable):
        CALLS[call](registry, bundle)

    assert time.monotonic() - started < PATIENCE


@pytest.mark.parametrize(("status", "call"), [(403, "resolve"), (500, "list"), (503, "put")])
def test_a_broken_server_is_unavailable_and_not_empty(
    wandb: Wandb, server: WandbServer, bundle: Path, status: int, call: str
) -> None:
    registry = wandb.registry(timeout=3, transfer_timeout=3)

    with server.trouble(status=status), pytest.raises(RegistryUnavailable):
        CALLS[call](registry, bundle)


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("ArtifactMembershipByName", "get"),
        ("ArtifactMembershipByName", "resolve"),
        ("ProjectArtifacts", "list"),
    ],
)
def test_a_question_that_fails_alone_is_unavailable_and_not_absent(
    wandb: Wandb, server: WandbServer, bundle: Path, operation: str, call: str
) -> None:
    with server.trouble(status=400, only=operation), pytest.raises(RegistryUnavailable) as raised:
        CALLS[call](wandb.registry(), bundle)

    assert "400" in raised.value.message


def test_a_refused_key_is_unavailable(wandb: Wandb, bundle: Path) -> None:
    registry = wandb.registry(api_key="f" * 40, timeout=3)

    with pytest.raises(RegistryUnavailable):
        registry.list()


@about_answers
def test_a_put_that_broke_off_leaves_no_version_and_can_be_repeated(
    wandb: Wandb, server: WandbServer, bundle: Path
) -> None:
    with server.trouble(status=400, only="CommitArtifact"), pytest.raises(RegistryUnavailable):
        wandb.registry().put(bundle)
    assert "CreateArtifactFiles" in server.operations
    assert wandb.registry().list() == []

    digest = wandb.registry().put(bundle)

    assert [entry.reference for entry in wandb.registry().list()] == [digest]


def test_a_cached_bundle_is_served_without_a_network(
    wandb: Wandb, bundle: Path, closed_port: int, tmp_path: Path
) -> None:
    settings_folder = tmp_path / "shared-cache"
    online = wandb.registry_at(settings_folder)
    digest = online.put(bundle)
    folder = online.get(digest)

    offline = wandb.registry_at(settings_folder, base_url=f"http://127.0.0.1:{closed_port}")

    assert offline.get(digest) == folder


def test_an_unknown_bundle_is_not_found_rather_than_unavailable(wandb: Wandb) -> None:
    with pytest.raises(BundleNotFound):
        wandb.registry().get(UNKNOWN)


# -- what it keeps to itself ---------------------------------------------------------------------


def test_no_process_stays_behind(wandb: Wandb, server: WandbServer) -> None:
    """Neither the client's process nor its wandb-core outlives a question, answered or not."""
    wandb.registry().resolve("production")
    with server.trouble(delay=120), ThreadPoolExecutor() as pool:
        asked = pool.submit(wandb.registry(timeout=20).resolve, "production")
        assert wait_until(lambda: _processes_that_name(wandb.folder) != [], seconds=60)
        with pytest.raises(RegistryUnavailable):
            asked.result()

    assert wait_until(lambda: _processes_that_name(wandb.folder) == [], seconds=60)


def test_a_killed_asker_takes_the_client_with_it(wandb: Wandb, server: WandbServer) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from classifier.registry.wandb import WandbRegistry, WandbSettings\n"
        "url, key, cache = sys.argv[1:]\n"
        "settings = WandbSettings('newsroom', 'aivh', key, base_url=url)\n"
        "WandbRegistry(settings, cache=Path(cache)).resolve('production')\n"
    )
    arguments = [server.url, wandb.settings.api_key, str(wandb.folder)]
    with server.trouble(delay=120):
        asker = subprocess.Popen([sys.executable, "-c", program, *arguments])
        assert wait_until(lambda: _processes_that_name(wandb.folder) != [], seconds=60)
        asker.kill()
        asker.wait()

        assert wait_until(lambda: _processes_that_name(wandb.folder) == [], seconds=60)


def test_the_key_is_not_shown(wandb: Wandb) -> None:
    assert wandb.settings.api_key not in repr(wandb.settings)
    assert "api_key" not in repr(wandb.settings)


def test_the_site_never_imports_wandb(tmp_path: Path, bundle: Path, closed_port: int) -> None:
    """Opening, writing and reading a mirrored registry leaves wandb out of the process."""
    program = (
        "import sys; from pathlib import Path\n"
        "from classifier.registry import WandbSettings, open_registry\n"
        "root, bundle, url = sys.argv[1:]\n"
        "limits = {'timeout': 2, 'transfer_timeout': 2}\n"
        "settings = WandbSettings('e', 'p', 'k' * 40, base_url=url, **limits)\n"
        "registry = open_registry(root=Path(root), wandb=settings)\n"
        "reference = registry.put(Path(bundle)); registry.get(reference)\n"
        "assert [e.reference for e in registry.pending()] == [reference]\n"
        "assert 'wandb' not in sys.modules\n"
    )
    url = f"http://127.0.0.1:{closed_port}"
    command = [sys.executable, "-c", program, str(tmp_path / "registry"), str(bundle), url]

    subprocess.run(command, check=True, timeout=60)


def _processes_that_name(folder: Path) -> list[str]:
    """The processes whose environment names the folder, as that of our client and its own do."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


def test_settings_name_the_artifact_by_default() -> None:
    settings = WandbSettings(entity="newsroom", project="aivh", api_key="k")

    assert settings.artifact == "ai_vs_human_model"
    assert settings.base_url is None
