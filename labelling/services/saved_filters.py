"""Searches of the gallery kept under a name, each person's own."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.http import QueryDict

from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import SavedFilter, User
from labelling.search import find
from labelling.search.find import asked_for

MOST = 50  # for each person
LONGEST_NAME = 60
LONGEST_SENT = 4000  # characters that are read
LONGEST_QUERY = 1000  # characters of an address, in which those of many scripts are nine each
TOO_LONG = "This search is too long to be kept. Shorten the words in it."


@transaction.atomic
def save_filter(*, owner: User, name: str, query: str, strict: bool = False) -> SavedFilter:
    """Keep what ``query`` asks for under ``name``; what was not understood in it is left out.

    Raises InvalidRequest, also for what was not understood where ``strict``, and Conflict where
    the name is taken or too many are kept already.
    """
    wanted = _clean(name)
    # Two at once must not both be the last that there is room for.
    User.objects.select_for_update().get(pk=owner.pk)
    if owner.saved_filters.count() >= MOST:
        raise Conflict(f"You keep {MOST} searches already. Delete one that you no longer need.")
    understood = _understood(owner, query, strict)
    with _name_still_free(wanted):
        return SavedFilter.objects.create(owner=owner, name=wanted, query=understood)


@transaction.atomic
def rename_filter(*, filter_id: int, owner: User, name: str) -> SavedFilter:
    """Raises NotFound also where it is somebody else's, InvalidRequest, Conflict."""
    own_filter(filter_id=filter_id, owner=owner)
    wanted = _clean(name)
    with _name_still_free(wanted):
        SavedFilter.objects.filter(pk=filter_id, owner=owner).update(name=wanted)
    return own_filter(filter_id=filter_id, owner=owner)  # it may be deleted meanwhile


@transaction.atomic
def delete_filter(*, filter_id: int, owner: User) -> None:
    """Raises NotFound also where it is somebody else's."""
    own_filter(filter_id=filter_id, owner=owner).delete()


def own_filter(*, filter_id: int, owner: User) -> SavedFilter:
    kept = SavedFilter.objects.filter(pk=filter_id, owner=owner).first()
    if kept is None:
        raise NotFound("There is no such search among yours.")
    return kept


@contextmanager
def _name_still_free(name: str) -> Iterator[None]:
    """Raises Conflict where the block finds that this person has a search of the name."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Conflict(f"You have a search of the name “{name}” already.") from error


def _clean(name: str) -> str:
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > LONGEST_NAME or not wanted.isprintable():
        raise InvalidRequest(f"Give the search a name of 1 to {LONGEST_NAME} characters.")
    return wanted


def _understood(owner: User, query: str, strict: bool) -> str:
    """The parts of the address that filter or sort, in the order of the form.

    Raises InvalidRequest where they are too long to be kept.
    """
    asked = QueryDict(query[:LONGEST_SENT])
    if strict:
        _check_once(asked)
    found = find(owner, asked)
    kept = QueryDict(mutable=True)
    for name in asked_for(found.filters):
        kept[name] = asked[name]
    if found.sort:
        kept["sort"] = found.sort
    passed_over = sorted(name for name in asked if kept.get(name) != asked[name])
    if strict and passed_over:
        raise InvalidRequest(f"The gallery does not understand “{passed_over[0][:60]}” in this.")
    address = kept.urlencode()
    if len(address) > LONGEST_QUERY:
        raise InvalidRequest(TOO_LONG)
    return address


def _check_once(asked: QueryDict) -> None:
    """The gallery reads the last of several, and the others would be lost."""
    for name, values in asked.lists():
        if len(values) > 1:
            raise InvalidRequest(f"Name “{name[:60]}” once in this.")
