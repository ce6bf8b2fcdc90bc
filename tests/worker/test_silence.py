"""What a version in shadow says is shown to nobody, on no page and by no address."""

import json
from pathlib import Path

import pytest
from django.test import Client

from classifier.models import ModelVersion
from classifier.vocabulary import Label, Verdict
from labelling.models import Image, Prediction, Submission
from labelling.queries import current_prediction, current_predictions
from labelling.services.review import record_review
from tests.worker.challengers import challenger
from tests.worker.conftest import People, make_image
from tests.worker.small import picture

SECRET = 0.98765
V = ModelVersion.State


@pytest.fixture(params=[V.SHADOW, V.CANDIDATE, V.REJECTED])
def silent(request: pytest.FixtureRequest, version: ModelVersion, tmp_path: Path) -> ModelVersion:
    """A version that never answered."""
    new = challenger(tmp_path / "silent")
    ModelVersion.objects.filter(pk=new.pk).update(state=request.param)
    new.refresh_from_db()
    return new


def says(version: ModelVersion, image: Image, probability: float) -> None:
    """Write a prediction as no code of ours does for a version that never answered."""
    verdict = Verdict.AI if probability > 0.5 else Verdict.HUMAN
    Prediction.objects.create(
        image=image, version=version, probability_ai=probability, logit=1.0, verdict=verdict
    )
    Image.objects.filter(pk=image.pk).update(state=Image.State.CLASSIFIED)


@pytest.fixture
def image(version: ModelVersion, people: People) -> Image:
    found = make_image(picture(Label.AI, 1))
    for person in (people.admin, people.reviewer, people.outsider):
        Submission.objects.create(
            image=found, submitter=person, channel=Submission.Channel.PAGE, filename="a.png"
        )
    return found


ADDRESSES = (
    "/",
    "/images/",
    "/images/?verdict=ai",
    "/images/{id}/",
    "/images/{id}/finding/",
    "/images/{id}/evidence/",
    "/review/",
    "/api/v1/images/",
    "/api/v1/images/{id}/",
    "/api/v1/images/{id}/explanation/",
    "/versions/",
    "/metrics",
)


def shown(client: Client, image: Image) -> set[str]:
    """The addresses whose answer gives the secret figure away, or the word that it stands for."""
    found = set()
    for address in ADDRESSES:
        answer = client.get(address.format(id=image.pk))
        page = answer.content.decode()
        assert answer.status_code in (200, 204, 403, 404, 409), (address, page)
        if any(word in page for word in ("98.8", "99%", str(SECRET))):
            found.add(address)
    return found


def test_what_the_champion_says_does_show(
    version: ModelVersion, image: Image, people: People
) -> None:
    """Or the tests below would find nothing anywhere."""
    says(version, image, SECRET)
    client = Client()
    client.force_login(people.outsider)
    assert shown(client, image) >= {"/images/{id}/", "/api/v1/images/", "/api/v1/images/{id}/"}


@pytest.mark.parametrize("who", ["admin", "reviewer", "outsider"])
def test_it_never_shows_while_the_champion_has_said_nothing(
    silent: ModelVersion, image: Image, people: People, who: str
) -> None:
    says(silent, image, SECRET)
    client = Client()
    client.force_login(getattr(people, who))
    assert shown(client, image) == set()
    listed = client.get("/images/?verdict=ai").content.decode()
    assert str(image.pk) not in listed
    assert current_prediction(image) is None
    told = json.loads(client.get(f"/api/v1/images/{image.pk}/").content)
    assert told["finding"] is None


def test_the_champions_word_stands_beside_it(
    silent: ModelVersion, version: ModelVersion, image: Image
) -> None:
    says(version, image, 0.1)
    says(silent, image, SECRET)
    found = current_predictions([image])[image.pk]
    assert (found.version, found.verdict) == (version, Verdict.HUMAN)


def test_it_is_not_counted(silent: ModelVersion, image: Image, client: Client) -> None:
    says(silent, image, SECRET)
    assert 'predictions_total{verdict="ai"} 0.0' in client.get("/metrics").content.decode()


def test_it_is_not_told_after_ones_own_vote_either(
    silent: ModelVersion, image: Image, people: People
) -> None:
    says(silent, image, SECRET)
    record_review(image_id=image.pk, reviewer=people.reviewer, answer="human")
    client = Client()
    client.force_login(people.reviewer)
    page = client.get(f"/images/{image.pk}/").content.decode()
    assert "Version 2" not in page


def test_an_archived_version_may_still_be_quoted(version: ModelVersion, image: Image) -> None:
    says(version, image, 0.9)
    ModelVersion.objects.update(state=V.ARCHIVED)
    assert current_prediction(image) is not None
