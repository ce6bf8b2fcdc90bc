"""A snapshot is a manifest under its own digest: the same labels, the same snapshot."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.storage import default_storage

from classifier.vocabulary import Label
from labelling.models import Image, Review
from labelling.models import Label as SettledLabel
from labelling.services.deletion import erase_image
from tests.worker.conftest import People
from worker.models import DatasetSnapshot
from worker.services import snapshots
from worker.services.manifest import Line, SnapshotUnusable, manifest_bytes, read_manifest
from worker.services.screening import Candidate, Screened
from worker.services.snapshots import freeze_snapshot

Settle = Callable[..., list[Image]]


@pytest.fixture
def images(people: People, settle: Settle) -> list[Image]:
    learned = settle(Label.AI, range(2), by=people.reviewer)
    return learned + settle(Label.HUMAN, range(1), by=people.reviewer, gold=True)


def test_the_manifest_is_json_lines_under_its_digest(images: list[Image]) -> None:
    snapshot = freeze_snapshot()

    assert snapshot.manifest == f"snapshots/{snapshot.digest}/manifest.jsonl"
    content = default_storage.open(snapshot.manifest).read()
    assert sha256(content).hexdigest() == snapshot.digest
    lines = [json.loads(line) for line in content.splitlines()]
    assert [line["sha256"] for line in lines] == sorted(image.sha256 for image in images)
    gold = next(line for line in lines if line["use"] == "gold")
    assert gold == {
        "sha256": images[2].sha256,
        "label": "human",
        "use": "gold",
        "review_ids": [Review.objects.get(image=images[2]).pk],
        "group": images[2].sha256,
        "source": "page",
    }
    assert (snapshot.ai, snapshot.human, snapshot.gold) == (2, 1, 1)
    rows = snapshot.items.order_by("sha256").values_list("sha256", "label", "use", "image")
    by_digest = {image.sha256: image.pk for image in images}
    assert list(rows) == [
        (line["sha256"], line["label"], line["use"], by_digest[line["sha256"]]) for line in lines
    ]


def test_the_same_labels_are_the_same_snapshot(images: list[Image]) -> None:
    assert freeze_snapshot() == freeze_snapshot()
    assert DatasetSnapshot.objects.count() == 1


def test_another_label_is_another_snapshot_and_the_first_stays(images: list[Image]) -> None:
    first = freeze_snapshot()
    content = default_storage.open(first.manifest).read()
    SettledLabel.objects.filter(image=images[0]).update(value="human")

    second = freeze_snapshot()

    assert second != first
    assert default_storage.open(first.manifest).read() == content
    assert first.items.get(image=images[0]).label == "ai"


def test_retracted_and_opposing_votes_are_no_evidence(images: list[Image], people: People) -> None:
    kept = Review.objects.get(image=images[0])
    taken_back = Review.objects.create(image=images[0], reviewer=people.admin, answer="ai")
    Review.objects.create(
        image=images[0], reviewer=people.admin, answer="retracted", retracts=taken_back
    )
    Review.objects.create(image=images[0], reviewer=people.admin, answer="unsure")

    content = default_storage.open(freeze_snapshot().manifest).read()

    lines = {line["sha256"]: line for line in map(json.loads, content.splitlines())}
    assert lines[images[0].sha256]["review_ids"] == [kept.pk]


def test_what_is_deleted_later_stays_in_the_snapshot_by_its_digest(images: list[Image]) -> None:
    snapshot = freeze_snapshot()
    SettledLabel.objects.filter(image=images[0]).delete()
    images[0].delete()
    assert snapshot.items.count() == 3
    assert snapshot.items.get(sha256=images[0].sha256).image is None


@pytest.mark.django_db
def test_nothing_settled_is_an_empty_snapshot() -> None:
    snapshot = freeze_snapshot()
    assert (snapshot.ai, snapshot.human, snapshot.items.count()) == (0, 0, 0)
    assert snapshot.digest == sha256(b"").hexdigest()


def test_what_the_screening_leaves_out_is_frozen_with_its_reason(
    images: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest = images[0].sha256

    def screen(candidates: list[Candidate], progress: object) -> dict[str, Screened]:
        assert {one.sha256 for one in candidates} == {image.sha256 for image in images}
        return {
            images[0].sha256: Screened("train", "", oldest),
            images[1].sha256: Screened("left_out", "It is like gold.", oldest),
        }  # the third was taken back meanwhile

    monkeypatch.setattr(snapshots, "screen", screen)
    snapshot = freeze_snapshot()

    content = default_storage.open(snapshot.manifest).read()
    lines = {line["sha256"]: line for line in map(json.loads, content.splitlines())}
    assert set(lines) == {images[0].sha256, images[1].sha256}
    assert "why" not in lines[images[0].sha256]
    assert lines[images[1].sha256]["why"] == "It is like gold."
    item = snapshot.items.get(sha256=images[1].sha256)
    assert (item.use, item.why, item.group) == ("left_out", "It is like gold.", oldest)
    assert item.review_ids == lines[images[1].sha256]["review_ids"] != []


def test_the_manifest_reads_back_as_its_lines(images: list[Image]) -> None:
    content = default_storage.open(freeze_snapshot().manifest).read()
    assert manifest_bytes(read_manifest(content)) == content


def test_a_manifest_of_before_is_read(images: list[Image]) -> None:
    old = {"gold": True, "label": "ai", "review_ids": [3], "sha256": "a" * 64, "source": "page"}
    (line,) = read_manifest(json.dumps(old).encode())
    assert line == Line("a" * 64, "ai", "gold", (3,), "a" * 64, "page")


@pytest.mark.parametrize(
    "broken",
    [b"no json", b"[]", b'{"sha256": "a"}', b"\xff", b'"text"', b"null"],
)
def test_what_is_no_manifest_is_refused(broken: bytes) -> None:
    with pytest.raises(SnapshotUnusable, match="not a snapshot's manifest"):
        read_manifest(broken)


def test_a_deleted_picture_is_marked_in_every_snapshot(images: list[Image], people: People) -> None:
    first = freeze_snapshot()
    SettledLabel.objects.filter(image=images[1]).update(value="human")
    second = freeze_snapshot()
    assert first != second

    erase_image(image_id=images[0].pk, by=people.admin)

    for snapshot in (first, second):
        item = snapshot.items.get(sha256=images[0].sha256)
        assert item.image is None
        assert item.deleted_at is not None
        assert snapshot.items.filter(deleted_at__isnull=True).count() == 2


def test_a_picture_that_is_deleted_while_it_is_frozen_is_marked_at_once(
    images: list[Image], people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = snapshots.screen

    def deleting(*given: Any) -> dict[str, Screened]:
        found = honest(*given)
        erase_image(image_id=images[0].pk, by=people.admin)
        return found

    monkeypatch.setattr(snapshots, "screen", deleting)
    item = freeze_snapshot().items.get(sha256=images[0].sha256)
    assert item.image is None
    assert item.deleted_at is not None


def test_two_who_freeze_at_once_have_one_snapshot(
    images: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = snapshots.create_snapshot

    def somebody_was_quicker(*given: Any) -> DatasetSnapshot:
        honest(*given)
        return honest(*given)

    monkeypatch.setattr(snapshots, "create_snapshot", somebody_was_quicker)
    snapshot = freeze_snapshot()
    assert list(DatasetSnapshot.objects.all()) == [snapshot]
    assert snapshot.items.count() == 3
