"""The menu: what this person may open, in three parts. Rooms above add theirs by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from labelling.disputes import open_dispute_count
from labelling.models import User
from labelling.permissions import (
    Person,
    may_adjudicate,
    may_administer,
    may_review,
    may_see_all,
    may_upload,
)
from labelling.queue import adjudication_count

Allowed = Callable[[Person], bool]
Counter = Callable[[int], int]
MOST_SHOWN = 99  # of what waits; more is "99+"
# What waits on pages of the rooms above, by the names of their addresses; they put it here.
COUNTERS: dict[str, Counter] = {}


@dataclass(frozen=True)
class Entry:
    """A page of the menu: its words, the name of its address, and who may open it.

    ``waiting`` counts in one query what waits there for whoever may, no further than it is told.
    """

    words: str
    name: str
    allowed: Allowed
    waiting: Counter | None = None

    def count(self) -> int:
        counter = self.waiting or COUNTERS.get(self.name)
        return counter(MOST_SHOWN + 1) if counter else 0


def anybody(person: Person) -> bool:
    return True


def keeps_the_back_office(person: Person) -> bool:
    return person.is_staff and may_administer(person)


# The work of each day stands in the bar; what is needed now and then stands under "More".
BAR = (
    Entry("Upload", "home", may_upload),
    Entry("Your uploads", "my-uploads", may_upload),
    Entry("Pictures", "images", may_see_all),
    Entry("Review", "review", may_review),
    Entry("Adjudicate", "adjudicate", may_adjudicate, adjudication_count),
    Entry("Dashboard", "dashboard", may_administer),
)
MORE = (
    Entry("Alerts", "alerts", may_administer),
    Entry("Weekly reports", "weekly-reports", may_administer),
    Entry("Disputes", "disputes", may_adjudicate, open_dispute_count),
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
    Entry("Your tokens", "tokens", anybody),
    Entry("Webhooks", "webhooks", anybody),
    Entry("Change your password", "password_change", anybody),
    Entry("Delete your uploads", "erase-own", may_upload),
)


@dataclass(frozen=True)
class Link:
    words: str
    url: str
    current: bool
    count: int = 0

    @property
    def waiting(self) -> str:
        return _shown(self.count)


@dataclass(frozen=True)
class Menu:
    bar: list[Link]
    more: list[Link]
    account: list[Link]

    @property
    def more_is_current(self) -> bool:
        return any(link.current for link in self.more)

    @property
    def more_waiting(self) -> str:
        return _shown(sum(link.count for link in self.more))

    @property
    def waiting(self) -> str:
        """Under all entries together, for where they stand in one place."""
        return _shown(sum(link.count for link in (*self.bar, *self.more)))


def menu(request: HttpRequest) -> Menu:
    """What the person who looks may open and what waits there; empty for a stranger.

    A query for each entry with a count: read it once for a page.
    """
    # A request that was refused before anybody asked who sends it still gets a page.
    person: Person = getattr(request, "user", AnonymousUser())
    if not isinstance(person, User):
        return Menu([], [], [])
    return Menu(*(_links(part, person, request.path) for part in (BAR, MORE, ACCOUNT)))


def _links(entries: Iterable[Entry], person: Person, path: str) -> list[Link]:
    return [
        Link(
            entry.words,
            url,
            current=path == url or (url != "/" and path.startswith(url)),
            count=entry.count(),
        )
        for entry in entries
        if entry.allowed(person) and (url := _url(entry.name))
    ]


def _shown(count: int) -> str:
    """Empty where nothing waits."""
    return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count or "")


def _url(name: str) -> str:
    """Empty where this installation has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
