"""What a file says of its origin: stored once, for those who may see it, never in the score."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from classifier.detector.detector import Score
from classifier.detector.provenance import Clue
from classifier.vocabulary import Verdict
from labelling.contradiction import contradiction_in
from labelling.models import Evidence, Image, Prediction, User
from labelling.queries import evidence_of
from labelling.queue import next_images
from labelling.services.findings import record_score, record_scores
from labelling.services.places import refresh_places
from labelling.services.review import ask_for_gold, record_review
from tests.labelling.clues import (
    DECLARED_AI,
    DECLARED_HUMAN,
    NEUTRAL,
    VERIFIED_AI,
    VERIFIED_HUMAN,
    give,
    said_of,
)
from tests.labelling.programs import IMAGES, with_token
from tests.labelling.rows import make_image, make_version, predict

pytestmark = pytest.mark.django_db

AI, HUMAN, UNCERTAIN = Verdict.AI, Verdict.HUMAN, Verdict.UNCERTAIN
LIKELY = {AI: 0.99, HUMAN: 0.01, UNCERTAIN: 0.5}


def found(name: str, verdict: Verdict, *clues: Clue, owner: User | None = None) -> Image:
    """A picture with a finding and evidence."""
    version = make_version(1, live=True) if not Prediction.objects.exists() else None
    image = make_image(name, owner=owner, failure=name)
    live = version or Prediction.objects.earliest("pk").version
    predict(image, live, LIKELY[verdict])
    Prediction.objects.filter(image=image).update(verdict=verdict)
    give(image, *clues)
    return image


def queue(reviewer: User) -> list[str]:
    return [image.failure for image in next_images(reviewer, 99)]


def test_each_clue_is_a_row_and_the_strongest_comes_first() -> None:
    image, other = make_image("one"), make_image("two")
    give(image, VERIFIED_AI, DECLARED_AI)
    give(other, DECLARED_HUMAN)

    assert said_of(image) == [VERIFIED_AI, DECLARED_AI]
    stored = evidence_of([image, other, make_image("three")])
    assert [[clue.tool for clue in clues] for clues in stored.values()] == [
        ["Example Dreamer", "Example Dreamer"],
        ["Example One"],
        [],
    ]


def test_a_picture_that_was_read_without_a_clue_is_marked_as_read() -> None:
    image, unread = make_image("read"), make_image("unread")
    give(image)

    image.refresh_from_db()
    assert image.evidence_read_at is not None
    assert timezone.now() - image.evidence_read_at < timedelta(minutes=5)
    assert unread.evidence_read_at is None


def test_the_same_reading_twice_changes_no_row() -> None:
    image = make_image("one")
    give(image, VERIFIED_AI, DECLARED_AI)
    before = list(Evidence.objects.values())
    give(image, VERIFIED_AI, DECLARED_AI)

    assert list(Evidence.objects.values()) == before


def test_a_better_reading_takes_the_place_of_the_first() -> None:
    image, other = make_image("one"), make_image("two")
    give(other, DECLARED_HUMAN)
    give(image, NEUTRAL, DECLARED_AI)
    give(image, VERIFIED_AI)

    assert said_of(image) == [VERIFIED_AI]
    assert said_of(other) == [DECLARED_HUMAN]


def test_what_a_new_version_says_leaves_evidence_and_scores_alone() -> None:
    image = found("one", HUMAN, DECLARED_AI)
    before = list(Evidence.objects.values())
    score = Score(probability_ai=0.02, logit=-4.0, verdict=HUMAN)
    record_scores(version=make_version(2), scores={image.pk: score})
    record_score(image_id=image.pk, version=make_version(3), score=score)

    assert list(Evidence.objects.values()) == before
    written = Prediction.objects.order_by("pk").values_list("probability_ai", "verdict")
    assert list(written) == [(0.01, "human"), (0.02, "human"), (0.02, "human")]


CONTRADICTIONS = [
    (HUMAN, DECLARED_AI, True),
    (HUMAN, VERIFIED_AI, True),
    (AI, VERIFIED_HUMAN, True),
    (AI, DECLARED_HUMAN, False),
    (AI, VERIFIED_AI, False),
    (AI, DECLARED_AI, False),
    (HUMAN, VERIFIED_HUMAN, False),
    (HUMAN, DECLARED_HUMAN, False),
    (HUMAN, NEUTRAL, False),
    (AI, NEUTRAL, False),
    (UNCERTAIN, VERIFIED_AI, False),
    (UNCERTAIN, VERIFIED_HUMAN, False),
]


@pytest.mark.parametrize(("verdict", "clue", "contradicts"), CONTRADICTIONS)
def test_what_contradicts_goes_to_people_first(
    reviewer: User, verdict: Verdict, clue: Clue, contradicts: bool
) -> None:
    image = found("clue", verdict, NEUTRAL, clue)
    found("doubtful", UNCERTAIN)
    found("sure", AI)

    contradiction = contradiction_in(
        evidence_of([image])[image.pk], Prediction.objects.get(image=image)
    )
    assert (contradiction is not None) is contradicts
    assert (queue(reviewer)[0] == "clue") is (contradicts or verdict is UNCERTAIN)


def test_among_contradictions_the_most_doubtful_comes_first(reviewer: User) -> None:
    for name, probability in (("sure", 0.01), ("less sure", 0.3), ("surest", 0.001)):
        image = found(name, HUMAN, DECLARED_AI)
        Prediction.objects.filter(image=image).update(priority=probability)
        refresh_places(image_ids=[image.pk])
    found("doubtful", UNCERTAIN)
    make_image("waits", failure="waits")

    assert queue(reviewer) == ["less sure", "sure", "surest", "doubtful", "waits"]


def test_the_version_that_answers_decides_whether_there_is_a_contradiction(
    reviewer: User,
) -> None:
    image = found("one", HUMAN, DECLARED_AI)
    found("doubtful", UNCERTAIN)
    assert queue(reviewer) == ["one", "doubtful"]

    old = Prediction.objects.get(image=image).version
    old.state = old.State.ARCHIVED
    old.save()
    live = make_version(2, live=True)
    predict(image, live, 0.99)
    predict(Image.objects.get(failure="doubtful"), live, 0.6)
    assert queue(reviewer) == ["doubtful", "one"]


def test_a_contradiction_changes_nothing_of_who_is_asked(
    reviewer: User, second_reviewer: User, administrator: User
) -> None:
    settled = found("settled", HUMAN, DECLARED_AI)
    gold = found("gold", HUMAN, DECLARED_AI)
    ask_for_gold(image_id=gold.pk, by=administrator)
    for image in (settled, gold):
        record_review(image_id=image.pk, reviewer=reviewer, answer="human")

    assert queue(reviewer) == []
    assert queue(second_reviewer) == ["gold"]


def test_the_api_tells_what_was_found_where(outsider: User) -> None:
    image = found("mine", HUMAN, VERIFIED_AI, DECLARED_AI, owner=outsider)

    body = with_token(outsider).get(f"{IMAGES}{image.pk}/").json()

    assert body["evidence"] == [
        {
            "kind": "credentials",
            "says": "ai",
            "tool": "Example Dreamer",
            "where": "C2PA manifest, signed by Example",
            "verified": True,
            "sentence": "The content credentials say that it was made by generative AI.",
            "prompt": "",
        },
        {
            "kind": "generator",
            "says": "ai",
            "tool": "Example Dreamer",
            "where": "PNG text “parameters”",
            "verified": False,
            "sentence": "The file says that Example Dreamer wrote it.",
            "prompt": "a red fox in deep snow",
        },
    ]
    assert body["contradiction"] is True
    assert body["finding"]["probability_ai"] == 0.01


def test_the_api_is_blind_as_long_as_the_reviewer_is(
    reviewer: User, second_reviewer: User, administrator: User, outsider: User
) -> None:
    image = found("mine", HUMAN, DECLARED_AI, owner=outsider)
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")

    def knows(person: User) -> tuple[bool, object]:
        one = with_token(person).get(f"{IMAGES}{image.pk}/").json()
        assert with_token(person).get(IMAGES).json()["results"] == [one]
        return one["evidence"] is not None, one["contradiction"]

    assert knows(outsider) == (True, True), "who handed it in"
    assert knows(reviewer) == (True, True), "who has voted"
    assert knows(administrator) == (True, True)
    assert knows(second_reviewer) == (False, None)
    assert "Example Dreamer" not in with_token(second_reviewer).get(IMAGES).content.decode()


def test_numbers_of_the_finding_do_not_depend_on_evidence(outsider: User) -> None:
    plain, speaking = found("a", AI, owner=outsider), found("b", AI, VERIFIED_AI, owner=outsider)

    def finding(image: Image) -> dict[str, object]:
        body = with_token(outsider).get(f"{IMAGES}{image.pk}/").json()["finding"]
        return {key: body[key] for key in ("verdict", "probability_ai", "logit")}

    assert finding(plain) == finding(speaking)
    assert np.isclose(float(str(finding(plain)["probability_ai"])), 0.99)
