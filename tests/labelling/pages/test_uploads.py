"""My uploads: what you handed in, with what came of it."""

import pytest

from labelling.models import Dispute, Image, Submission
from labelling.services.deletion import bin_image
from labelling.services.findings import record_failure
from labelling.services.review import record_review
from labelling.services.submit import submit_image
from tests.labelling.pages.conftest import TELLING, TOLD, find
from tests.labelling.pictures import noise

JUDGED = "/uploads/judged/"


def names(client, **query: str) -> list[str]:
    """The file names of the rows, in the order of the page."""
    page = client.get("/uploads/", query)
    assert page.status_code == 200
    return [row.submission.filename for row in page.context["rows"]]


def rename(image: Image, name: str) -> Image:
    Submission.objects.filter(image=image).update(filename=name)
    return image


def dispute(image: Image, by, state: str = "open") -> Dispute:
    said = image.predictions.get()
    return Dispute.objects.create(
        image=image,
        by=by,
        version=said.version,
        verdict=said.verdict,
        probability_ai=said.probability_ai,
        reason="I drew it myself.",
        state=state,
    )


def test_you_see_your_own_pictures_and_nobody_elses(
    browse, picture, outsider, reviewer, administrator, adjudicator
) -> None:
    rename(picture(outsider), "olli.jpg")
    rename(picture(reviewer), "robin.jpg")
    assert names(browse(outsider)) == ["olli.jpg"]
    assert names(browse(reviewer)) == ["robin.jpg"]
    assert names(browse(adjudicator)) == names(browse(administrator)) == []


def test_a_stranger_is_sent_to_sign_in(client, db: None) -> None:
    assert client.get("/uploads/").url == "/accounts/login/?next=/uploads/"
    assert client.get(JUDGED).status_code == 286


def test_the_newest_comes_first_and_a_picture_stands_there_once(browse, picture, outsider) -> None:
    for name in ("first.jpg", "second.jpg"):
        rename(picture(outsider), name)
    again = noise(0)
    submit_image(
        data=again, filename="anew.jpg", channel=Submission.Channel.PAGE, submitter=outsider
    )
    assert names(browse(outsider)) == ["anew.jpg", "second.jpg"]


def test_each_row_says_how_far_its_picture_is(browse, picture, version, outsider, reviewer) -> None:
    rename(picture(outsider, None), "waiting.jpg")
    failed = rename(picture(outsider, None), "failed.jpg")
    record_failure(image_id=failed.pk, code="x", message="It broke.")
    rename(picture(outsider), "found.jpg")
    settled = rename(picture(outsider), "settled.jpg")
    record_review(image_id=settled.pk, reviewer=reviewer, answer="human")
    dispute(rename(picture(outsider), "disputed.jpg"), outsider)

    answer = browse(outsider).get("/uploads/")

    rows = {row.submission.filename: row.standing.value for row in answer.context["rows"]}
    states = ("waiting", "failed", "found", "settled", "disputed")
    assert rows == {f"{state}.jpg": state for state in states}
    page = answer.content.decode()
    assert TOLD in page
    assert "It broke." in page
    assert "Settled by people" in page
    assert reviewer.username not in page


@pytest.mark.parametrize("show", ["ai", "human", "uncertain", "waiting", "disputed", "settled"])
def test_each_filter_leaves_what_it_says(browse, picture, outsider, reviewer, show: str) -> None:
    for name, probability in (("ai", 0.9), ("human", 0.1), ("uncertain", 0.5), ("waiting", None)):
        rename(picture(outsider, probability), name)
    settled = Image.objects.get(submissions__filename="human")
    record_review(image_id=settled.pk, reviewer=reviewer, answer="human")
    dispute(Image.objects.get(submissions__filename="ai"), outsider)
    dispute(Image.objects.get(submissions__filename="uncertain"), outsider, "withdrawn")
    dispute(settled, reviewer)

    expected = {"disputed": ["ai"], "settled": ["human"]}.get(show, [show])
    assert names(browse(outsider), show=show) == expected


def test_a_picture_is_found_by_any_name_that_you_gave_it(
    browse, picture, outsider, reviewer
) -> None:
    image = rename(picture(outsider), "Sunset.jpg")
    image.submissions.create(submitter=outsider, channel="page", filename="copy.jpg")
    image.submissions.create(submitter=reviewer, channel="page", filename="theirs.jpg")
    rename(picture(outsider), "other.jpg")
    client = browse(outsider)
    assert names(client, q="sunset") == names(client, q=" COPY ") == ["copy.jpg"]
    assert names(client, q="theirs") == names(client, q="100%") == []


