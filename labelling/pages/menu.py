"""The menu: what this person may open, in three parts. Rooms above add theirs by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from labelling.models import User
from labelling.permissions import Person, may_adjudicate, may_administer, may_review, may_upload

Allowed = Callable[[Person], bool]


@dataclass(frozen=True)
class Entry:
    """A page of the menu: its words, the name of its address, and who may open it."""

    words: str
    name: str
    allowed: Allowed


def anybody(person: Person) -> bool:
    return True


def keeps_the_back_office(person: Person) -> bool:
    return person.is_staff and may_administer(person)


# The work of each day stands in the bar; what is needed now and then stands under "More".
BAR = (
    Entry("Upload", "home", may_upload),
    Entry("Your uploads", "my-uploads", may_upload),
    Entry("Pictures", "images", lambda person: may_review(person) or may_administer(person)),
    Entry("Review", "review", may_review),
    Entry("Adjudicate", "adjudicate", may_adjudicate),
    Entry("Dashboard", "dashboard", may_administer),
)
MORE = (
    Entry("Disputes", "disputes", may_adjudicate),
    Entry("Jobs", "jobs", anybody),
    Entry("Versions", "versions", anybody),
    Entry("Import", "imports", may_administer),
    Entry("Bin", "bin", anybody),
    Entry("People", "people", may_administer),
    Entry("Reviewers", "reviewers", may_administer),
    Entry("Audit log", "audit-log", may_administer),
    Entry("Back office", "admin:index", keeps_the_back_office),
)
ACCOUNT = (
    Entry("Your figures", "my-figures", may_review),
    Entry("Change your password", "password_change", anybody),
    Entry("Delete your uploads", "erase-own", may_upload),
)


@dataclass(frozen=True)
class Link:
    words: str
    url: str
    current: bool


@dataclass(frozen=True)
class Menu:
    bar: list[Link]
    more: list[Link]
    account: list[Link]

    @property
    def more_is_current(self) -> bool:
        return any(link.current for link in self.more)


def menu(request: HttpRequest) -> Menu:
    """What the person who looks may open; empty for a stranger."""
    # A request that was refused before anybody asked who sends it still gets a page.
    person: Person = getattr(request, "user", AnonymousUser())
    if not isinstance(person, User):
        return Menu([], [], [])
    return Menu(*(_links(part, person, request.path) for part in (BAR, MORE, ACCOUNT)))


def _links(entries: Iterable[Entry], person: Person, path: str) -> list[Link]:
    return [
        Link(entry.words, url, current=path == url or (url != "/" and path.startswith(url)))
        for entry in entries
        if entry.allowed(person) and (url := _url(entry.name))
    ]


def _url(name: str) -> str:
    """Empty where this installation has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
