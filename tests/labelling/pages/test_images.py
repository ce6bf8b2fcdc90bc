"""The list of pictures."""

import pytest

from labelling.services.review import record_review
from tests.labelling.pages.conftest import TOLD


def shown(client, show: str = "") -> set[str]:
    page = client.get("/images/", {"show": show})
    return {str(tile.image.pk) for tile in page.context["tiles"]}


def test_reviewers_see_all_pictures_and_an_outsider_only_their_own(
    browse, picture, outsider, reviewer, second_reviewer, administrator
) -> None:
    mine, other = picture(outsider), picture(None)
    everything = {str(mine.pk), str(other.pk)}
    assert shown(browse(outsider)) == {str(mine.pk)}
    for person in (reviewer, second_reviewer, administrator):
        assert shown(browse(person)) == everything


def test_a_reviewer_sees_no_verdict_before_their_vote(
    browse, picture, reviewer, second_reviewer
) -> None:
    image = picture(None)
    for person in (reviewer, second_reviewer):
        page = browse(person).get("/images/").content.decode()
        assert TOLD not in page
        assert "badge ai" not in page
        assert "Blind until you review it" in page
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    assert TOLD in browse(reviewer).get("/images/").content.decode()
    assert TOLD not in browse(second_reviewer).get("/images/").content.decode()


def test_the_filter_betrays_no_hidden_verdict(browse, picture, outsider, reviewer) -> None:
    hidden, own = picture(outsider), picture(reviewer)
    assert shown(browse(reviewer), "ai") == {str(own.pk)}
    assert shown(browse(outsider), "ai") == {str(hidden.pk)}


@pytest.mark.parametrize("show", ["ai", "human", "uncertain", "waiting", "settled", "unsettled"])
def test_each_filter_leaves_what_it_says(browse, picture, administrator, reviewer, show) -> None:
    pictures = {
        "ai": picture(None, 0.9),
        "human": picture(None, 0.1),
        "uncertain": picture(None, 0.5),
        "waiting": picture(None, None),
    }
    record_review(image_id=pictures["ai"].pk, reviewer=reviewer, answer="human")
    expected = {
        "settled": {"ai"},
        "unsettled": {"human", "uncertain", "waiting"},
    }.get(show, {show})
    assert shown(browse(administrator), show) == {str(pictures[name].pk) for name in expected}


def test_an_unknown_filter_and_a_wild_page_show_the_list(browse, picture, outsider) -> None:
    image = picture(outsider)
    page = browse(outsider).get("/images/?show=<script>&page=banana")
    assert page.status_code == 200
    assert str(image.pk) in page.content.decode()
    assert "<script>&" not in page.content.decode()


def test_more_pictures_need_no_more_queries(
    browse, picture, reviewer, django_assert_num_queries
) -> None:
    client = browse(reviewer)
    for more in (2, 20):
        for _ in range(more):
            picture(reviewer)
        with django_assert_num_queries(8):
            assert client.get("/images/").status_code == 200


def test_a_long_list_comes_in_pages(browse, picture, outsider, monkeypatch) -> None:
    monkeypatch.setattr("labelling.pages.images.PAGE", 2)
    pictures = [picture(outsider) for _ in range(3)]
    client = browse(outsider)
    first = {str(tile.image.pk) for tile in client.get("/images/").context["tiles"]}
    second = {str(tile.image.pk) for tile in client.get("/images/?page=2").context["tiles"]}
    assert (len(first), len(second)) == (2, 1)
    assert first | second == {str(image.pk) for image in pictures}
