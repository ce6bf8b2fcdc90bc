"""The gallery: what is found stands there, and nothing that is hidden."""

import pytest

from labelling.models import SavedFilter
from labelling.services.review import record_review
from tests.labelling.pages.conftest import TOLD


def shown(client, query: str = "") -> set[str]:
    page = client.get(f"/images/?{query}")
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
    assert shown(browse(reviewer), "verdict=ai") == {str(own.pk)}
    assert shown(browse(outsider), "verdict=ai") == {str(hidden.pk)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("verdict=ai", {"ai"}),
        ("verdict=human", {"human"}),
        ("verdict=uncertain", {"uncertain"}),
        ("state=waiting", {"waiting"}),
        ("label=settled", {"ai"}),
        ("label=unsettled", {"human", "uncertain", "waiting"}),
    ],
)
def test_each_filter_leaves_what_it_says(
    browse, picture, administrator, reviewer, query, expected
) -> None:
    pictures = {
        "ai": picture(None, 0.9),
        "human": picture(None, 0.1),
        "uncertain": picture(None, 0.5),
        "waiting": picture(None, None),
    }
    record_review(image_id=pictures["ai"].pk, reviewer=reviewer, answer="human")
    assert shown(browse(administrator), query) == {str(pictures[name].pk) for name in expected}


def test_an_unknown_filter_and_a_wild_page_show_the_list(browse, picture, outsider) -> None:
    image = picture(outsider)
    page = browse(outsider).get("/images/?verdict=<script>&page=banana")
    assert page.status_code == 200
    assert str(image.pk) in page.content.decode()
    assert "<script>&" not in page.content.decode()
    assert "is not one of the available choices" in page.content.decode()


@pytest.mark.parametrize("query", ["", "sort=uncertain", "verdict=ai&label=unsettled&name=mine"])
def test_more_pictures_need_no_more_queries(
    browse, picture, reviewer, query, django_assert_max_num_queries
) -> None:
    client = browse(reviewer)
    for more in (2, 20):
        for _ in range(more):
            picture(reviewer)
        with django_assert_max_num_queries(13):
            assert client.get(f"/images/?{query}").status_code == 200


def test_a_long_list_comes_in_pages(browse, picture, outsider, monkeypatch) -> None:
    monkeypatch.setattr("labelling.pages.gallery.PAGE", 2)
    pictures = [picture(outsider) for _ in range(3)]
    client = browse(outsider)
    first = client.get("/images/?sort=oldest")
    second = client.get("/images/?sort=oldest&page=2")
    assert ids(first) == [str(image.pk) for image in pictures[:2]]
    assert ids(second) == [str(pictures[2].pk)]
    assert 'href="?sort=oldest&amp;page=2"' in first.content.decode()
    assert 'rel="next"' not in second.content.decode()


def test_nobody_counts_further_than_a_thousand(browse, picture, outsider, monkeypatch) -> None:
    monkeypatch.setattr("labelling.pages.gallery.COUNTED", 2)
    for _ in range(2):
        picture(outsider)
    client = browse(outsider)
    assert "\n2 found" in client.get("/images/").content.decode().replace(">2", "\n2")
    picture(outsider)
    assert "More than 2 found" in client.get("/images/").content.decode()


def test_each_chip_takes_its_filter_off_and_no_other(browse, picture, administrator) -> None:
    picture(None)
    page = browse(administrator).get("/images/?verdict=ai&probability_from=60&sort=ai&page=2")
    chips = {chip.words: chip.without for chip in page.context["chips"]}
    assert chips == {
        "Verdict: AI-made": "probability_from=60&sort=ai",
        "Probability of AI from, in %: 60": "verdict=ai&sort=ai",
    }


def test_only_those_who_assign_are_offered_names(
    browse, picture, reviewer, adjudicator, administrator
) -> None:
    picture(reviewer)
    offered = {
        who: list(browse(who).get("/images/").context["assignees"])
        for who in (reviewer, adjudicator, administrator)
    }
    everybody = [administrator, adjudicator, reviewer]  # by name
    assert offered == {reviewer: [], adjudicator: everybody, administrator: everybody}


def test_a_search_is_kept_under_a_name_and_changed(browse, reviewer) -> None:
    client = browse(reviewer)
    kept = {"name": "  Doubtful  ones ", "query": "verdict=uncertain&page=3&nonsense=1&sort=ai"}
    answer = client.post("/images/searches/", kept)
    row = SavedFilter.objects.get()
    assert (row.owner, row.name, row.query) == (
        reviewer,
        "Doubtful ones",
        "verdict=uncertain&sort=ai",
    )
    assert answer.url == f"/images/?{row.query}"
    assert "Doubtful ones" in client.get("/images/").content.decode()

    client.post(f"/images/searches/{row.pk}/", {"name": "Later"})
    assert SavedFilter.objects.get().name == "Later"
    client.post(f"/images/searches/{row.pk}/", {"name": "Later", "delete": "1"})
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x00b", "a\u202eb"])
def test_a_name_that_is_none_is_refused(browse, reviewer, name) -> None:
    answer = browse(reviewer).post("/images/searches/", {"name": name, "query": "verdict=ai"})
    assert answer.status_code == 400
    assert not SavedFilter.objects.exists()


def test_a_search_too_long_to_keep_is_refused_in_words(browse, reviewer) -> None:
    """A hundred letters of another script are many more characters in an address."""
    form = {"name": "Long", "query": f"name={'写' * 100}&uploader={'写' * 100}"}
    answer = browse(reviewer).post("/images/searches/", form)
    assert answer.status_code == 400
    assert "too long to be kept" in answer.content.decode()
    assert not SavedFilter.objects.exists()


def test_a_name_is_taken_once_by_each_person(browse, reviewer, second_reviewer) -> None:
    for person in (reviewer, second_reviewer):
        form = {"name": "Mine", "query": "verdict=ai"}
        assert browse(person).post("/images/searches/", form).status_code == 302
    again = browse(reviewer).post("/images/searches/", {"name": "Mine", "query": "verdict=human"})
    assert again.status_code == 409
    assert list(reviewer.saved_filters.values_list("query", flat=True)) == [
        "verdict=ai&sort=newest"
    ]


def test_fifty_searches_are_the_most(browse, reviewer, monkeypatch) -> None:
    monkeypatch.setattr("labelling.services.saved_filters.MOST", 2)
    client = browse(reviewer)
    statuses = [
        client.post("/images/searches/", {"name": f"{n}", "query": ""}).status_code
        for n in range(3)
    ]
    assert statuses == [302, 302, 409]
    assert reviewer.saved_filters.count() == 2


def test_somebody_elses_search_is_not_there(
    browse, reviewer, second_reviewer, outsider, adjudicator, administrator
) -> None:
    row = SavedFilter.objects.create(owner=reviewer, name="Mine", query="verdict=ai")
    for person in (second_reviewer, outsider, adjudicator, administrator):
        client = browse(person)
        for form in ({"name": "Theirs"}, {"name": "Mine", "delete": "1"}):
            assert client.post(f"/images/searches/{row.pk}/", form).status_code == 404
        assert "Mine" not in client.get("/images/").content.decode()
    row.refresh_from_db()
    assert row.name == "Mine"


def ids(page) -> list[str]:
    return [str(tile.image.pk) for tile in page.context["tiles"]]
