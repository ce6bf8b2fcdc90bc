"""Finding pictures: each filter finds exactly what it says, and tells nobody what is hidden."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from django.http import QueryDict

from classifier.models import ModelVersion
from classifier.vocabulary import Label as LabelValue
from labelling.models import Dispute, Embedding, Flag, Image, Label, Review, Submission, User
from labelling.search import find, found_images
from tests.labelling.rows import make_image, make_version, predict

pytestmark = pytest.mark.django_db

EVERY_FILTER_ON_OPINION = (
    "verdict=ai",
    "probability_from=50",
    "probability_to=100",
    "version=7",
    "label=settled",
    "label=ai",
    "label=gold",
    "label=unusable",
    "disagreement=people",
    "disagreement=label",
    "disagreement=versions",
    "state=disputed",
    "sort=uncertain",
    "sort=ai",
    "sort=human",
)


@pytest.fixture
def live(db: None) -> ModelVersion:
    return make_version(7, live=True)


def named(name: str, **fields: Any) -> Image:
    return make_image(name, failure=name, **fields)


def names(person: User, query: str = "") -> list[str]:
    return [image.failure for image in found_images(person, QueryDict(query))]


def settle(image: Image, value: str, *, gold: bool = False) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    Label.objects.create(image=image, value=value, gold=gold, settled_at=now)


def test_verdict_and_probability(administrator: User, live: ModelVersion) -> None:
    for name, probability in (("sure", 0.97), ("likely", 0.6), ("no", 0.04)):
        predict(named(name), live, probability)
    named("waits")

    assert names(administrator, "verdict=human") == ["no"]
    assert names(administrator, "verdict=ai&sort=oldest") == ["sure", "likely"]
    assert names(administrator, "probability_from=60&probability_to=96") == ["likely"]
    assert names(administrator, "probability_from=97&sort=oldest") == ["sure"]


def test_of_two_versions_the_one_that_answers_counts(
    administrator: User, live: ModelVersion
) -> None:
    old, image = make_version(3), named("turned")
    predict(image, old, 0.9)
    predict(image, live, 0.1)
    predict(named("only old"), old, 0.9)

    assert names(administrator, "verdict=ai") == ["only old"]
    assert names(administrator, "version=3&sort=oldest") == ["turned", "only old"]
    assert names(administrator, "version=7") == ["turned"]
    assert names(administrator, "version=8") == []


def test_labels(administrator: User) -> None:
    settle(named("ai"), LabelValue.AI)
    settle(named("human"), LabelValue.HUMAN)
    settle(named("gold"), LabelValue.HUMAN, gold=True)
    named("no use", unusable=True)
    named("open")

    found = {
        kind: set(names(administrator, f"label={kind}"))
        for kind in ("ai", "human", "gold", "unusable", "settled", "unsettled")
    }
    assert found == {
        "ai": {"ai"},
        "human": {"human", "gold"},
        "gold": {"gold"},
        "unusable": {"no use"},
        "settled": {"ai", "human", "gold", "no use"},
        "unsettled": {"open"},
    }


def test_states(administrator: User, reviewer: User, live: ModelVersion) -> None:
    named("waits")
    named("broken", state=Image.State.FAILED)
    flagged = named("flagged", state=Image.State.CLASSIFIED)
    Flag.objects.create(image=flagged, by=reviewer, note="Who made this?")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    named("disputed", state=Image.State.CLASSIFIED, disputed_at=now)
    named("sample", state=Image.State.CLASSIFIED, audit=True)

    found = {
        state: names(administrator, f"state={state}")
        for state in ("waiting", "failed", "flagged", "disputed", "audit")
    }
    assert found == {
        "waiting": ["waits"],
        "failed": ["broken"],
        "flagged": ["flagged"],
        "disputed": ["disputed"],
        "audit": ["sample"],
    }


def test_disagreements(
    administrator: User, reviewer: User, second_reviewer: User, live: ModelVersion
) -> None:
    split = named("people")
    for who, answer in ((reviewer, "ai"), (second_reviewer, "human")):
        Review.objects.create(image=split, reviewer=who, answer=answer)
    wrong, right, open_ = named("detector"), named("agreed"), named("uncertain")
    for image, probability in ((wrong, 0.9), (right, 0.1), (open_, 0.2)):
        predict(image, live, probability)
        settle(image, LabelValue.HUMAN)
    open_.predictions.update(verdict="uncertain")
    named("versions", challenged_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert names(administrator, "disagreement=people") == ["people"]
    assert names(administrator, "disagreement=label") == ["detector"]
    assert names(administrator, "disagreement=versions") == ["versions"]


def test_names_sources_uploaders_and_days(administrator: User, outsider: User) -> None:
    mine, other = named("mine"), named("other")
    Submission.objects.create(
        image=mine, submitter=outsider, channel="page", filename="Holiday 12.JPG"
    )
    Submission.objects.create(image=other, channel="import", filename="scan.png")
    Image.objects.filter(pk=mine.pk).update(received_at=datetime(2026, 3, 5, 23, 30, tzinfo=UTC))
    Image.objects.filter(pk=other.pk).update(received_at=datetime(2026, 3, 6, tzinfo=UTC))

    assert names(administrator, "name=holiday+1") == ["mine"]
    assert names(administrator, "source=import") == ["other"]
    assert names(administrator, "uploader=OLLI") == ["mine"]
    assert names(administrator, "received_from=2026-03-06") == ["other"]
    assert names(administrator, "received_to=2026-03-05") == ["mine"]
    assert names(administrator, "received_from=2026-03-05&received_to=2026-03-06") == [
        "other",
        "mine",
    ]


def test_sorts_are_exact_and_stable(administrator: User, live: ModelVersion) -> None:
    for name, probability, size in (("a", 0.9, 10), ("b", 0.55, 30), ("c", 0.1, 20)):
        predict(named(name, size=size), live, probability)
    named("d", size=5)

    found = {
        sort: "".join(names(administrator, f"sort={sort}"))
        for sort in ("newest", "oldest", "uncertain", "ai", "human", "largest")
    }
    assert found == {
        "newest": "dcba",
        "oldest": "abcd",
        "uncertain": "bcad",
        "ai": "abcd",
        "human": "cbad",
        "largest": "bcad",
    }


def test_alike_pictures_come_nearest_first(administrator: User, live: ModelVersion) -> None:
    angles = {"itself": 0.0, "twin": 0.1, "cousin": 0.6, "stranger": 3.1}
    for name, angle in angles.items():
        vector = np.array([np.cos(angle), np.sin(angle)], dtype="<f4")
        Embedding.objects.create(
            image=named(name), backbone_digest=live.backbone_digest, vector=vector.tobytes()
        )
    itself = Image.objects.get(failure="itself")

    assert names(administrator, f"similar={itself.pk}") == ["itself", "twin", "cousin"]
    assert find(administrator, QueryDict(f"similar={itself.pk}")).alike == itself


def test_a_strangers_picture_is_no_ground_to_search(
    outsider: User, reviewer: User, live: ModelVersion
) -> None:
    theirs = make_image("theirs", owner=reviewer)
    mine = named("mine")
    Submission.objects.create(image=mine, submitter=outsider, channel="page")

    found = find(outsider, QueryDict(f"similar={theirs.pk}"))
    assert [image.pk for image in found.images] == [mine.pk]
    assert found.filters.form.errors["similar"] == [
        "There is no such picture, or it is not yours to see."
    ]


@pytest.mark.parametrize("query", EVERY_FILTER_ON_OPINION)
def test_what_is_still_to_be_decided_blind_is_in_no_answer(
    query: str, reviewer: User, second_reviewer: User, live: ModelVersion
) -> None:
    """Whatever is thought of it, a reviewer's search says nothing about it, in or out."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    hidden = named("hidden", disputed_at=now, challenged_at=now, unusable="unusable" in query)
    predict(hidden, live, 0.97)
    for answer in ("ai", "human"):
        Review.objects.create(image=hidden, reviewer=second_reviewer, answer=answer)
    if "unusable" not in query:
        settle(hidden, LabelValue.HUMAN if "label" in query[-5:] else LabelValue.AI, gold=True)

    assert "hidden" not in names(reviewer, query) or query == "label=gold"
    assert "hidden" in names(reviewer, "label=unsettled"), "settled is an opinion, too"
    Review.objects.create(image=hidden, reviewer=reviewer, answer="ai")
    assert "hidden" in names(reviewer, query)


