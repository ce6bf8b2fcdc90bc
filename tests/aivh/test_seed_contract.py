"""The seed service's contract, as its clients know it."""

import pytest
from django.db import DatabaseError
from django.test import Client

from aivh import __version__, health
from classifier.models import ModelVersion
from labelling.api.throttles import PredictThrottle
from labelling.models import Embedding, Image, Prediction, Submission, User
from tests.labelling.pictures import BLACK, GREY, TEXT, WHITE, noise, plain, truncated_jpeg
from tests.labelling.programs import part, with_token
from tests.labelling.traces import assert_nothing_was_left, stored_files

pytestmark = pytest.mark.django_db


def predict(client: Client, data: bytes) -> tuple[int, dict[str, object]]:
    answer = client.post("/predict", {"file": part(data, "photo.png", "image/png")})
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("brightness", "prediction", "verdict", "confidence"),
    [
        (WHITE, "AI-generated", "ai", 0.982),
        (BLACK, "Human-made", "human", 0.018),
        (GREY, "Human-made", "uncertain", 0.496),
        (GREY + 1, "AI-generated", "uncertain", 0.504),
    ],
)
def test_a_picture_gets_its_prediction_at_once(
    live_version: ModelVersion, brightness: int, prediction: str, verdict: str, confidence: float
) -> None:
    status, body = predict(Client(), plain(brightness))

    assert status == 200
    assert (body["prediction"], body["verdict"]) == (prediction, verdict)
    assert body["confidence"] == pytest.approx(confidence, abs=0.001)
    assert body["logit"] == pytest.approx(8 * brightness / 255 - 4, abs=0.001)
    assert body["model_version"] == live_version.number


def test_picture_and_finding_are_stored_like_any_other_upload(live_version: ModelVersion) -> None:
    _, body = predict(Client(), plain())

    image, prediction = Image.objects.get(), Prediction.objects.get()
    assert (body["id"], body["sha256"], body["state"]) == (
        str(image.pk),
        image.sha256,
        "classified",
    )
    assert image.state == Image.State.CLASSIFIED
    assert (prediction.image, prediction.version) == (image, live_version)
    assert Embedding.objects.get().image == image
    assert stored_files() == [image.original]
    submission = Submission.objects.get()
    assert (submission.channel, submission.submitter) == (Submission.Channel.PREDICT, None)
    assert submission.filename == "photo.png"


def test_the_same_picture_again_is_one_image_one_prediction_two_submissions(
    live_version: ModelVersion,
) -> None:
    first, second = predict(Client(), plain()), predict(Client(), plain())

    assert first == second
    counts = [model.objects.count() for model in (Image, Prediction, Submission)]
    assert counts == [1, 1, 2]


def test_a_waiting_picture_of_the_page_is_classified_by_it(
    live_version: ModelVersion, outsider: User
) -> None:
    with_token(outsider).post("/api/v1/images/", {"file": part(plain())})
    assert Image.objects.get().state == Image.State.WAITING

    predict(Client(), plain())

    assert Image.objects.get().state == Image.State.CLASSIFIED


def test_no_file_is_422_as_the_framework_of_the_seed_says_it(live_version: ModelVersion) -> None:
    for form in ({}, {"file": "words"}, {"image": part(noise())}):
        answer = Client().post("/predict", form)
        assert answer.status_code == 422
        assert answer.json() == {
            "code": "missing_file",
            "detail": [
                {"type": "missing", "loc": ["body", "file"], "msg": "Field required", "input": None}
            ],
        }
    assert_nothing_was_left()


def test_other_fields_do_no_harm_and_no_second_picture_is_lost(live_version: ModelVersion) -> None:
    picture = part(plain(), "photo.png", "image/png")
    answer = Client().post("/predict", {"file": [picture, ""]})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert_nothing_was_left()

    picture.seek(0)
    assert Client().post("/predict", {"file": picture, "model": "any"}).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/pdf", "video/mp4"])
def test_another_content_type_is_400(live_version: ModelVersion, content_type: str) -> None:
    answer = Client().post("/predict", {"file": part(TEXT, "a.txt", content_type)})

    assert answer.status_code == 400
    told = answer.json()
    assert (told["code"], told["detail"]) == ("invalid_file_type", "Invalid file type")
    assert_nothing_was_left()


def test_a_corrupt_picture_is_422(live_version: ModelVersion) -> None:
    status, body = predict(Client(), truncated_jpeg())

    assert (status, body["code"]) == (422, "corrupt_picture")
    assert_nothing_was_left()


