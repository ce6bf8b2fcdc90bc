"""The adjudicators' page: what people disagree on or have flagged, with all that is known."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labelling.models import Flag, Image, Label, Review, Showing, User
from labelling.services.review import record_review
from labelling.services.turns import flag_image
from tests.labelling.pages.conftest import TOLD
from tests.people import make_person

NOBODYS = "00000000-0000-0000-0000-000000000001"


def press(client: Client, do: str, image: Image | None = None, **more: str) -> Any:
    named = {"image": str(image.pk)} if image else {}
    return client.post("/adjudicate/answer/", {"do": do, **named, **more})


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/adjudicate/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def rows() -> dict[str, list[Any]]:
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Review, Showing, Flag, Label, Image)
    }


@pytest.fixture
def disagreed(picture, reviewer: User, second_reviewer: User):
    """Make a picture on which two people disagree."""

    def make() -> Image:
        image: Image = picture(None)
        record_review(image_id=image.pk, reviewer=reviewer, answer="ai", seconds=3)
        record_review(image_id=image.pk, reviewer=second_reviewer, answer="human")
        return image

    return make


@pytest.fixture
def flagged(picture, reviewer: User):
    """Make a picture that was flagged."""

    def make() -> Image:
        image: Image = picture(None)
        flag_image(reviewer=reviewer, image_id=image.pk, note="A watermark, at the left.")
        return image

    return make


def test_the_page_shows_who_said_what_and_what_is_known(browse, disagreed, adjudicator) -> None:
    image = disagreed()
    html = page(browse(adjudicator))
    assert "<title>Adjudicate (1) · aivh</title>" in html
    for words in ("robin", "looked at for 3 s", "sasha", TOLD, "Heat map", "Keys"):
        assert words in html
    assert f'name="image" value="{image.pk}"' in html
    assert 'value="dismiss"' not in html


def test_a_flag_shows_its_note_and_can_be_dismissed(browse, flagged, adjudicator, reviewer) -> None:
    image, client = flagged(), browse(adjudicator)
    html = page(client)
    assert "A watermark, at the left." in html
    assert "Nobody has decided on it yet." in html
    assert press(client, "dismiss", image).url == "/adjudicate/"
    assert Flag.objects.get().resolved_by == adjudicator
    html = page(client)
    assert "The flags are dismissed" in html
    assert "Nothing waits to be settled." in html
    press(client, "dismiss", image)
    assert "There is no flag on this picture any more." in page(client)
    assert f'value="{image.pk}"' in browse(reviewer).get("/review/").content.decode()


@pytest.mark.parametrize(("answer", "word"), [("ai", "AI"), ("human", "Human")])
def test_an_answer_settles_with_its_note(browse, disagreed, adjudicator, answer, word) -> None:
    image, client = disagreed(), browse(adjudicator)
    assert press(client, answer, image, note=" Six fingers. ").url == "/adjudicate/"
    assert f"Settled as {word}." in page(client)
    assert Label.objects.get(image=image).value == answer
    said = Review.objects.get(adjudicates=True)
    assert (said.reviewer, said.answer, said.note) == (adjudicator, answer, "Six fingers.")


def test_unusable_settles_without_a_label(browse, disagreed, adjudicator) -> None:
    image = disagreed()
    press(browse(adjudicator), "unusable", image)
    assert Image.objects.get(pk=image.pk).unusable
    assert not Label.objects.exists()


def test_undo_takes_back_what_was_settled_last(browse, disagreed, adjudicator) -> None:
    first, second, client = disagreed(), disagreed(), browse(adjudicator)
    press(client, "ai", first)
    press(client, "human", second)
    assert press(client, "undo").url == f"/adjudicate/?first={second.pk}"
    assert list(Label.objects.values_list("image", flat=True)) == [first.pk]
    assert f'name="image" value="{second.pk}"' in page(client, f"?first={second.pk}")
    press(client, "undo")
    assert not Label.objects.exists()
    press(client, "undo")
    assert "There is nothing that you settled here" in page(client)


def test_what_is_put_off_comes_again_when_asked_for(browse, disagreed, adjudicator) -> None:
    first, second, client = disagreed(), disagreed(), browse(adjudicator)
    assert f'name="image" value="{first.pk}"' in page(client)
    press(client, "skip", first)
    assert f'name="image" value="{second.pk}"' in page(client)
    press(client, "skip", second)
    html = page(client)
    assert "You put off all that waits." in html
    assert 'href="?again=1">Look at 2 again' in html
    assert f'name="image" value="{first.pk}"' in page(client, "?again=1")


def test_two_adjudicators_settle_a_picture_once(browse, disagreed, adjudicator, reviewer) -> None:
    image = disagreed()
    other = make_person("ada", "Adjudicators")
    press(browse(adjudicator), "ai", image)
    late = browse(other)
    assert press(late, "human", image).url == "/adjudicate/"
    assert "An adjudicator has settled this picture already." in page(late)
    assert Label.objects.get().value == "ai"


def test_what_is_coming_is_fetched_ahead(browse, disagreed, adjudicator) -> None:
    images = [disagreed() for _ in range(5)]
    html = page(browse(adjudicator))
    ahead = [f'rel="prefetch" as="image" href="/api/v1/images/{i.pk}' in html for i in images]
    assert ahead == [False, True, True, True, False]


def test_only_adjudicators_adjudicate(
    browse, client, disagreed, outsider, reviewer, second_reviewer
) -> None:
    image = disagreed()
    flag_image(reviewer=reviewer, image_id=image.pk, note="Please look.")
    before = rows()
    for person in (outsider, reviewer, second_reviewer):
        intruder = browse(person)
        assert intruder.get("/adjudicate/").status_code == 403
        for do in ("ai", "unusable", "skip", "dismiss", "undo"):
            assert press(intruder, do, image).status_code == 403, do
    assert client.get("/adjudicate/").url == "/accounts/login/?next=/adjudicate/"
    assert press(client, "ai", image).url.startswith("/accounts/login/")
    assert rows() == before


def test_administrators_adjudicate_too(browse, disagreed, administrator) -> None:
    image, client = disagreed(), browse(administrator)
    assert f'name="image" value="{image.pk}"' in page(client)
    press(client, "human", image)
    assert Label.objects.get().value == "human"


def test_what_makes_no_sense_is_refused(browse, disagreed, adjudicator) -> None:
    image, client = disagreed(), browse(adjudicator)
    before = rows()
    assert press(client, "unsure", image).status_code == 400
    assert press(client, "ai", image, note="x" * 501).status_code == 400
    assert press(client, "ai").status_code == 400
    assert client.post("/adjudicate/answer/", {"do": "ai", "image": NOBODYS}).status_code == 302
    assert client.get(f"/adjudicate/?first={NOBODYS}").status_code == 404
    assert f'name="image" value="{image.pk}"' in page(client, "?first=x")
    assert rows() == before


def test_a_longer_queue_needs_no_more_queries(browse, disagreed, adjudicator) -> None:
    client, counts = browse(adjudicator), []
    page(client)
    for more in (2, 10):
        for _ in range(more):
            disagreed()
        with CaptureQueriesContext(connection) as captured:
            page(client)
        counts.append(len(captured))
    assert counts[0] == counts[1]
