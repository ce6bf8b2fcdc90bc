"""The menu shows what a person may open, and where they are."""

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from labelling.models import Dispute, QueueItem, User
from labelling.pages.menu import Menu, menu
from labelling.services.deletion import bin_image
from labelling.services.disputes import open_dispute, withdraw_dispute
from tests.labelling.rows import make_image


def words(found: Menu) -> list[str]:
    return [link.words for link in (*found.bar, *found.more)]


def seen_by(person: User | None, path: str = "/") -> Menu:
    request = RequestFactory().get(path)
    if person is not None:
        request.user = person
    return menu(request)


def test_a_stranger_gets_none(db: None) -> None:
    assert seen_by(None) == Menu([], [], [])


@pytest.mark.parametrize(
    ("who", "sees", "sees_not"),
    [
        ("outsider", {"Upload"}, {"Pictures", "Review", "Adjudicate", "Dashboard", "People"}),
        ("reviewer", {"Upload", "Pictures", "Review"}, {"Adjudicate", "Dashboard", "People"}),
        ("adjudicator", {"Pictures", "Review"}, {"Dashboard", "People", "Back office"}),
        ("administrator", {"Upload", "Pictures", "Review", "Dashboard", "Back office"}, set()),
    ],
)
def test_each_role_sees_its_own(request, who: str, sees: set[str], sees_not: set[str]) -> None:
    found = set(words(seen_by(request.getfixturevalue(who))))
    assert sees <= found
    assert not sees_not & found


def test_the_page_that_is_open_is_marked_and_no_other(administrator: User) -> None:
    found = seen_by(administrator, "/dashboard/runs/")
    assert [link.words for link in (*found.bar, *found.more) if link.current] == ["Dashboard"]
    assert seen_by(administrator, "/versions/3/").more_is_current
    assert not seen_by(administrator, "/").more_is_current


@pytest.fixture
def waiting(picture, outsider: User) -> None:
    """Two pictures to settle and a dispute to answer; what is answered or in the bin is none."""
    for name in ("one", "two"):
        places = QueueItem.objects.filter(image=make_image(name))
        assert places.update(lane=QueueItem.Lane.ADJUDICATION) == 1
    make_image("for reviewers")
    for _ in range(3):
        open_dispute(image_id=picture(outsider).pk, by=outsider, reason="It is a photograph.")
    answered, binned, _ = Dispute.objects.order_by("pk")
    withdraw_dispute(dispute_id=answered.pk, by=outsider)
    bin_image(image_id=binned.image_id, by=outsider)


def test_what_waits_for_an_adjudicator_stands_beside_the_entries(
    waiting: None, adjudicator: User, administrator: User, browse
) -> None:
    for person in (adjudicator, administrator):
        found = seen_by(person)
        shown = {link.words: link.waiting for link in (*found.bar, *found.more)}
        counts = {words: count for words, count in shown.items() if count}
        assert counts == {"Adjudicate": "2", "Disputes": "1"}
        assert (found.waiting, found.more_waiting) == ("3", "1")
    page = browse(adjudicator).get("/uploads/").content.decode()
    two = 'Adjudicate <span class="count figures">2<span class="visually-hidden"> waiting</span>'
    assert page.count(two) == 2, "in the bar and in the phone's menu"
    assert '<summary>Menu <span class="count figures">3' in page


def test_more_than_is_worth_a_figure_is_not_counted(waiting: None, adjudicator: User) -> None:
    image = make_image("of many")
    version = Dispute.objects.all()[0].version
    Dispute.objects.bulk_create(
        Dispute(image=image, by=None, version=version, verdict="ai", probability_ai=1.0)
        for _ in range(120)
    )
    found = seen_by(adjudicator)
    assert next(link for link in found.more if link.words == "Disputes").waiting == "99+"
    assert (found.waiting, found.more_waiting) == ("99+", "99+")


def test_counting_costs_two_queries_and_others_none(
    waiting: None, adjudicator: User, reviewer: User, outsider: User, django_assert_num_queries
) -> None:
    for person, queries in ((adjudicator, 2), (reviewer, 0), (outsider, 0)):
        person.get_all_permissions()  # asked once for each request, whoever looks
        with django_assert_num_queries(queries):
            found = seen_by(person)
        assert any(link.waiting for link in (*found.bar, *found.more)) == bool(queries)


def test_a_page_counts_once_however_often_it_shows_it(
    waiting: None, browse, adjudicator: User, picture
) -> None:
    client, image = browse(adjudicator), picture(None)
    for path, times in (("/bin/", 1), (f"/images/{image.pk}/finding/", 0)):
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        for table in ("labelling_queueitem", "labelling_dispute"):
            assert sum(f'FROM "{table}"' in query["sql"] for query in asked) == times


def test_every_entry_leads_somewhere(browse, administrator: User) -> None:
    """A name that no address has would silently be left out: all must be there by now."""
    from labelling.pages import menu as room

    parts = (room.BAR, room.MORE, room.ACCOUNT)
    found = seen_by(administrator)
    shown = [link.words for link in (*found.bar, *found.more, *found.account)]
    assert shown == [entry.words for part in parts for entry in part]
    client = browse(administrator)
    for link in (*found.bar, *found.more, *found.account):
        answer = client.get(link.url, headers={"accept": "text/html"}, follow=True)
        assert answer.status_code == 200, link
