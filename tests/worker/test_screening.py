"""What is left out of a training, why, and what becomes of it."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classifier.models import ModelVersion
from classifier.vocabulary import Label as LabelValue
from labelling.models import Embedding, Fingerprint, Image, Label, Review, Submission, User
from labelling.permissions import REVIEWERS
from labelling.queue import next_images
from labelling.services.review import keep_as_regression, record_review
from tests.classifier.training.data.pictures import saved, scene
from tests.people import make_person
from tests.worker.conftest import make_image, settle_pictures
from worker.services.screening import IS_COPY, Candidate, Screened, screen
from worker.services.screening_doubts import ASKED, DISTRUSTED, NOBODY_TO_ASK

AI, HUMAN = LabelValue.AI, LabelValue.HUMAN


def candidates() -> list[Candidate]:
    """Every settled picture, as a snapshot takes them."""
    rows = Label.objects.order_by("image__sha256").values_list(
        "image__sha256", "image_id", "value", "gold"
    )
    return [Candidate(*row) for row in rows]


def screened() -> dict[str, Screened]:
    return screen(candidates())


def uses(images: Iterable[Image], found: dict[str, Screened]) -> list[str]:
    return [found[image.sha256].use for image in images]


def settled(content: bytes, label: LabelValue, *, by: User, gold: bool = False) -> Image:
    """One picture with these bytes, a vote and its label."""
    image = make_image(content)
    Review.objects.create(image=image, reviewer=by, answer=label)
    Label.objects.create(image=image, value=label, gold=gold, settled_at=timezone.now())
    return image


def turn(image: Image) -> Image:
    """Let the one vote on a picture, and its label, say the opposite."""
    other = HUMAN if image.label.value == AI else AI
    Review._base_manager.filter(image=image).update(answer=other)
    Label.objects.filter(image=image).update(value=other)
    return image


# --- what measures ---------------------------------------------------------------------------


def test_marks_say_what_measures(
    version: ModelVersion, reviewer: User, administrator: User
) -> None:
    plain, gold, regression, audit, all_three = settle_pictures(AI, range(5), by=reviewer)
    Label.objects.filter(image__in=[gold, all_three]).update(gold=True)
    Image.objects.filter(pk__in=[audit.pk, all_three.pk]).update(audit=True)
    for image in (regression, all_three):
        keep_as_regression(image_id=image.pk, by=administrator)

    found = screened()

    assert uses([plain, gold, regression, audit, all_three], found) == [
        "train",
        "gold",
        "regression",
        "audit",
        "audit",
    ]
    assert {one.why for one in found.values()} == {""}


def test_each_picture_is_its_own_group(version: ModelVersion, reviewer: User) -> None:
    settle_pictures(AI, range(4), by=reviewer)
    assert {digest: one.group for digest, one in screened().items()} == {
        image.sha256: image.sha256 for image in Image.objects.all()
    }


# --- copies ----------------------------------------------------------------------------------


def test_a_copy_of_what_measures_is_left_out_and_shares_its_group(
    version: ModelVersion, reviewer: User
) -> None:
    picture = scene(7, width=240, height=180)
    gold = settled(saved(picture), AI, by=reviewer, gold=True)
    copy = settled(saved(picture.crop((20, 10, 212, 154)), "JPEG"), HUMAN, by=reviewer)
    other = settled(saved(scene(8)), HUMAN, by=reviewer)

    found = screened()

    assert found[gold.sha256] == Screened("gold", "", gold.sha256)
    assert found[copy.sha256] == Screened("left_out", IS_COPY, gold.sha256)
    assert found[other.sha256] == Screened("train", "", other.sha256)


@pytest.mark.parametrize("mark", [{"audit": True}, {"gold_wanted": True}])
def test_what_will_measure_once_it_is_settled_keeps_its_copies_out_already(
    version: ModelVersion, reviewer: User, mark: dict[str, object]
) -> None:
    picture = scene(7)
    waits = make_image(saved(picture))
    Image.objects.filter(pk=waits.pk).update(**mark)
    copy = settled(saved(picture, "JPEG", quality=30), AI, by=reviewer)

    assert screened() == {copy.sha256: Screened("left_out", IS_COPY, waits.sha256)}


def test_the_oldest_of_near_twins_names_the_group(version: ModelVersion, reviewer: User) -> None:
    picture = scene(7)
    young = settled(saved(picture), AI, by=reviewer)
    old = settled(saved(picture, "JPEG", quality=30), AI, by=reviewer)
    Image.objects.filter(pk=old.pk).update(received_at=timezone.now() - timedelta(days=1))

    found = screened()

    assert [found[image.sha256].group for image in (young, old)] == [old.sha256] * 2
    assert uses([young, old], found) == ["train", "train"]


def test_a_copy_of_a_copy_belongs_to_the_same_group(version: ModelVersion, reviewer: User) -> None:
    """What is near only to the copy must not train either: its group measures."""
    picture = scene(7, width=300, height=300)
    cut = picture.crop((0, 0, 240, 240))
    audit = settled(saved(picture), AI, by=reviewer)
    Image.objects.filter(pk=audit.pk).update(audit=True)
    copies = [
        settled(saved(cut), AI, by=reviewer),
        settled(saved(cut, "JPEG", quality=30), AI, by=reviewer),
    ]

    found = screened()

    assert uses(copies, found) == ["left_out", "left_out"]
    assert {found[image.sha256].group for image in (audit, *copies)} == {audit.sha256}


def test_older_pictures_get_their_fingerprint_when_they_are_screened(
    version: ModelVersion, reviewer: User
) -> None:
    images = settle_pictures(AI, range(3), by=reviewer)
    screened()
    Fingerprint.objects.all().delete()
    seen = list(Embedding.objects.values_list("pk", "created_at"))

    screened()

    assert set(Fingerprint.objects.values_list("image_id", flat=True)) == {
        image.pk for image in images
    }
    assert list(Embedding.objects.values_list("pk", "created_at")) == seen


def test_a_lost_picture_holds_up_nobody(
    version: ModelVersion, reviewer: User, caplog: pytest.LogCaptureFixture
) -> None:
    lost, kept = settle_pictures(AI, range(2), by=reviewer)
    default_storage.delete(lost.original)

    assert uses([lost, kept], screened()) == ["train", "train"]
    assert not Fingerprint.objects.filter(image=lost).exists()
    assert Fingerprint.objects.filter(image=kept).exists()


# --- labels that are probably wrong ----------------------------------------------------------


@pytest.fixture
def one_is_wrong(version: ModelVersion, reviewer: User, second_reviewer: User) -> Image:
    """Thirty pictures of each class, settled by one person, and one of them the wrong way."""
    images = [
        *settle_pictures(AI, range(30), by=reviewer),
        *settle_pictures(HUMAN, range(30), by=reviewer),
    ]
    return turn(images[3])


def test_a_label_that_is_probably_wrong_is_left_out_and_asked_about(one_is_wrong: Image) -> None:
    found = screened()

    left_out = {digest: one.why for digest, one in found.items() if one.use == "left_out"}
    assert left_out == {one_is_wrong.sha256: ASKED}
    assert len(found) == 60
    one_is_wrong.refresh_from_db()
    assert one_is_wrong.doubted_at is not None
    assert not Label.objects.filter(image=one_is_wrong).exists()
    assert Label.objects.count() == 59


def test_somebody_else_sees_it_first(
    one_is_wrong: Image, reviewer: User, second_reviewer: User
) -> None:
    open_already = make_image(saved(scene(1)))
    screened()

    assert next_images(second_reviewer) == [one_is_wrong, open_already]
    assert next_images(reviewer) == [open_already]


def test_what_a_second_person_confirms_trains_and_is_never_suspected_again(
    one_is_wrong: Image, second_reviewer: User
) -> None:
    screened()
    record_review(image_id=one_is_wrong.pk, reviewer=second_reviewer, answer="human")
    doubted_at = Image.objects.get(pk=one_is_wrong.pk).doubted_at

    for _ in range(2):
        assert screened()[one_is_wrong.sha256] == Screened("train", "", one_is_wrong.sha256)

    label = Label.objects.get(image=one_is_wrong)
    assert (label.value, label.gold) == ("human", False)
    assert Image.objects.get(pk=one_is_wrong.pk).doubted_at == doubted_at


def test_where_the_second_person_disagrees_nothing_is_settled(
    one_is_wrong: Image, second_reviewer: User
) -> None:
    screened()
    record_review(image_id=one_is_wrong.pk, reviewer=second_reviewer, answer="ai")

    assert one_is_wrong.sha256 not in screened()
    assert next_images(second_reviewer) == []


def test_what_two_people_settled_is_not_suspected(
    one_is_wrong: Image, second_reviewer: User
) -> None:
    Review.objects.create(image=one_is_wrong, reviewer=second_reviewer, answer="human")

    assert {one.use for one in screened().values()} == {"train"}
    one_is_wrong.refresh_from_db()
    assert one_is_wrong.doubted_at is None


def test_where_one_person_reviews_nobody_is_asked_and_the_label_stays(
    one_is_wrong: Image, second_reviewer: User
) -> None:
    second_reviewer.delete()

    found = screened()

    assert found[one_is_wrong.sha256] == Screened("left_out", NOBODY_TO_ASK, one_is_wrong.sha256)
    one_is_wrong.refresh_from_db()
    assert (one_is_wrong.doubted_at, one_is_wrong.label.value) == (None, "human")
    assert screened() == found


def test_few_labels_contradict_nothing(version: ModelVersion, reviewer: User) -> None:
    images = [
        *settle_pictures(AI, range(12), by=reviewer),
        *settle_pictures(HUMAN, range(8), by=reviewer),
    ]
    turn(images[0])

    assert {one.use for one in screened().values()} == {"train"}


def test_what_measures_is_not_suspected(one_is_wrong: Image) -> None:
    Image.objects.filter(pk=one_is_wrong.pk).update(audit=True)

    assert screened()[one_is_wrong.sha256].use == "audit"
    assert Label.objects.filter(image=one_is_wrong).exists()


def test_of_whoever_gave_many_wrong_labels_none_trains_alone(
    version: ModelVersion, reviewer: User, second_reviewer: User
) -> None:
    """Most of sasha's labels are turned: the others wait as well, but what robin confirms."""
    for label in LabelValue:
        settle_pictures(label, range(60), by=reviewer)
    hers = settle_pictures(AI, range(100, 130), by=second_reviewer)
    for image in hers[:20]:
        turn(image)
    Review.objects.create(image=hers[-1], reviewer=reviewer, answer=AI)

    first, again = screened(), screened()

    assert {first[image.sha256].why for image in hers[:20]} == {ASKED, DISTRUSTED}
    assert {first[image.sha256].why for image in hers[20:-1]} == {DISTRUSTED}
    assert first[hers[-1].sha256].why == ""
    assert sum(one.use == "train" for one in first.values()) == 121
    # What was asked about has lost its label, and the rest looks no better for that.
    assert {again[one].why for one in again if first[one].why} == {DISTRUSTED}


