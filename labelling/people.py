"""Reading who there is. Only administrators are told."""

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from labelling.errors import NotFound
from labelling.models import Invitation, Review, User
from labelling.permissions import ROLES, Person, check_may_administer

LONGEST_QUERY = 100
SHOWN = {"": "All", **{role: role for role in ROLES}, "deactivated": "Deactivated"}


def found_people(by: Person, *, query: str = "", show: str = "") -> QuerySet[User]:
    """The people whose name or address has ``query`` in it, with roles, reviews and inviter.

    ``show`` is a key of ``SHOWN``. Raises NotAllowed.
    """
    check_may_administer(by)
    people = _with_what_is_told(User.objects.all())
    people = people.filter(is_active=False) if show == "deactivated" else people
    people = people.filter(groups__name=show) if show in ROLES else people
    return with_words(people, query).order_by("-is_active", "username")


def with_words(people: QuerySet[User], query: str) -> QuerySet[User]:
    """Those whose name or address has each of the first five words of ``query`` in it."""
    for word in query.split()[:5]:
        people = people.filter(_has(word))
    return people


def person_for(by: Person, person_id: int) -> User:
    """One of them. Raises NotAllowed and NotFound."""
    check_may_administer(by)
    person = _with_what_is_told(User.objects.filter(pk=person_id)).first()
    if person is None:
        raise NotFound("There is no such person.")
    return person


def open_invitations(by: Person) -> QuerySet[Invitation]:
    """What was offered and not accepted yet, the newest first. Raises NotAllowed."""
    check_may_administer(by)
    return Invitation.objects.open().select_related("by")


def _with_what_is_told(people: QuerySet[User]) -> QuerySet[User]:
    answers = Review.objects.exclude(answer=Review.Answer.RETRACTED).filter(reviewer=OuterRef("pk"))
    counted = answers.order_by().values("reviewer").annotate(count=Count("pk")).values("count")
    reviews = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    told = people.annotate(review_count=reviews)
    return told.select_related("invitation__by").prefetch_related("groups")


def _has(word: str) -> Q:
    fields = ("username", "first_name", "last_name", "email")
    parts = [Q(**{f"{field}__icontains": word}) for field in fields]
    return parts[0] | parts[1] | parts[2] | parts[3]
