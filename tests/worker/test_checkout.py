"""A snapshot becomes a folder and a folder a snapshot, by digest, as often as it takes."""

import io
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from classifier.detector.bundle import read_bundle
from classifier.training.data.entry import split_of
from classifier.training.manifest import read_entries
from labelling.errors import InvalidRequest, NotFound
from labelling.originals import name_by_content
from tests.classifier.toy import make_toy_pictures
from tests.worker.snapshots import freeze, pictures, put
from worker.services import checkout
from worker.services.checkout import Report, find_digest, stored_digests
from worker.services.manifest import Line, SnapshotUnusable, manifest_bytes, manifest_name

QUICK = """
epochs: 0
crop: 32
threads: 1
data: {cropped_twins: false, on_bias: ignore}
preprocessing: {crop: 64, max_crops: 1}
"""

Frozen = tuple[str, dict[str, bytes]]


@pytest.fixture
def frozen() -> Frozen:
    """A snapshot of six pictures in the local storage."""
    originals = pictures(6)
    put(originals.items())
    return freeze(originals), originals


def tell_nobody(report: Report) -> None:
    """Nobody looks on."""


def pull(digest: str, folder: Path) -> Report:
    return checkout.pull(digest, folder, threads=2, told=tell_nobody)


def push(folder: Path) -> Report:
    return checkout.push(folder, threads=2, told=tell_nobody)


def verify(what: str | Path) -> Report:
    return checkout.verify(what, threads=2, told=tell_nobody)