def test_reviewers_and_uploaders_have_fewer_filters(
    outsider: User, reviewer: User, administrator: User
) -> None:
    def choices(person: User, name: str) -> set[str]:
        form = find(person, QueryDict()).filters.form
        return {value for value, _ in form.fields[name].choices} if name in form.fields else set()

    assert "gold" in choices(administrator, "label")
    assert "audit" in choices(administrator, "state")
    assert "gold" not in choices(reviewer, "label") | choices(outsider, "label")
    assert "audit" not in choices(reviewer, "state") | choices(outsider, "state")
    assert choices(reviewer, "disagreement")
    assert not choices(outsider, "disagreement")


def test_an_uploader_finds_their_own_by_what_people_settled(outsider: User, reviewer: User) -> None:
    for person in (outsider, reviewer):
        own = named(f"of {person}")
        Submission.objects.create(image=own, submitter=person, channel="page")
        settle(own, LabelValue.AI)
    assert names(outsider, "label=ai") == [f"of {outsider}"]
    assert names(outsider, "label=human") == names(reviewer, "label=ai") == []


def test_an_uploader_finds_their_own_by_their_own_names(outsider: User, reviewer: User) -> None:
    image = named("shared")
    Submission.objects.create(image=image, submitter=outsider, channel="page", filename="mine.jpg")
    Submission.objects.create(image=image, submitter=reviewer, channel="api", filename="secret.jpg")
    named("not theirs")

    assert names(outsider) == ["shared"]
    assert names(outsider, "name=mine") == ["shared"]
    assert names(outsider, "name=secret") == []
    assert names(outsider, "source=api") == []
    assert names(outsider, "uploader=nobody") == ["shared"], "no such filter for them"


