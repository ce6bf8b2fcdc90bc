"""From a version to its labels and from a picture to its versions, and who may know of it."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classifier.models import ModelVersion
from classifier.vocabulary import Label
from labelling.models import Image, Review, Submission, User
from tests.labelling.rows import make_image
from tests.worker.conftest import People
from worker import queries
from worker.models import DatasetSnapshot, SnapshotItem, TrainingRun

Settle = Callable[..., list[Image]]
Queries = Callable[[int], object]
Use = SnapshotItem.Use
WHY = "Its label contradicts the other labels."


def snapshot_of(number: int, images: dict[Image, tuple[str, str]]) -> DatasetSnapshot:
    """A snapshot of pictures with their labels and uses, and the version that it trained."""
    snapshot = DatasetSnapshot.objects.create(
        digest=f"{number:064x}", manifest="m", ai=0, human=0, gold=0
    )
    for image, (label, use) in images.items():
        snapshot.items.create(
            image=image,
            sha256=image.sha256,
            label=label,
            use=use,
            group=image.sha256,
            why=WHY if use == Use.LEFT_OUT else "",
            review_ids=[number],
        )
    version = ModelVersion.objects.create(
        number=number, digest=f"d{number}", backbone_digest="b", reference=f"r{number}"
    )
    TrainingRun.objects.create(state=TrainingRun.State.PROMOTED, snapshot=snapshot, version=version)
    return snapshot


@pytest.fixture
def history(people: People, settle: Settle) -> list[Image]:
    """Three pictures and two versions: the first learned two, the second one of these and more."""
    a, b, c = settle(Label.AI, range(3), by=people.reviewer)
    snapshot_of(16, {a: ("ai", Use.TRAIN), b: ("human", Use.TRAIN)})
    snapshot_of(17, {a: ("ai", Use.TRAIN), b: ("ai", Use.GOLD), c: ("ai", Use.LEFT_OUT)})
    DatasetSnapshot.objects.create(digest="f" * 64, manifest="m", ai=0, human=0, gold=0)
    return [a, b, c]


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_which_labels_trained_a_version_is_one_query(
    history: list[Image], django_assert_num_queries: Queries
) -> None:
    a, b, _ = history
    first, second = ModelVersion.objects.get(number=16), ModelVersion.objects.get(number=17)
    with django_assert_num_queries(1):
        labels = [(item.sha256, item.label, item.review_ids) for item in queries.trained_on(first)]
    assert labels == sorted([(a.sha256, "ai", [16]), (b.sha256, "human", [16])])
    assert [item.sha256 for item in queries.trained_on(second)] == [a.sha256]


def test_which_versions_saw_a_picture_is_one_query(
    history: list[Image], django_assert_num_queries: Queries
) -> None:
    a, b, c = history
    with django_assert_num_queries(1):
        seen = queries.versions_that_saw(b.sha256)
    assert [(one.number, one.use, one.label) for one in seen] == [
        (17, "gold", "ai"),
        (16, "train", "human"),
    ]
    assert [one.number for one in queries.versions_that_saw(a.sha256)] == [17, 16]
    assert [(one.number, one.why) for one in queries.versions_that_saw(c.sha256)] == [(17, WHY)]


def test_a_deleted_picture_can_still_be_asked_about(history: list[Image]) -> None:
    a = history[0]
    a.delete()
    assert [one.number for one in queries.versions_that_saw(a.sha256)] == [17, 16]
    assert queries.learned_counts(ModelVersion.objects.get(number=16)) == {
        "ai": 1,
        "human": 1,
        "deleted": 1,
    }


def test_the_page_of_a_picture_names_its_versions(history: list[Image], people: People) -> None:
    b = history[1]
    page = as_(people.admin).get(b.get_absolute_url()).content.decode()
    assert reverse("image-lineage", args=[b.pk]) in page
    part = as_(people.admin).get(reverse("image-lineage", args=[b.pk])).content.decode()
    assert part.index("Version 17") < part.index("Was measured with it")
    assert part.index("Was measured with it") < part.index("Version 16")
    assert part.index("Version 16") < part.index("Learned from it")
    assert (part.count("badge ai"), part.count("badge human")) == (1, 1)


def test_a_reviewer_who_has_not_answered_sees_not_even_that_a_version_saw_it(
    history: list[Image], people: People, second_reviewer: User
) -> None:
    b, c = history[1:]
    for picture in (b, c):
        part = as_(second_reviewer).get(reverse("image-lineage", args=[picture.pk]))
        said = part.content.decode()
        assert "Shown after your own answer." in said
        assert "Version 17" not in said
        assert "badge" not in said
        assert WHY not in said
    unseen = make_image("nobody")
    assert (
        as_(second_reviewer).get(reverse("image-lineage", args=[unseen.pk])).content == part.content
    )
    Review.objects.create(image=c, reviewer=second_reviewer, answer="ai")
    part = as_(second_reviewer).get(reverse("image-lineage", args=[c.pk]))
    assert WHY in part.content.decode()


def test_an_outsider_learns_nothing_of_it(history: list[Image], people: People) -> None:
    b = history[1]
    b.submissions.update(submitter=people.outsider)
    client = as_(people.outsider)
    assert client.get(reverse("image-lineage", args=[b.pk])).status_code == 403
    page = client.get(b.get_absolute_url())
    assert page.status_code == 200
    assert reverse("image-lineage", args=[b.pk]) not in page.content.decode()
    version = client.get(reverse("version", args=[17])).content.decode()
    assert "1 AI, 0 human" in version
    assert "/snapshots/" not in version


def test_the_page_of_a_version_says_what_it_learned_from(
    history: list[Image], people: People
) -> None:
    page = as_(people.admin).get(reverse("version", args=[16])).content.decode()
    snapshot = DatasetSnapshot.objects.get(digest=f"{16:064x}")
    assert f'<a href="{snapshot.get_absolute_url()}?use=train">1 AI, 1 human</a>' in page
    assert "deleted since" not in page
    history[0].delete()
    page = as_(people.admin).get(reverse("version", args=[16])).content.decode()
    assert "1 of them deleted since" in page


def test_a_snapshot_is_told_by_use_and_says_what_was_deleted(
    history: list[Image], people: People
) -> None:
    a, b, c = history
    address = reverse("snapshot", args=[f"{17:064x}"])
    client = as_(people.admin)
    page = client.get(address).content.decode()
    assert "3 settled pictures" in page
    assert "deleted since" not in page
    for use, count in (("train", "1 AI, 0 human"), ("gold", "1 AI, 0 human")):
        assert f'href="?use={use}"' in page
        assert count in page
    left_out = client.get(address, {"use": "left_out"}).content.decode()
    assert c.sha256[:16] in left_out
    assert WHY in left_out
    assert a.sha256[:16] not in left_out
    assert b.sha256[:16] not in left_out

    a.delete()

    page = client.get(address).content.decode()
    assert "1 picture was deleted since. The digest stays here; the file cannot be had" in page
    assert a.sha256[:16] in page
    assert f"/images/{a.pk}/" not in page
    assert client.get(address, {"use": "nonsense"}).status_code == 200


@pytest.mark.parametrize("use", ["", "gold", "nonsense"])
def test_the_page_of_a_snapshot_shows_a_reviewer_what_they_have_answered_for(
    history: list[Image], people: People, second_reviewer: User, use: str
) -> None:
    a, b, c = history
    Submission.objects.create(image=b, submitter=second_reviewer, channel="page")
    address = f"{reverse('snapshot', args=[f'{17:064x}'])}?use={use}"

    def shown(person: User) -> set[str]:
        page = as_(person).get(address).content.decode()
        return {image.sha256 for image in history if image.sha256[:16] in page}

    everything = {b.sha256} if use == "gold" else {a.sha256, b.sha256, c.sha256}
    assert shown(people.admin) == shown(people.reviewer) == everything
    assert shown(second_reviewer) == set()
    blind = as_(second_reviewer).get(address).content.decode()
    assert "You have answered for none of these." in blind
    assert WHY not in blind
    assert "1 AI, 0 human" in blind, "how many there are names none of them"

    Review.objects.create(image=b, reviewer=second_reviewer, answer="human")
    assert shown(second_reviewer) == {b.sha256}
    assert "Listed are those for which you have answered." in (
        as_(second_reviewer).get(address).content.decode()
    )
    assert "Listed are those" not in as_(people.admin).get(address).content.decode()
    assert as_(people.outsider).get(address).status_code == 403


def test_the_versions_of_a_picture_cost_the_same_however_many(
    history: list[Image],
    people: People,
    django_assert_num_queries: Queries,
) -> None:
    client, address = as_(people.reviewer), reverse("image-lineage", args=[history[0].pk])
    with CaptureQueriesContext(connection) as two:
        assert client.get(address).content.decode().count("Version ") == 2
    for number in range(18, 28):
        snapshot_of(number, {history[0]: ("ai", Use.TRAIN)})
    with django_assert_num_queries(len(two)):
        assert client.get(address).content.decode().count("Version ") == 12
