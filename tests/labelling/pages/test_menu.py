"""The menu shows what a person may open, and where they are."""

import pytest
from django.test import RequestFactory

from labelling.models import User
from labelling.pages.menu import Menu, menu


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
