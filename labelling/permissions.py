"""Who may do what. Services and queries ask here; pages only hide what would be refused."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from classifier.errors import NotAllowed
from labelling.models import User

UPLOADERS = "Uploaders"
REVIEWERS = "Reviewers"
ADJUDICATORS = "Adjudicators"
ADMINISTRATORS = "Administrators"
ROLES = (UPLOADERS, REVIEWERS, ADJUDICATORS, ADMINISTRATORS)

Person = User | AnonymousUser


def may_upload(person: Person) -> bool:
    """Everybody with a role hands pictures in."""
    return person.is_active and person.has_perm("labelling.add_submission")


def may_review(person: Person) -> bool:
    """Reviewers and administrators settle pictures, and so may see all of them."""
    return person.is_active and person.has_perm("labelling.add_review")


def may_adjudicate(person: Person) -> bool:
    """Adjudicators settle what reviewers disagree on, and answer disputes; they see all votes."""
    return person.is_active and person.has_perm("labelling.adjudicate_image")


def reviewers() -> QuerySet[User]:
    """Everybody who may review now."""
    return User.objects.with_perm("labelling.add_review")


def may_administer(person: Person) -> bool:
    """Administrators retrain, promote and see the dashboard."""
    return (
        person.is_active and person.is_staff and person.has_perm("classifier.change_modelversion")
    )


def may_see_all(person: Person) -> bool:
    """Whoever settles pictures or administers sees every one; others what they handed in."""
    return may_review(person) or may_administer(person)


def may_assign(person: Person) -> bool:
    """Adjudicators and administrators ask a reviewer about a picture."""
    return may_adjudicate(person) or may_administer(person)


def check_may_upload(person: Person) -> None:
    if not may_upload(person):
        raise NotAllowed("Your account has no role that hands pictures in. Ask your administrator.")


def check_may_adjudicate(person: Person) -> None:
    if not may_adjudicate(person):
        raise NotAllowed("You need the adjudicator's role for this. Ask your administrator.")


def check_may_assign(person: Person) -> None:
    if not may_adjudicate(person):
        check_may_administer(person)


def check_may_review(person: Person) -> None:
    if not may_review(person):
        raise NotAllowed("You need the reviewer's role for this. Ask your administrator.")


def check_may_administer(person: Person) -> None:
    if not may_administer(person):
        raise NotAllowed("Only administrators may do this.")
