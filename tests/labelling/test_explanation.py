"""Who may see where a score comes from, and what is kept of it."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image as Pillow

from classifier.errors import NoModel, NotAllowed, NotExplainable, PictureRefused
from classifier.models import ModelVersion
from classifier.services import promote_version, register_version
from classifier.serving import serving_detector
from labelling.blindness import sight_of
from labelling.errors import Conflict, NotFound
from labelling.models import Image, Submission, User
from labelling.renditions import rendition
from labelling.services import explanation
from labelling.services.deletion import erase_image
from labelling.services.explanation import explain_image, overlay_name
from labelling.services.findings import record_finding
from labelling.services.review import record_review, undo_last_review
from labelling.services.submit import submit_image
from labelling.storage import WholeFileStorage
from tests import brightness
from tests.brightness import make_brightness_bundle
from tests.labelling.pictures import encoded, plain
from tests.labelling.programs import IMAGES, with_token
from tests.labelling.traces import stored_files

pytestmark = pytest.mark.django_db

HandIn = Callable[..., Image]


def half_white() -> bytes:
    """The left half white, the right half black: 32 × 32, as large as the one crop."""
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    pixels[:, :16] = 255
    return encoded(Pillow.fromarray(pixels))


@pytest.fixture
def hand_in(live_version: ModelVersion) -> HandIn:
    """Hand a picture in and let the live version look at it."""

    def submit(by: User | None, data: bytes = half_white(), *, look: bool = True) -> Image:
        image = submit_image(
            data=data, filename="a.png", channel=Submission.Channel.API, submitter=by
        ).image
        if look:
            version, detector = serving_detector()
            record_finding(image_id=image.pk, version=version, finding=detector.examine(data))
        return image

    return submit


def addresses(image: Image) -> list[str]:
    return [
        f"{IMAGES}{image.pk}/explanation/",
        f"{IMAGES}{image.pk}/explanation/overlay/",
        f"/images/{image.pk}/explanation/",
    ]


def assert_nothing_drawn() -> None:
    assert [name for name in stored_files() if name.startswith("explanations")] == []


def test_what_is_drawn_of_a_picture_that_is_erased_meanwhile_is_not_kept(
    hand_in: HandIn, outsider: User, monkeypatch
) -> None:
    image = hand_in(outsider)
    draw = explanation._draw

    def draw_and_erase(*about: Any) -> bytes:
        drawn = draw(*about)
        erase_image(image_id=image.pk, by=outsider)
        return drawn

    monkeypatch.setattr(explanation, "_draw", draw_and_erase)
    answer = with_token(outsider).get(f"{IMAGES}{image.pk}/explanation/")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert stored_files() == []


def test_it_says_where_the_score_comes_from(hand_in: HandIn, outsider: User) -> None:
    image = hand_in(outsider)

    explained = explain_image(image_id=image.pk, person=outsider)

    drawn = np.asarray(Pillow.open(BytesIO(explained.overlay)))
    assert drawn.shape == (32, 32, 4)
    assert drawn[16, 2].tolist() == [230, 159, 0, int(0.8 * 210)]
    assert drawn[16, 29].tolist() == [0, 114, 178, int(0.8 * 210)]
    legend = explained.legend
    assert (legend.full, legend.looked_at, legend.crops, legend.crop) == (5, 1.0, 1, 32)
    assert legend.score == pytest.approx(0.0, abs=1e-4)
    assert legend.ai is not None
    assert legend.ai.log_odds == pytest.approx(4.0, abs=1e-4)
    assert legend.ai.x < 0.5


def test_programs_find_it_beside_the_finding(hand_in: HandIn, outsider: User) -> None:
    image = hand_in(outsider)
    client = with_token(outsider)

    link = client.get(f"{IMAGES}{image.pk}/").json()["explanation"]
    assert link == f"http://testserver{IMAGES}{image.pk}/explanation/"
    told = client.get(link).json()
    assert told["model_version"] == 1
    assert told["overlay"] == f"{link}overlay/"
    assert (told["full"], told["looked_at"], told["crops"], told["crop"]) == (5, 1.0, 1, 32)
    assert set(told["ai"]) == {"x", "y", "log_odds"}
    picture = client.get(told["overlay"])
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.headers["Cache-Control"] == "private, no-cache"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert Pillow.open(BytesIO(picture.content)).size == (32, 32)


def test_it_is_drawn_once_for_each_version(
    hand_in: HandIn, outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = hand_in(outsider)
    first = explain_image(image_id=image.pk, person=outsider).overlay
    kept = stored_files()
    monkeypatch.setattr(explanation, "_draw", None)

    assert explain_image(image_id=image.pk, person=outsider).overlay == first
    assert stored_files() == kept


def test_after_a_refit_it_is_drawn_anew_and_the_old_one_goes(
    hand_in: HandIn, outsider: User, tmp_path: Path
) -> None:
    image = hand_in(outsider)
    before = explain_image(image_id=image.pk, person=outsider).legend
    bundle = make_brightness_bundle(tmp_path / "bundles", "refitted", bias=2.0)
    version = promote_version(version=register_version(bundle=bundle))

    after = explain_image(image_id=image.pk, person=outsider).legend

    assert (before.version, after.version) == (1, 2)
    assert after.score == pytest.approx(before.score + 2.0, abs=1e-4)
    assert stored_files() == sorted([image.original, overlay_name(image, version)])


def test_the_page_says_whose_map_it_is_while_the_finding_is_still_an_older_ones(
    hand_in: HandIn, outsider: User, tmp_path: Path
) -> None:
    image = hand_in(outsider)
    client = Client()
    client.force_login(outsider)
    address = f"/images/{image.pk}/explanation/"
    assert "Drawn by" not in client.get(address).json()["html"]
    bundle = make_brightness_bundle(tmp_path / "bundles", "refitted", bias=2.0)
    promote_version(version=register_version(bundle=bundle))
    html = client.get(address).json()["html"]
    assert "Drawn by version 2, which answers now. The finding above is still version 1" in html


def test_two_who_draw_at_once_write_the_same_file(
    hand_in: HandIn, outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = hand_in(outsider)
    first = explain_image(image_id=image.pk, person=outsider).overlay
    kept = stored_files()
    opened = WholeFileStorage.open

    def not_there_yet(storage: WholeFileStorage, name: str, mode: str = "rb") -> object:
        if name.startswith("explanations"):
            raise FileNotFoundError(name)
        return opened(storage, name, mode)

    monkeypatch.setattr(WholeFileStorage, "open", not_there_yet)
    assert explain_image(image_id=image.pk, person=outsider).overlay == first
    assert stored_files() == kept


def test_what_a_colleague_has_just_thrown_away_is_no_trouble(
    hand_in: HandIn, outsider: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes replace an old overlay at the same moment; one finds it gone."""
    image = hand_in(outsider)
    monkeypatch.setattr(WholeFileStorage, "listdir", lambda storage, folder: ([], ["gone.png"]))
    assert explain_image(image_id=image.pk, person=outsider).legend.version == 1