@pytest.mark.parametrize("query", ["show=<script>&page=banana", "q=%00", "q=" + "x" * 3000])
def test_wild_questions_show_a_page(browse, picture, outsider, query: str) -> None:
    picture(outsider)
    page = browse(outsider).get(f"/uploads/?{query}")
    assert page.status_code == 200
    assert "<script>&" not in page.content.decode()


def test_what_people_settled_is_told_unless_it_could_sway_you(
    browse, picture, outsider, reviewer, second_reviewer
) -> None:
    for owner in (outsider, second_reviewer):
        record_review(image_id=picture(owner).pk, reviewer=reviewer, answer="human")
    assert "badge human" in browse(outsider).get("/uploads/").content.decode()
    page = browse(second_reviewer).get("/uploads/").content.decode()
    assert "Settled by people" in page
    assert "badge human" not in page
    own = Image.objects.get(submissions__submitter=second_reviewer)
    record_review(image_id=own.pk, reviewer=second_reviewer, answer="human")
    assert "badge human" in browse(second_reviewer).get("/uploads/").content.decode()


def test_what_people_find_unusable_is_settled_too(browse, picture, outsider, reviewer) -> None:
    image = rename(picture(outsider), "blurred.jpg")
    record_review(image_id=image.pk, reviewer=reviewer, answer="unusable")
    client = browse(outsider)
    assert names(client, show="settled") == ["blurred.jpg"]
    assert "badge unusable" in client.get("/uploads/").content.decode()


def test_what_lies_in_the_bin_is_not_there(browse, picture, outsider) -> None:
    bin_image(image_id=picture(outsider).pk, by=outsider)
    assert names(browse(outsider)) == []


def test_more_pictures_need_no_more_queries(
    browse, picture, outsider, django_assert_num_queries
) -> None:
    client = browse(outsider)
    for more in (1, 9):
        for _ in range(more):
            dispute(picture(outsider), outsider)
            picture(outsider, None)
        with django_assert_num_queries(11):
            assert client.get("/uploads/").status_code == 200


def test_a_long_list_comes_in_pages_that_keep_the_search(
    browse, picture, outsider, monkeypatch
) -> None:
    monkeypatch.setattr("labelling.pages.uploads.PAGE", 2)
    for number in range(3):
        rename(picture(outsider, 0.9), f"{number}.jpg")
    client = browse(outsider)
    assert names(client, show="ai", q="jpg") == ["2.jpg", "1.jpg"]
    assert names(client, show="ai", q="jpg", page="2") == ["0.jpg"]
    page = client.get("/uploads/", {"show": "ai", "q": "jpg"}).content.decode()
    assert 'href="?show=ai&amp;q=jpg&amp;page=2"' in page


# --- rows that wait --------------------------------------------------------------------------


def test_the_page_asks_for_all_that_waits_at_once_and_not_where_nothing_does(
    browse, picture, outsider
) -> None:
    client = browse(outsider)
    picture(outsider)
    assert JUDGED not in client.get("/uploads/").content.decode()
    waiting = [str(picture(outsider, None).pk) for _ in range(2)]
    page = client.get("/uploads/").content.decode()
    assert f'hx-get="{JUDGED}?waiting={",".join(reversed(waiting))}"' in page


def test_a_row_comes_as_soon_as_it_is_judged_and_the_rest_goes_on_waiting(
    browse, picture, version, outsider
) -> None:
    first, second = picture(outsider, None), picture(outsider, None)
    client, asked = browse(outsider), {"waiting": f"{first.pk},{second.pk}"}
    assert client.get(JUDGED, asked).status_code == 204

    find(first, version, TELLING)
    some = client.get(JUDGED, asked).content.decode()
    assert TOLD in some
    assert f'id="picture-{first.pk}" hx-swap-oob="true"' in some
    assert f'hx-get="{JUDGED}?waiting={second.pk}"' in some

    find(second, version, TELLING)
    rest = client.get(JUDGED, {"waiting": str(second.pk)}).content.decode()
    assert "hx-get" not in rest


def test_other_peoples_rows_are_never_told(browse, picture, outsider, reviewer) -> None:
    image = picture(reviewer)
    answer = browse(outsider).get(JUDGED, {"waiting": str(image.pk)})
    assert str(image.pk) not in answer.content.decode()
    assert TOLD not in answer.content.decode()
    assert browse(outsider).get(JUDGED, {"waiting": "banana"}).status_code == 400
