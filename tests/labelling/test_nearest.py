"""The nearest settled pictures: exact, and only such whose label the person may know."""

from collections.abc import Callable

import numpy as np
import pytest
from django.utils import timezone

from classifier.errors import NotAllowed
from classifier.models import ModelVersion
from labelling import nearest
from labelling.models import Embedding, Image, Label, Review, User
from labelling.nearest import nearest_settled
from labelling.services.review import record_review, undo_last_review
from tests.labelling.rows import make_image, make_version

pytestmark = pytest.mark.django_db

Seen = Callable[..., Image]


@pytest.fixture
def seen() -> Seen:
    """Make a picture that the live network sees as ``vector``, settled by all of ``voters``."""
    version = make_version(1, live=True)

    def make(
        name: str, vector: object, *voters: User, digest: str = version.backbone_digest
    ) -> Image:
        image = make_image(name)
        stored = np.asarray(vector, dtype="<f4").tobytes()
        Embedding.objects.create(image=image, backbone_digest=digest, vector=stored)
        for voter in voters:
            record_review(image_id=image.pk, reviewer=voter, answer="ai")
        return image

    return make


def at(degrees: float) -> list[float]:
    """A direction; the cosine of two is that of their angles' difference."""
    return [float(np.cos(np.radians(degrees))), float(np.sin(np.radians(degrees)))]


def test_the_nearest_come_first_with_their_cosine(seen: Seen, administrator: User) -> None:
    asked = seen("asked", [3.0, 0.0])
    others = [seen(f"{angle}", at(angle), administrator) for angle in (40, 5, 20)]
    found = nearest_settled(asked, administrator)
    assert [neighbour.image for neighbour in found] == [others[1], others[2], others[0]]
    cosines = [neighbour.cosine for neighbour in found]
    assert cosines == pytest.approx(np.cos(np.radians([5, 20, 40])), abs=1e-6)
    assert {neighbour.image.label.value for neighbour in found} == {"ai"}
    assert [neighbour.is_nearly_the_same for neighbour in found] == [True, False, False]


def test_it_is_exact_over_many_blocks(
    seen: Seen, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "BLOCK", 7)
    rng = np.random.default_rng(0)
    vectors = np.abs(rng.normal(0, 1, (40, 16)))
    images = [seen(f"{number}", vector) for number, vector in enumerate(vectors)]
    now = timezone.now()
    Label.objects.bulk_create(
        [Label(image=image, value="human", settled_at=now) for image in images[1:]]
    )
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit[1:] @ unit[0]
    best = np.argsort(-cosines)[:6]

    found = nearest_settled(images[0], administrator)

    assert [neighbour.image for neighbour in found] == [images[1 + number] for number in best]
    assert [neighbour.cosine for neighbour in found] == pytest.approx(cosines[best], abs=1e-5)


def test_a_picture_is_not_its_own_neighbour(seen: Seen, administrator: User) -> None:
    assert nearest_settled(seen("one", at(0), administrator), administrator) == []


def test_what_is_not_settled_or_far_away_is_no_neighbour(seen: Seen, administrator: User) -> None:
    asked = seen("asked", at(0))
    seen("open", at(1))
    seen("far", at(67), administrator)
    seen("opposite", at(180), administrator)
    seen("nothing", [0.0, 0.0], administrator)
    assert nearest_settled(asked, administrator) == []


def test_only_what_the_same_network_saw_is_compared(seen: Seen, administrator: User) -> None:
    asked = seen("asked", at(0))
    seen("other network", at(0), administrator, digest="c" * 64)
    assert nearest_settled(asked, administrator) == []
    ModelVersion.objects.update(backbone_digest="c" * 64)
    assert nearest_settled(asked, administrator) == [], "it has not looked at the picture yet"


def test_without_a_version_there_are_none(seen: Seen, administrator: User) -> None:
    asked = seen("asked", at(0))
    seen("near", at(0), administrator)
    ModelVersion.objects.update(state=ModelVersion.State.ARCHIVED)
    assert nearest_settled(asked, administrator) == []


def test_a_reviewer_is_told_no_label_that_they_have_not_voted_on(
    seen: Seen, reviewer: User, second_reviewer: User, administrator: User
) -> None:
    asked = seen("asked", at(0))
    mine, theirs = seen("mine", at(1), reviewer), seen("theirs", at(2), second_reviewer)
    both = seen("both", at(3), reviewer)
    record_review(image_id=both.pk, reviewer=second_reviewer, answer="ai")

    def shown(person: User) -> list[Image]:
        return [neighbour.image for neighbour in nearest_settled(asked, person)]

    assert shown(reviewer) == [mine, both]
    assert shown(second_reviewer) == [theirs, both]
    assert shown(administrator) == [mine, theirs, both]
    undo_last_review(reviewer=reviewer)
    assert shown(reviewer) == [mine]


def test_whoever_sees_no_labels_is_refused(seen: Seen, outsider: User, reviewer: User) -> None:
    asked = seen("asked", at(0))
    seen("near", at(1), reviewer)
    reviews = Review.objects.count()
    with pytest.raises(NotAllowed):
        nearest_settled(asked, outsider)
    assert (Review.objects.count(), Label.objects.count()) == (reviews, 1)


def test_more_pictures_need_no_more_queries(
    seen: Seen, administrator: User, django_assert_num_queries
) -> None:
    asked = seen("asked", at(0))
    for more in (2, 20):
        for number in range(more):
            seen(f"{more} {number}", at(number), administrator)
        administrator = User.objects.get(pk=administrator.pk)
        with django_assert_num_queries(7):  # two of them ask what this person may do
            found = nearest_settled(asked, administrator)
            assert {neighbour.image.label.value for neighbour in found} == {"ai"}