def test_only_those_who_may_see_the_picture_get_it(
    hand_in: HandIn, reviewer: User, outsider: User
) -> None:
    image = hand_in(reviewer)
    with pytest.raises(NotFound):
        explain_image(image_id=image.pk, person=outsider)
    for address in addresses(image):
        answer = signed_in(outsider).get(address)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert Client().get(address).status_code == 401
    assert_nothing_drawn()


def test_a_reviewer_who_has_not_voted_gets_no_heat_map(
    hand_in: HandIn, reviewer: User, second_reviewer: User, outsider: User
) -> None:
    image = hand_in(outsider)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="ai")
    for address in addresses(image):
        answer = signed_in(reviewer).get(address)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert with_token(reviewer).get(f"{IMAGES}{image.pk}/").json()["explanation"] is None
    assert_nothing_drawn()

    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    for address in addresses(image):
        assert signed_in(reviewer).get(address).status_code == 200
    kept = stored_files()

    undo_last_review(reviewer=reviewer)
    with pytest.raises(NotAllowed):
        explain_image(image_id=image.pk, person=reviewer)
    assert not sight_of(reviewer, image).finding
    assert stored_files() == kept


def test_the_owner_an_administrator_and_whoever_has_voted_get_it(
    hand_in: HandIn, second_reviewer: User, outsider: User, administrator: User
) -> None:
    image = hand_in(outsider)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="ai")
    for person in (outsider, administrator, second_reviewer):
        for address in addresses(image):
            assert signed_in(person).get(address).status_code == 200