def test_a_few_wrong_labels_take_nobodys_others_away(one_is_wrong: Image, reviewer: User) -> None:
    found = screened()
    assert [digest for digest, one in found.items() if one.why] == [one_is_wrong.sha256]


# --- one person's weight ---------------------------------------------------------------------


@pytest.fixture
def team(db: None) -> list[User]:
    return [make_person(name, REVIEWERS) for name in ("busy", "ada", "ben", "cleo")]


def test_nobody_gives_more_than_thirty_percent_of_the_new_labels(
    version: ModelVersion, team: list[User]
) -> None:
    busy, *others = team
    mine = settle_pictures(AI, range(20), by=busy)
    for number, person in enumerate(others, start=1):
        settle_pictures(HUMAN, range(100 * number, 100 * number + 7), by=person)

    found = screened()

    assert uses(mine, found) == ["train"] * 9 + ["left_out"] * 11
    assert "more than 30%" in found[mine[-1].sha256].why
    assert sum(one.use == "train" for one in found.values()) == 30


def test_an_uploader_is_held_to_it_as_well(version: ModelVersion, team: list[User]) -> None:
    images = [
        image
        for number, person in enumerate(team)
        for image in settle_pictures(AI, range(100 * number, 100 * number + 10), by=person)
    ]
    for number, image in enumerate(images):
        uploader = team[0] if number % 2 else team[1 + number % 3]
        Submission.objects.filter(image=image).update(submitter=uploader)

    found = screened()

    trained = [image for image in images if found[image.sha256].use == "train"]
    first = Submission.objects.filter(image__in=trained, submitter=team[0]).count()
    assert 0 < first <= 0.30 * len(trained)
    assert any("Its uploader gave more" in one.why for one in found.values())


