"""Second thoughts and leases: what the script of the reviewing page asks for."""

from labelling.models import Flag, Label, Review
from tests.labelling.pages.conftest import TOLD
from tests.labelling.pages.reviewing import NOBODYS, ask, ids, standing, undo, upcoming, vote


def test_a_second_vote_is_a_conflict_and_changes_nothing(browse, picture, reviewer) -> None:
    image, client = picture(None), browse(reviewer)
    vote(client, image, "ai")
    answer = vote(client, image, "human")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert TOLD not in answer.content.decode()
    assert [review.answer for review in Review.objects.all()] == ["ai"]


def test_a_picture_that_is_open_again_is_answered_anew(browse, picture, reviewer) -> None:
    image, client = picture(None), browse(reviewer)
    vote(client, image, "ai")
    assert vote(client, image, "human", anew=True).status_code == 200
    assert vote(client, image, "human", anew=True).status_code == 200, "and it can be sent twice"
    assert standing() == [(image.pk, "human")]
    assert Label.objects.get().value == "human"


def test_answering_anew_changes_all_or_nothing(browse, picture, reviewer) -> None:
    answered, other, client = picture(None), picture(None), browse(reviewer)
    vote(client, answered, "ai")
    assert vote(client, answered, "both", anew=True).status_code == 400
    assert vote(client, other, "ai", anew=True).status_code == 409
    assert standing() == [(answered.pk, "ai")]
    assert Review.objects.count() == 1


def test_undo_takes_back_the_answer_that_it_names_and_gives_the_picture_back(
    browse, picture, reviewer
) -> None:
    first, second, third = picture(None, 0.5), picture(None, 0.6), picture(None, 0.7)
    client = browse(reviewer)
    assert len(ids(upcoming(client, limit=3))) == 3
    vote(client, first)
    vote(client, second)
    assert undo(client, first).json() == {"waiting": "2"}
    assert undo(client, first).json() == {"waiting": "2"}, "sent twice, it takes nothing else back"
    assert standing() == [(second.pk, "ai")]
    assert set(ids(upcoming(client))) == {str(first.pk), str(third.pk)}
    assert vote(client, first, "unsure").status_code == 200


def test_what_was_skipped_is_left_to_others_until_that_is_undone(
    browse, picture, reviewer, second_reviewer
) -> None:
    image, client = picture(None), browse(reviewer)
    assert ids(upcoming(client)) == [str(image.pk)]
    assert ask(client, "skip", image=str(image.pk)).json() == {"waiting": "0"}
    assert upcoming(client) == {"items": [], "waiting": "0", "again": "1"}
    assert undo(client, image).json() == {"waiting": "1"}
    assert ids(upcoming(client)) == [str(image.pk)]
    ask(client, "skip", image=str(image.pk))
    assert ids(upcoming(browse(second_reviewer))) == [str(image.pk)]
    assert ids(upcoming(client, again=True)) == [], "somebody else looks at it now"
    assert Review.objects.count() == 0


def test_what_was_skipped_comes_again_where_nothing_else_waits_and_one_asks(
    browse, picture, reviewer
) -> None:
    image, client = picture(None), browse(reviewer)
    upcoming(client)
    ask(client, "skip", image=str(image.pk))
    page = client.get("/review/").content.decode()
    assert "Nothing waits for you." in page
    assert 'href="/review/?again=1"' in page
    assert ids(upcoming(client, again=True)) == [str(image.pk)]
    assert "rendition/view/" in client.get("/review/?again=1").content.decode()


def test_a_flag_brings_the_picture_before_an_adjudicator_until_it_is_undone(
    browse, picture, reviewer
) -> None:
    image, client = picture(None), browse(reviewer)
    upcoming(client)
    assert ask(client, "flag", image=str(image.pk), note="  ").status_code == 400
    assert not Flag.objects.exists()
    given = ask(client, "flag", image=str(image.pk), note="Look at the hands.")
    assert given.json() == {"waiting": "0"}
    assert list(Flag.objects.values_list("note", "by")) == [("Look at the hands.", reviewer.pk)]
    assert upcoming(client)["items"] == []
    assert undo(client, image).json() == {"waiting": "1"}
    assert not Flag.objects.filter(resolved_at=None).exists()
    assert ids(upcoming(client)) == [str(image.pk)]


def test_a_page_holds_its_pictures_and_asks_for_more(browse, picture, reviewer) -> None:
    images = [picture(None) for _ in range(6)]
    client = browse(reviewer)
    first = ids(upcoming(client))
    assert len(first) == 4
    assert ids(upcoming(client, limit=6))[:4] == first
    assert set(ids(upcoming(client, limit=6))) == {str(image.pk) for image in images}


def test_one_page_holds_twelve_at_most(browse, picture, reviewer) -> None:
    for _ in range(14):
        picture(None)
    assert len(ids(upcoming(browse(reviewer), limit=500))) == 12


def test_two_people_never_have_the_same_picture(browse, picture, reviewer, second_reviewer) -> None:
    images = [picture(None) for _ in range(8)]
    mine, theirs = ids(upcoming(browse(reviewer))), ids(upcoming(browse(second_reviewer)))
    assert len(mine) == len(theirs) == 4
    assert {*mine, *theirs} == {str(image.pk) for image in images}


def test_what_is_given_back_goes_to_somebody_else(
    browse, picture, reviewer, second_reviewer
) -> None:
    image = picture(None)
    mine, theirs = browse(reviewer), browse(second_reviewer)
    assert ids(upcoming(mine)) == [str(image.pk)]
    assert ids(upcoming(theirs)) == []
    assert ask(theirs, "release", images=[str(image.pk)]).status_code == 200
    assert ids(upcoming(theirs)) == [], "nobody gives back what somebody else has"
    assert ask(mine, "renew", images=[str(image.pk)]).json() == {"held": [str(image.pk)]}
    assert ask(mine, "release", images=[str(image.pk)]).status_code == 200
    assert ids(upcoming(theirs)) == [str(image.pk)]
    assert ask(mine, "renew", images=[str(image.pk), NOBODYS]).json() == {"held": []}


def test_a_picture_can_be_asked_for_first(browse, picture, reviewer) -> None:
    other, wanted = picture(None, 0.5), picture(None, 0.99)
    client = browse(reviewer)
    assert ids(upcoming(client, first=str(wanted.pk))) == [str(wanted.pk), str(other.pk)]
    vote(client, wanted)
    assert ids(upcoming(client, first=str(wanted.pk))) == [str(other.pk)]