def test_without_a_finding_there_is_nothing_to_explain(hand_in: HandIn, outsider: User) -> None:
    image = hand_in(outsider, look=False)
    with pytest.raises(Conflict, match="found nothing for this picture yet"):
        explain_image(image_id=image.pk, person=outsider)
    assert with_token(outsider).get(f"{IMAGES}{image.pk}/").json()["explanation"] is None
    assert_nothing_drawn()


def test_a_lost_original_is_said_in_words(hand_in: HandIn, outsider: User) -> None:
    image = hand_in(outsider)
    default_storage.delete(image.original)
    answer = signed_in(outsider).get(addresses(image)[0])
    assert answer.status_code == 404
    assert answer.json()["detail"] == "The file of this picture is missing from the storage."
    assert_nothing_drawn()


def test_a_damaged_original_is_said_in_words(hand_in: HandIn, outsider: User) -> None:
    image = hand_in(outsider)
    default_storage.save(image.original, ContentFile(half_white()[:-40]))
    with pytest.raises(PictureRefused, match="damaged"):
        explain_image(image_id=image.pk, person=outsider)
    assert signed_in(outsider).get(addresses(image)[1]).status_code == 422
    assert_nothing_drawn()


def test_without_a_model_nothing_is_drawn(hand_in: HandIn, outsider: User) -> None:
    image = hand_in(outsider)
    ModelVersion.objects.update(state=ModelVersion.State.ARCHIVED)
    with pytest.raises(NoModel):
        explain_image(image_id=image.pk, person=outsider)
    assert_nothing_drawn()


def test_a_network_without_a_map_says_so(
    outsider: User, tmp_path: Path, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = brightness.mean_of_each_channel

    def mapless() -> onnx.ModelProto:
        model = whole()
        del model.graph.output[1]
        return model

    monkeypatch.setattr(brightness, "mean_of_each_channel", mapless)
    promote_version(version=register_version(bundle=make_brightness_bundle(tmp_path / "b")))
    version, detector = serving_detector()
    image = submit_image(
        data=plain(), filename="a.png", channel=Submission.Channel.API, submitter=outsider
    ).image
    record_finding(image_id=image.pk, version=version, finding=detector.examine(plain()))

    with pytest.raises(NotExplainable, match="no map"):
        explain_image(image_id=image.pk, person=outsider)
    answer = signed_in(outsider).get(addresses(image)[0])
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert_nothing_drawn()


def test_a_large_picture_is_no_larger_on_the_map_than_its_view(
    hand_in: HandIn, outsider: User
) -> None:
    image = hand_in(outsider, plain(200, size=(2400, 1700)))
    overlay = explain_image(image_id=image.pk, person=outsider).overlay
    view = Pillow.open(BytesIO(rendition(image, "view")))
    assert Pillow.open(BytesIO(overlay)).size == view.size == (1600, 1133)


def test_the_legend_in_the_file_is_what_programs_are_told(hand_in: HandIn, outsider: User) -> None:
    image = hand_in(outsider)
    client = with_token(outsider)
    told = client.get(addresses(image)[0]).json()
    picture = Pillow.open(BytesIO(client.get(addresses(image)[1]).content))
    inside = json.loads(picture.info["aivh-legend"])
    assert inside["score"] == told["score"]
    assert inside["version"] == told["model_version"]


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client