def test_a_name_finds_a_picture_for_whoever_is_not_blind_to_it(
    outsider: User,
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
    administrator: User,
) -> None:
    """A name such as ComfyUI_00012_.png says what the picture is."""
    image, own, name = named("theirs"), named("own"), "ComfyUI_00012_.png"
    for picture, person in ((image, outsider), (own, second_reviewer)):
        Submission.objects.create(image=picture, submitter=person, channel="page", filename=name)

    assert names(reviewer, "name=comfyui") == []
    assert names(second_reviewer, "name=comfyui") == ["own"]
    assert names(outsider, "name=comfyui") == ["theirs"]
    for person in (adjudicator, administrator):
        assert names(person, "name=comfyui") == ["own", "theirs"]
    # How it came, and by whom, says nothing of what it is.
    assert names(reviewer, "source=page") == ["own", "theirs"]
    assert names(reviewer, "uploader=olli") == ["theirs"]

    vote = Review.objects.create(image=image, reviewer=reviewer, answer="ai")
    assert names(reviewer, "name=comfyui") == ["theirs"]
    assert names(second_reviewer, "name=comfyui") == ["own"]
    Review.objects.create(image=image, reviewer=reviewer, answer="retracted", retracts=vote)
    assert names(reviewer, "name=comfyui") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("verdict=maybe", "verdict"),
        ("probability_from=many", "probability_from"),
        ("probability_to=101", "probability_to"),
        ("probability_to=1e999", "probability_to"),
        ("probability_from=NaN", "probability_from"),
        ("version=99999999999999999999", "version"),
        ("version=-1", "version"),
        ("version=1.5", "version"),
        ("received_from=2026-13-01", "received_from"),
        ("received_to=0000-00-00", "received_to"),
        ("received_to=9999-12-31", "received_to"),
        ("name=%00", "name"),
        ("name=" + "x" * 101, "name"),
        ("uploader=" + "x" * 151, "uploader"),
        ("similar=1", "similar"),
    ],
)
def test_what_makes_no_sense_is_said_and_filters_nothing_out(
    query: str, field: str, administrator: User
) -> None:
    named("there")
    found = find(administrator, QueryDict(query))
    assert [image.failure for image in found.images] == ["there"]
    assert list(found.filters.form.errors) == [field]


@pytest.mark.parametrize("query", ["sort=random", "unknown=1", "sort=%00"])
def test_what_is_unknown_is_passed_over(query: str, administrator: User) -> None:
    named("there")
    assert names(administrator, query) == ["there"]


def test_disputes_are_searched_by_those_who_may_know_of_them(
    outsider: User, reviewer: User, live: ModelVersion
) -> None:
    image = named("mine", disputed_at=datetime(2026, 1, 1, tzinfo=UTC))
    Submission.objects.create(image=image, submitter=outsider, channel="page")
    Dispute.objects.create(
        image=image, by=outsider, version=live, verdict="ai", probability_ai=0.9, reason="I drew it"
    )
    assert names(outsider, "state=disputed") == ["mine"]
    assert names(reviewer, "state=disputed") == []
