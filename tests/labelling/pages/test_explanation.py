"""The parts of a picture's page that explain its finding."""

import numpy as np
import pytest

from labelling.models import Embedding, Image
from labelling.services.review import record_review
from tests.labelling.pages.conftest import find
from tests.labelling.traces import stored_files

BUTTON = "Where the score comes from <kbd>M</kbd>"
SECTION = "Nearest settled pictures"


def seen_as(image: Image, *vector: float) -> None:
    stored = np.array(vector, dtype="<f4").tobytes()
    Embedding.objects.create(image=image, backbone_digest="b" * 64, vector=stored)


def page_of(client, image: Image, part: str = "") -> str:
    answer = client.get(f"/images/{image.pk}/{part}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def settled(picture, administrator) -> Image:
    """A picture that the administrator has settled as AI."""
    image = picture(None)
    record_review(image_id=image.pk, reviewer=administrator, answer="ai")
    return image


def test_the_button_with_its_key_comes_with_the_finding(
    browse, picture, outsider, version, worker_seen
) -> None:
    image = picture(outsider, None)
    client = browse(outsider)
    assert BUTTON not in page_of(client, image)
    find(image, version, 0.9)
    assert BUTTON in page_of(client, image)
    assert BUTTON in page_of(client, image, "finding/?seen=waiting")
    assert BUTTON not in page_of(client, image, "finding/?seen=waiting&shape=row")


def test_the_finding_that_was_waited_for_wakes_the_nearest_pictures(
    browse, picture, administrator, version, worker_seen
) -> None:
    image = picture(administrator, None)
    client = browse(administrator)
    assert 'hx-trigger="load, found from:body"' in page_of(client, image)
    assert client.get(f"/images/{image.pk}/nearest/").status_code == 204
    find(image, version, 0.9)
    answer = client.get(f"/images/{image.pk}/finding/", {"seen": "waiting"})
    assert answer.headers["HX-Trigger-After-Swap"] == "found"


def test_whoever_is_blind_sees_neither_button_nor_neighbours(
    browse, picture, outsider, reviewer, second_reviewer, settled
) -> None:
    image = picture(outsider)
    record_review(image_id=image.pk, reviewer=second_reviewer, answer="human")
    page = page_of(browse(reviewer), image)
    assert BUTTON not in page
    assert SECTION not in page
    for part in ("explanation", "nearest"):
        answer = browse(reviewer).get(f"/images/{image.pk}/{part}/")
        assert answer.status_code == 403
        assert str(settled.pk) not in answer.content.decode()
    seen = page_of(browse(second_reviewer), image)
    assert BUTTON in seen
    assert SECTION in seen


@pytest.mark.parametrize("part", ["explanation", "nearest"])
def test_nothing_is_explained_of_pictures_that_are_not_theirs(
    browse, client, picture, outsider, reviewer, part
) -> None:
    image = picture(reviewer)
    files = stored_files()
    assert browse(outsider).get(f"/images/{image.pk}/{part}/").status_code == 404
    assert client.get(f"/images/{image.pk}/{part}/").status_code in (302, 401)
    assert browse(outsider).post(f"/images/{image.pk}/{part}/").status_code in (403, 405)
    assert stored_files() == files


def test_who_sees_no_labels_is_shown_no_neighbours(browse, picture, outsider, settled) -> None:
    image = picture(outsider)
    seen_as(image, 1, 0)
    seen_as(settled, 1, 0)
    assert SECTION not in page_of(browse(outsider), image)
    answer = browse(outsider).get(f"/images/{image.pk}/nearest/")
    assert answer.status_code == 403
    assert str(settled.pk) not in answer.content.decode()


def test_neighbours_come_with_label_and_likeness(
    browse, picture, administrator, reviewer, settled
) -> None:
    image, same = picture(None), picture(None)
    record_review(image_id=same.pk, reviewer=reviewer, answer="human")
    for each, vector in ((image, (1, 0)), (settled, (1, 1.5)), (same, (1, 0.01))):
        seen_as(each, *vector)
    page = page_of(browse(administrator), image, "nearest/")
    assert "A settled picture is nearly the same as this one" in page
    assert page.index(f"/images/{same.pk}/") < page.index(f"/images/{settled.pk}/")
    assert page.count("badge human") == 2
    assert page.count("badge ai") == 1
    assert "Nearly the same picture" in page
    assert "1.000" in page
    assert "Somewhat alike" in page
    assert "0.555" in page
    assert f"/api/v1/images/{settled.pk}/rendition/thumb/" in page


def test_where_none_is_near_it_says_so(browse, picture, administrator, settled) -> None:
    image = picture(None)
    seen_as(image, 1, 0)
    seen_as(settled, 0, 1)
    page = page_of(browse(administrator), image, "nearest/")
    assert "No settled picture is near this one yet." in page
    assert "<img" not in page


def test_more_neighbours_need_no_more_queries(
    browse, picture, administrator, django_assert_num_queries
) -> None:
    image = picture(None)
    seen_as(image, 1, 0)
    client = browse(administrator)
    for more in (1, 4):
        for _ in range(more):
            near = picture(None)
            seen_as(near, 1, 0.1)
            record_review(image_id=near.pk, reviewer=administrator, answer="ai")
        with django_assert_num_queries(14):
            assert page_of(client, image, "nearest/").count("<img") in (1, 5)


def test_the_page_itself_asks_for_no_embedding(
    browse, picture, administrator, django_assert_max_num_queries
) -> None:
    image = picture(None)
    seen_as(image, 1, 0)
    client = browse(administrator)
    with django_assert_max_num_queries(22) as asked:
        page_of(client, image)
    assert not [query for query in asked if "embedding" in query["sql"].lower()]
