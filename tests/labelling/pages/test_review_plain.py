"""The reviewing page as a plain form, in a browser without a script."""

from labelling.models import Flag
from tests.labelling.pages.conftest import TOLD
from tests.labelling.pages.reviewing import press, standing


def test_without_a_script_the_next_picture_comes_and_the_last_one_is_told(
    browse, picture, reviewer
) -> None:
    first, second, client = picture(None, 0.8734), picture(None, 0.99), browse(reviewer)
    page = client.get("/review/").content.decode()
    assert f'name="image" value="{first.pk}"' in page
    assert press(client, "human", first).url == "/review/"
    page = client.get("/review/").content.decode()
    assert f'name="image" value="{second.pk}"' in page
    assert TOLD in page
    assert standing() == [(first.pk, "human")]


def test_without_a_script_it_waits_with_what_is_known_where_that_is_wanted(
    browse, picture, reviewer
) -> None:
    image, client = picture(None), browse(reviewer)
    assert press(client, "pace").url == "/review/"
    answer = press(client, "ai", image)
    assert answer.url == f"/review/?open={image.pk}"
    page = client.get(answer.url).content.decode()
    assert TOLD in page
    assert "Next picture" in page
    assert press(client, "human", image, anew="yes").url == answer.url
    assert standing() == [(image.pk, "human")]


def test_without_a_script_one_can_skip_flag_and_undo(browse, picture, reviewer) -> None:
    first, second, third = (picture(None, share) for share in (0.5, 0.6, 0.7))
    client = browse(reviewer)
    client.get("/review/")
    press(client, "skip", first)
    press(client, "flag", second, note="A watermark.")
    press(client, "unusable", third)
    assert standing() == [(third.pk, "unusable")]
    assert Flag.objects.get().image == second
    assert press(client, "undo").url == f"/review/?first={third.pk}"
    page = client.get(f"/review/?first={third.pk}").content.decode()
    assert f'name="image" value="{third.pk}"' in page
    assert standing() == []


def test_without_a_script_a_conflict_is_told_on_the_next_page(browse, picture, reviewer) -> None:
    image, client = picture(None), browse(reviewer)
    press(client, "ai", image)
    assert press(client, "human", image).url == "/review/"
    assert "You have decided on this picture already." in client.get("/review/").content.decode()
    press(client, "undo")
    press(client, "undo")
    assert "There is no answer of yours" in client.get("/review/").content.decode()
    assert standing() == []
