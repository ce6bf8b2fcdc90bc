"""A snapshot is a manifest under its own digest: the same labels, the same snapshot."""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest
from django.core.files.storage import default_storage

from classifier.vocabulary import Label
from labelling.models import Image, Review
from labelling.models import Label as SettledLabel
from tests.worker.conftest import People
from worker.models import DatasetSnapshot
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
    Review.objects.filter(image=images[0]).delete()
    images[0].delete()
    assert snapshot.items.count() == 3
    assert snapshot.items.get(sha256=images[0].sha256).image is None


@pytest.mark.django_db
def test_nothing_settled_is_an_empty_snapshot() -> None:
    snapshot = freeze_snapshot()
    assert (snapshot.ai, snapshot.human, snapshot.items.count()) == (0, 0, 0)
    assert snapshot.digest == sha256(b"").hexdigest()