def test_without_a_model_it_is_503() -> None:
    status, body = predict(Client(), plain())

    assert (status, body["code"]) == (503, "model_not_loaded")
    assert body["detail"] == "Model not loaded"
    assert_nothing_was_left()


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_another_method_is_405(method: str) -> None:
    answer = getattr(Client(), method)("/predict")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_a_program_needs_no_csrf_token_also_in_a_browser_that_is_signed_in(
    live_version: ModelVersion, outsider: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(outsider)

    assert predict(client, plain())[0] == 200


def test_where_it_is_closed_strangers_are_401(
    live_version: ModelVersion, outsider: User, settings
) -> None:
    settings.OPEN_PREDICT = False

    status, body = predict(Client(), plain())
    assert (status, body["code"]) == (401, "not_authenticated")
    assert_nothing_was_left()

    status, _ = predict(with_token(outsider), plain())
    assert status == 200
    assert Submission.objects.get().submitter == outsider

    client = Client()
    client.force_login(outsider)
    assert predict(client, plain())[0] == 200


def test_where_it_is_open_a_token_still_says_whose_picture_it_is(
    live_version: ModelVersion, outsider: User
) -> None:
    predict(with_token(outsider), plain())

    assert Submission.objects.get().submitter == outsider


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://testserver.evil", "http://[", "null"]
)
def test_a_page_of_another_site_hands_nothing_in(live_version: ModelVersion, origin: str) -> None:
    status, body = predict(Client(headers={"Origin": origin}), plain())

    assert (status, body["code"]) == (403, "not_allowed")
    assert_nothing_was_left()
    assert predict(Client(headers={"Origin": "http://testserver"}), plain())[0] == 200


def test_open_beyond_this_machine_it_is_throttled(
    live_version: ModelVersion, settings, monkeypatch
) -> None:
    settings.OPEN_PREDICT, settings.ONLY_THIS_MACHINE = True, False
    monkeypatch.setattr(PredictThrottle, "rate", "2/min", raising=False)

    statuses = [predict(Client(), plain())[0] for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert Submission.objects.count() == 2


def test_on_loopback_nobody_is_counted(live_version: ModelVersion, monkeypatch) -> None:
    monkeypatch.setattr(PredictThrottle, "rate", "1/min", raising=False)

    assert [predict(Client(), plain())[0] for _ in range(3)] == [200, 200, 200]


def test_health_says_whether_a_model_is_loaded(live_version: ModelVersion) -> None:
    answer = Client().get("/health")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "model_loaded": True,
        "device": "cpu",
        "model_version": live_version.number,
    }


def test_health_without_a_model_or_a_database_is_degraded(monkeypatch) -> None:
    degraded = {
        "status": "degraded",
        "model_loaded": False,
        "device": "cpu",
        "model_version": None,
    }
    assert Client().get("/health").json() == degraded

    def broken() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(health, "serving_detector", broken)
    assert Client().get("/health").json() == degraded


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
def test_the_root_is_json_for_programs(accept: str | None) -> None:
    answer = Client(headers={"Accept": accept} if accept else {}).get("/")

    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"name", "version", "status", "endpoints"}
    assert (body["name"], body["version"], body["status"]) == ("aivh", __version__, "running")
    assert set(body["endpoints"]) >= {"predict", "health", "metrics"}


def test_the_root_is_a_page_for_browsers(outsider: User) -> None:
    client = Client(headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    client.force_login(outsider)

    answer = client.get("/")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Accept" in answer.headers["Vary"]


def test_metrics_are_prometheus_text(live_version: ModelVersion) -> None:
    predict(Client(), plain(WHITE))
    predict(Client(), plain(BLACK))

    answer = Client().get("/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    lines = answer.content.decode().splitlines()
    assert 'predictions_total{verdict="ai"} 1.0' in lines
    assert 'predictions_total{verdict="human"} 1.0' in lines
    assert 'predictions_total{verdict="uncertain"} 0.0' in lines
    assert "aivh_images_received_total 2.0" in lines
    assert 'prediction_confidence_bucket{le="0.05"} 1.0' in lines
    assert "prediction_confidence_count 2.0" in lines
    assert "model_loaded 1.0" in lines
    assert f"aivh_model_version {live_version.number}.0" in lines


@pytest.mark.parametrize("address", ["/health", "/metrics"])
def test_they_are_read_only(address: str) -> None:
    answer = Client(enforce_csrf_checks=True).post(address)

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]