def test_what_an_administrator_imports_is_nobodys_flood(
    version: ModelVersion, team: list[User], administrator: User
) -> None:
    imported = settle_pictures(AI, range(500, 560), by=administrator)
    Submission.objects.filter(image__in=imported).update(channel=Submission.Channel.IMPORT)
    others = [
        image
        for number, person in enumerate(team)
        for image in settle_pictures(AI, range(100 * number, 100 * number + 5), by=person)
    ]

    assert set(uses([*imported, *others], screened())) == {"train"}


# --- the whole -------------------------------------------------------------------------------


def test_without_a_detector_marks_and_copies_are_told_all_the_same(reviewer: User) -> None:
    picture = scene(7)
    gold = settled(saved(picture), AI, by=reviewer, gold=True)
    copy = settled(saved(picture, "JPEG"), AI, by=reviewer)

    assert uses([gold, copy], screened()) == ["gold", "left_out"]


def test_a_label_that_is_gone_meanwhile_is_missing(version: ModelVersion, reviewer: User) -> None:
    gone, stays = settle_pictures(AI, range(2), by=reviewer)
    before = candidates()
    Label.objects.filter(image=gone).delete()

    assert set(screen(before)) == {stays.sha256}


def test_screening_needs_as_many_queries_for_many_labels_as_for_few(
    version: ModelVersion, reviewer: User, second_reviewer: User
) -> None:
    def count(seeds: range) -> int:
        for label in LabelValue:
            settle_pictures(label, seeds, by=reviewer)
        screened()  # examines what is new
        with CaptureQueriesContext(
            connection,
        ) as queries:
            screened()
        return len(queries)

    assert count(range(12)) == count(range(100, 150))


def test_an_empty_site_is_screened_too(version: ModelVersion) -> None:
    assert screened() == {}
