"""A picture's whole life in one list by time.

Each source gives its part, as far as this person may know of it; ``labelling.history_sources`` has
ours, and the rooms above add theirs with :func:`history_source`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from labelling.blindness import sight_of
from labelling.models import Image, Prediction, User
from labelling.permissions import Person, may_administer, may_see_all

NEWEST = 200  # of each source; a picture that is sent in all day long has more


@dataclass(frozen=True)
class Event:
    """One thing that happened to a picture: when, what in words, by whom.

    ``kind`` is a word for the mark beside it, ``answer`` what a person said or what was settled,
    ``prediction`` what a version said, ``note`` what somebody wrote, ``url`` leads to what is told.
    """

    at: datetime
    kind: str
    words: str
    by: str = ""
    answer: str = ""
    prediction: Prediction | None = None
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Reader:
    """Who reads, and what of this picture is open to them.

    ``works``: settles pictures, so knows of more than their own; ``finding`` and ``votes``: see
    :class:`labelling.blindness.Sight`; ``administers``: also sees who saw what, and why; ``me``:
    how they are called themselves.
    """

    person: Person
    works: bool
    finding: bool
    votes: bool
    administers: bool
    me: str = "you"

    @property
    def blind(self) -> bool:
        """Whether something may be hidden that this person would see after an answer."""
        return self.works and not (self.finding and self.votes)

    def is_me(self, person_id: int | None) -> bool:
        return person_id is not None and person_id == self.person.pk

    def name(self, person: User | None, instead: str = "") -> str:
        """How a person is called before this reader: names are for those who work here."""
        if person is not None and self.is_me(person.pk):
            return self.me
        return person.get_username() if person is not None and self.works else instead


Source = Callable[[Image, Reader], Iterable[Event]]
SOURCES: list[Source] = []


def history_source(source: Source) -> Source:
    """Let ``source`` give its part of every picture's history, in a constant number of queries."""
    SOURCES.append(source)
    return source


def reader_of(image: Image, person: Person, *, me: str = "you") -> Reader:
    sight = sight_of(person, image)
    works, administers = may_see_all(person), may_administer(person)
    return Reader(person, works, sight.finding, sight.votes, administers, me)


def history_of(image: Image, reader: Reader) -> list[Event]:
    """All that happened to ``image`` and that ``reader`` may know of, the newest first."""
    events = [event for source in SOURCES for event in source(image, reader)]
    return sorted(events, key=lambda event: event.at, reverse=True)
