"""Why a picture gets no answer: stored with the finding, and told to whoever may see that."""

import pytest
from django.test import Client

from classifier.detector.detector import Score
from classifier.models import ModelVersion
from classifier.vocabulary import Reason, Verdict
from labelling.models import Image, Prediction, User
from labelling.services.findings import record_score, record_scores
from tests.labelling.programs import IMAGES, with_token
from tests.labelling.rows import make_image, make_version, predict

pytestmark = pytest.mark.django_db

DOUBTED = Score(0.97, 3.5, Verdict.UNCERTAIN, (Reason.TOO_SMALL, Reason.VIEWS_DISAGREE))
SENTENCE = "The picture is too small: its shorter side needs 96 pixels."


@pytest.fixture
def live(db: None) -> ModelVersion:
    return make_version(1, live=True)


def doubted(owner: User, version: ModelVersion) -> Image:
    image = make_image("doubted", owner=owner)
    record_score(image_id=image.pk, version=version, score=DOUBTED)
    Image.objects.filter(pk=image.pk).update(state=Image.State.CLASSIFIED)
    return image


def test_reasons_are_stored_one_by_one_and_in_bulk(live: ModelVersion) -> None:
    one, many = make_image("one"), make_image("many")
    record_score(image_id=one.pk, version=live, score=DOUBTED)
    record_scores(version=live, scores={many.pk: DOUBTED})
    for image in (one, many):
        stored = Prediction.objects.get(image=image)
        assert stored.reasons == ["too_small", "views_disagree"]
        assert (stored.verdict, stored.probability_ai) == ("uncertain", 0.97)


def test_programs_get_the_codes(outsider: User, live: ModelVersion) -> None:
    image = doubted(outsider, live)
    finding = with_token(outsider).get(f"{IMAGES}{image.pk}/").json()["finding"]
    assert finding["reasons"] == ["too_small", "views_disagree"]
    assert finding["verdict"] == "uncertain"


def test_an_answer_has_no_reasons(outsider: User, live: ModelVersion) -> None:
    image = make_image("plain", owner=outsider)
    predict(image, live, 0.9)
    finding = with_token(outsider).get(f"{IMAGES}{image.pk}/").json()["finding"]
    assert finding["reasons"] == []


def test_people_get_the_reasons_in_words(outsider: User, live: ModelVersion) -> None:
    image = doubted(outsider, live)
    client = Client(headers={"accept": "text/html"})
    client.force_login(outsider)
    page = client.get(f"/images/{image.pk}/").content.decode()
    assert SENTENCE in page
    assert "people decide." in page


def test_a_reviewer_who_has_not_voted_is_told_neither(
    outsider: User, reviewer: User, live: ModelVersion
) -> None:
    image = doubted(outsider, live)
    client = Client(headers={"accept": "text/html"})
    client.force_login(reviewer)
    page = client.get(f"/images/{image.pk}/").content.decode()
    assert SENTENCE not in page
    body = with_token(reviewer).get(f"{IMAGES}{image.pk}/").json()
    assert (body["blind"], body["finding"]) == (True, None)
    assert "too_small" not in str(body)
