"""Who may do what. Services and queries ask here; pages only hide what would be refused."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from classifier.errors import NotAllowed
from labelling.models import User

REVIEWERS = "Reviewers"
ADMINISTRATORS = "Administrators"

Person = User | AnonymousUser


def may_review(person: Person) -> bool:
    """Reviewers and administrators settle pictures, and so may see all of them."""
    return person.is_active and person.has_perm("labelling.add_review")


def reviewers() -> QuerySet[User]:
    """Everybody who may review now."""
    return User.objects.with_perm("labelling.add_review")


def may_administer(person: Person) -> bool:
    """Administrators retrain, promote and see the dashboard."""
    return (
        person.is_active and person.is_staff and person.has_perm("classifier.change_modelversion")
    )


def check_may_review(person: Person) -> None:
    if not may_review(person):
        raise NotAllowed("You need the reviewer's role for this. Ask your administrator.")


def check_may_administer(person: Person) -> None:
    if not may_administer(person):
        raise NotAllowed("Only administrators may do this.")