def files_in(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_a_pulled_folder_holds_the_manifest_and_every_picture(
    frozen: Frozen, tmp_path: Path
) -> None:
    digest, originals = frozen
    told: list[tuple[int, int]] = []

    report = checkout.pull(
        digest, tmp_path / "p", threads=2, told=lambda r: told.append((r.brought, r.pictures))
    )

    assert (report.digest, report.pictures, report.brought) == (digest, 6, 6)
    assert (report.there, report.missing, report.failed) == (0, [], {})
    assert told == [(n, 6) for n in range(1, 7)]
    found = files_in(tmp_path / "p")
    assert sha256(found.pop("manifest.jsonl")).hexdigest() == digest
    assert found == {name_by_content(d, data): data for d, data in originals.items()}


def test_a_pulled_folder_is_a_manifest_to_train_on(frozen: Frozen, tmp_path: Path) -> None:
    digest, originals = frozen
    pull(digest, tmp_path / "p")
    entries = read_entries(tmp_path / "p" / "manifest.jsonl")
    assert {entry.path.read_bytes() for entry in entries} == set(originals.values())
    assert [entry.split for entry in entries] == [split_of(d) for d in sorted(originals)]


def test_what_is_there_is_not_brought_again_and_what_was_changed_is(
    frozen: Frozen, tmp_path: Path
) -> None:
    digest, originals = frozen
    pull(digest, tmp_path / "p")
    names = [tmp_path / "p" / name_by_content(d, data) for d, data in originals.items()]
    names[0].write_bytes(b"half a pic")
    names[1].unlink()
    kept = names[2].stat().st_mtime_ns

    report = pull(digest, tmp_path / "p")

    assert (report.there, report.brought) == (4, 2)
    assert [name.read_bytes() for name in names] == list(originals.values())
    assert names[2].stat().st_mtime_ns == kept


def test_an_interrupted_pull_has_no_manifest_and_goes_on(
    frozen: Frozen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest, originals = frozen
    broken = sorted(originals)[3]
    honest = checkout.read_by_digest

    def gone_away(sha: str, **options: object) -> bytes:
        if sha == broken and options["storage"] is default_storage:
            raise ConnectionError("the network is down")
        return honest(sha, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(checkout, "read_by_digest", gone_away)
    report = pull(digest, tmp_path / "p")
    assert report.failed == {broken: "ConnectionError('the network is down')"}
    assert report.brought == 5
    assert not (tmp_path / "p" / "manifest.jsonl").exists()

    monkeypatch.setattr(checkout, "read_by_digest", honest)
    report = pull(digest, tmp_path / "p")
    assert (report.there, report.brought, report.failed) == (5, 1, {})
    assert (tmp_path / "p" / "manifest.jsonl").exists()


def test_a_picture_that_was_deleted_is_named_and_the_rest_comes(
    frozen: Frozen, tmp_path: Path
) -> None:
    digest, originals = frozen
    gone, data = next(iter(originals.items()))
    default_storage.delete(name_by_content(gone, data))

    report = pull(digest, tmp_path / "p")

    assert (report.brought, report.missing, report.failed) == (5, [gone], {})
    assert (tmp_path / "p" / "manifest.jsonl").exists()


def test_a_picture_that_changed_in_the_storage_never_arrives(
    frozen: Frozen, tmp_path: Path
) -> None:
    digest, originals = frozen
    changed, data = next(iter(originals.items()))
    Path(default_storage.path(name_by_content(changed, data))).write_bytes(data + b"x")

    report = pull(digest, tmp_path / "p")

    assert list(report.failed) == [changed]
    assert "not as it was put there" in report.failed[changed]
    assert not list((tmp_path / "p").rglob(f"{changed}*"))
    assert list(verify(digest).failed) == [changed]


def test_a_changed_manifest_is_refused(frozen: Frozen, tmp_path: Path) -> None:
    digest, _ = frozen
    path = Path(default_storage.path(manifest_name(digest)))
    path.write_bytes(path.read_bytes().replace(b'"ai"', b'"human"', 1))
    with pytest.raises(SnapshotUnusable, match="not as it was put there"):
        pull(digest, tmp_path / "p")
    assert not (tmp_path / "p").exists()


def test_a_folder_is_carried_into_another_storage(frozen: Frozen, tmp_path: Path, settings) -> None:
    digest, originals = frozen
    pull(digest, tmp_path / "p")
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    put(list(originals.items())[:2])

    report = push(tmp_path / "p")

    assert (report.there, report.brought) == (2, 4)
    assert stored_digests() == [digest]
    assert verify(digest).there == 6
    again = push(tmp_path / "p")
    assert (again.there, again.brought) == (6, 0)


def test_a_changed_folder_is_not_carried(frozen: Frozen, tmp_path: Path, settings) -> None:
    digest, originals = frozen
    pull(digest, tmp_path / "p")
    changed, data = next(iter(originals.items()))
    (tmp_path / "p" / name_by_content(changed, data)).write_bytes(b"something else")
    settings.MEDIA_ROOT = tmp_path / "elsewhere"

    report = push(tmp_path / "p")

    assert list(report.failed) == [changed]
    assert stored_digests() == []
    assert list(verify(tmp_path / "p").failed) == [changed]


def test_names_in_a_manifest_cannot_leave_the_folder(tmp_path: Path) -> None:
    line = '{"group":"a","label":"ai","review_ids":[],"sha256":"../../x","source":"","use":"train"}'
    (tmp_path / "manifest.jsonl").write_text(line)
    with pytest.raises(SnapshotUnusable, match="is not a sha256"):
        push(tmp_path)


def test_a_digest_may_be_shortened_where_it_stays_clear(frozen: Frozen) -> None:
    digest, _ = frozen
    assert find_digest(digest[:6]) == digest
    with pytest.raises(InvalidRequest, match="at least 6"):
        find_digest(digest[:5])
    with pytest.raises(NotFound):
        find_digest("0" * 12)
    (Path(default_storage.path("snapshots")) / (digest[:12] + "0" * 52)).mkdir()
    with pytest.raises(InvalidRequest, match="2 snapshots begin with"):
        find_digest(digest[:6])


def test_the_command_does_it_without_a_database(frozen: Frozen, tmp_path: Path) -> None:
    digest, _ = frozen
    out = io.StringIO()
    call_command("snapshot", "list", stdout=out)
    call_command("snapshot", "pull", digest[:12], str(tmp_path / "p"), stdout=out)
    call_command("snapshot", "verify", str(tmp_path / "p"), stdout=out)
    call_command("snapshot", "push", str(tmp_path / "p"), stdout=out)
    assert out.getvalue().splitlines() == [
        f"{digest}  6 pictures  6 train",
        f"6 of 6 pictures are as they should be, 6 now. Snapshot {digest}",
        f"6 of 6 pictures are as they should be. Snapshot {digest}",
        f"6 of 6 pictures are as they should be, 0 now. Snapshot {digest}",
    ]
    with pytest.raises(CommandError, match="No snapshot in the storage begins with"):
        call_command("snapshot", "pull", "0" * 12, str(tmp_path / "q"))


def test_the_command_ends_badly_where_a_picture_is_wrong(frozen: Frozen, tmp_path: Path) -> None:
    digest, originals = frozen
    call_command("snapshot", "pull", digest, str(tmp_path / "p"), stdout=io.StringIO())
    changed, data = next(iter(originals.items()))
    (tmp_path / "p" / name_by_content(changed, data)).write_bytes(b"x")
    err = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("snapshot", "verify", str(tmp_path / "p"), stdout=io.StringIO(), stderr=err)
    assert end.value.code == 1
    assert f"1 failed. Run it again to go on. {changed[:12]}" in err.getvalue()


@pytest.mark.slow
def test_a_network_is_trained_on_a_pulled_folder_and_names_the_snapshot(tmp_path: Path) -> None:
    entries = read_entries(make_toy_pictures(tmp_path / "toy", of_each=30))
    originals = {sha256(e.path.read_bytes()).hexdigest(): e for e in entries}
    put((digest, entry.path.read_bytes()) for digest, entry in originals.items())
    labelled = [
        Line(digest, entry.label.value, "train", (1,), digest, "page")
        for digest, entry in sorted(originals.items())
    ]
    content = manifest_bytes(labelled)
    digest = sha256(content).hexdigest()
    default_storage.save(manifest_name(digest), ContentFile(content))
    (tmp_path / "quick.yaml").write_text(QUICK)

    call_command("snapshot", "pull", digest, str(tmp_path / "p"), stdout=io.StringIO())
    call_command(
        "train",
        manifest=tmp_path / "p" / "manifest.jsonl",
        out=tmp_path / "run",
        config=tmp_path / "quick.yaml",
        stdout=io.StringIO(),
    )

    lineage = read_bundle(tmp_path / "run" / "bundle").lineage
    assert lineage["manifest_sha256"] == digest
    assert sum(lineage["pictures"].values()) == 60


def test_the_command_names_what_was_deleted_and_pulls_the_rest(
    frozen: Frozen, tmp_path: Path
) -> None:
    digest, originals = frozen
    gone, data = next(iter(originals.items()))
    default_storage.delete(name_by_content(gone, data))
    err = io.StringIO()
    call_command("snapshot", "pull", digest, str(tmp_path / "p"), stdout=io.StringIO(), stderr=err)
    assert err.getvalue() == (
        f"Not there any more, maybe because somebody deleted them: 1. {gone}\n"
    )
    with pytest.raises(SystemExit):
        call_command("snapshot", "verify", digest, stdout=io.StringIO(), stderr=io.StringIO())
