"""The bin: out of sight for 30 days, back with everything, or gone for good."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from classifier.errors import AivhError, NotAllowed
from labelling.errors import NotFound
from labelling.models import AuditEntry, Image, Label, QueueItem, Review, Submission, User
from labelling.queries import binned_images, visible_images
from labelling.services import deletion
from labelling.services.deletion import bin_image, erase_image, purge_bin, restore_image
from labelling.services.review import record_review
from labelling.services.settling import lock_image
from labelling.services.submit import submit_image
from tests.labelling.pictures import noise
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db


def hand_in(by: User | None, seed: int = 0) -> Image:
    return submit_image(
        data=noise(seed), filename="mine.png", channel=Submission.Channel.PAGE, submitter=by
    ).image


@pytest.fixture
def image(outsider: User) -> Image:
    return hand_in(outsider)


def states() -> list[Any]:
    rows = Image.objects.order_by("pk").values_list("pk", "deleted_at", "deleted_by")
    return [*rows, Label.objects.count(), QueueItem.objects.count(), AuditEntry.objects.count()]


def actions(image: Image) -> list[str]:
    rows = AuditEntry.objects.filter(subject=f"image:{image.pk}").order_by("pk")
    return list(rows.values_list("action", flat=True))


def long_ago(image: Image, days: float) -> None:
    Image.objects.filter(pk=image.pk).update(deleted_at=timezone.now() - timedelta(days=days))


def test_a_binned_picture_has_no_label_no_place_and_nobody_sees_it(
    image: Image, outsider: User, reviewer: User, administrator: User
) -> None:
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    bin_image(image_id=image.pk, by=outsider)
    assert not Label.objects.exists()
    assert not QueueItem.objects.exists()
    for person in (outsider, reviewer, administrator):
        assert not visible_images(person).exists()
    with pytest.raises(NotFound):
        record_review(image_id=image.pk, reviewer=administrator, answer="ai")
    assert Review.objects.count() == 1
    assert actions(image) == ["label.settled", "label.removed", "image.binned"]


def test_restored_it_has_its_label_and_its_place_again(
    image: Image, outsider: User, reviewer: User
) -> None:
    other = hand_in(outsider, seed=1)
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    for one in (image, other):
        bin_image(image_id=one.pk, by=outsider)
        restore_image(image_id=one.pk, by=outsider)
    label = Label.objects.get()
    assert (label.image_id, label.value) == (image.pk, "human")
    assert QueueItem.objects.get().image_id == other.pk
    assert set(visible_images(outsider)) == {image, other}
    assert actions(other) == ["image.binned", "image.restored"]


@pytest.mark.parametrize("who", ["second_reviewer", "adjudicator"])
def test_others_may_not_bin_it(image: Image, who: str, request: pytest.FixtureRequest) -> None:
    person, before = request.getfixturevalue(who), states()
    with pytest.raises(NotAllowed):
        bin_image(image_id=image.pk, by=person)
    assert states() == before


def test_what_two_people_handed_in_only_administrators_bin(
    image: Image, outsider: User, second_reviewer: User, administrator: User
) -> None:
    hand_in(second_reviewer)
    for person in (outsider, second_reviewer):
        before = states()
        with pytest.raises(NotAllowed):
            bin_image(image_id=image.pk, by=person)
        assert states() == before
    assert bin_image(image_id=image.pk, by=administrator).deleted_by == administrator


def test_the_bin_is_ones_own_and_the_administrators(
    image: Image, outsider: User, reviewer: User, administrator: User
) -> None:
    theirs = hand_in(reviewer, seed=1)
    bin_image(image_id=image.pk, by=outsider)
    bin_image(image_id=theirs.pk, by=administrator)
    assert set(binned_images(outsider)) == {image}
    assert not binned_images(reviewer).exists()
    assert set(binned_images(administrator)) == {image, theirs}
    before = states()
    for person in (reviewer, outsider):  # an administrator's deletion is not undone by others
        with pytest.raises(NotFound):
            restore_image(image_id=theirs.pk, by=person)
    assert states() == before


def test_binned_twice_or_restored_twice_is_refused(image: Image, outsider: User) -> None:
    bin_image(image_id=image.pk, by=outsider)
    before = states()
    with pytest.raises(AivhError):
        bin_image(image_id=image.pk, by=outsider)
    assert states() == before
    restore_image(image_id=image.pk, by=outsider)
    before = states()
    with pytest.raises(NotFound):
        restore_image(image_id=image.pk, by=outsider)
    assert states() == before


def test_the_same_bytes_handed_in_again_take_it_out(
    image: Image, outsider: User, second_reviewer: User
) -> None:
    bin_image(image_id=image.pk, by=outsider)
    assert hand_in(second_reviewer) == image
    image.refresh_from_db()
    assert (image.deleted_at, image.deleted_by) == (None, None)
    assert QueueItem.objects.get().image_id == image.pk
    assert actions(image)[-1] == "image.restored"
    assert visible_images(second_reviewer).get() == image


def test_after_thirty_days_it_goes_for_good(image: Image, outsider: User) -> None:
    younger = hand_in(outsider, seed=1)
    for one, days in ((image, 30.01), (younger, 29.99)):
        bin_image(image_id=one.pk, by=outsider)
        long_ago(one, days)
    assert purge_bin() == 1
    assert Image.objects.get() == younger
    assert not default_storage.exists(image.original)
    assert default_storage.exists(younger.original)
    entry = AuditEntry.objects.get(action="image.erased")
    assert (entry.actor, entry.details["sha256"]) == ("", image.sha256)
    assert purge_bin() == 0


def test_one_whose_file_cannot_be_deleted_keeps_no_other(
    outsider: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept, *others = (hand_in(outsider, seed) for seed in range(6))
    for one in (kept, *others):
        bin_image(image_id=one.pk, by=outsider)
        long_ago(one, 40 if one is kept else 31)
    delete = type(default_storage._wrapped).delete

    def delete_the_others(storage: Any, name: str) -> None:
        if name == kept.original:
            raise PermissionError("held back by a policy")
        delete(storage, name)

    monkeypatch.setattr(type(default_storage._wrapped), "delete", delete_the_others)
    monkeypatch.setattr(deletion, "PURGED_AT_ONCE", 3)
    gone = sum(purge_bin() for _ in range(100))

    assert gone == len(others)
    assert list(Image.objects.values_list("pk", "original")) == [(kept.pk, kept.original)]
    assert Submission.objects.count() == 1
    assert default_storage.exists(kept.original)
    assert AuditEntry.objects.filter(action="image.erased").count() == len(others)
    assert f"{kept.pk} could not be deleted for good: held back by a policy" in caplog.text


def test_what_another_puts_into_the_bin_meanwhile_is_not_taken_out(
    image: Image, outsider: User, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_image(image_id=image.pk, by=outsider)

    def lock_late(image_id: UUID) -> Image:
        monkeypatch.undo()
        restore_image(image_id=image_id, by=outsider)
        bin_image(image_id=image_id, by=administrator)
        return lock_image(image_id)

    before = states()
    monkeypatch.setattr(deletion, "lock_image", lock_late)
    with pytest.raises(NotFound):
        restore_image(image_id=image.pk, by=outsider)
    # In a test the other's change is within the refused transaction and goes with it.
    assert states() == before


def test_erased_out_of_the_bin_by_its_owner_and_nobody_else(
    image: Image, outsider: User, reviewer: User
) -> None:
    bin_image(image_id=image.pk, by=outsider)
    before = states()
    with pytest.raises(NotFound):
        erase_image(image_id=image.pk, by=reviewer)
    assert states() == before
    erase_image(image_id=image.pk, by=outsider)
    assert not Image.objects.exists()


def test_the_page_says_how_many_days_are_left(image: Image, outsider: User, client: Client) -> None:
    bin_image(image_id=image.pk, by=outsider)
    client.login(username=outsider.username, password=PASSWORD)
    for days, words in ((0, "30 days left"), (29.5, "1 day left"), (30.5, "Goes today")):
        long_ago(image, days)
        assert words in client.get(reverse("bin")).content.decode()
    thumb = reverse("image-rendition", args=[image.pk, "thumb"])
    assert client.get(thumb).status_code == 200
    assert client.get(reverse("image-rendition", args=[image.pk, "view"])).status_code == 404


def test_a_picture_goes_into_the_bin_and_back_by_its_pages(
    image: Image, outsider: User, client: Client
) -> None:
    client.login(username=outsider.username, password=PASSWORD)
    ask = reverse("image-bin", args=[image.pk])
    assert ask in client.get(reverse("image", args=[image.pk])).content.decode()
    assert "30 days" in client.get(ask).content.decode()
    image.refresh_from_db()
    assert image.deleted_at is None  # to look at the question does nothing
    assert client.post(ask, follow=True).redirect_chain == [(reverse("bin"), 302)]
    image.refresh_from_db()
    assert image.deleted_at is not None
    client.post(reverse("bin-restore", args=[image.pk]))
    image.refresh_from_db()
    assert image.deleted_at is None


def test_others_are_not_offered_the_bin(image: Image, reviewer: User, client: Client) -> None:
    client.login(username=reviewer.username, password=PASSWORD)
    page = client.get(reverse("image", args=[image.pk])).content.decode()
    assert reverse("image-bin", args=[image.pk]) not in page


def test_the_list_asks_as_much_for_many_as_for_one(
    image: Image, outsider: User, client: Client, django_assert_num_queries: Any
) -> None:
    client.login(username=outsider.username, password=PASSWORD)
    bin_image(image_id=image.pk, by=outsider)
    client.get(reverse("bin"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("bin"))
    for seed in range(1, 8):
        bin_image(image_id=hand_in(outsider, seed).pk, by=outsider)
    with django_assert_num_queries(len(one)):
        client.get(reverse("bin"))
