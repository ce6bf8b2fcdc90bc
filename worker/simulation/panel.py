"""The simulated people: some hand pictures in, others answer from the manifest, and err."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.contrib.auth.models import Group

from classifier.vocabulary import Label
from labelling.models import Image, User
from labelling.permissions import ADMINISTRATORS, REVIEWERS, UPLOADERS

HANDING_IN = 20  # so many that nobody alone gives more than a training takes from one
OTHER = {Label.AI: Label.HUMAN, Label.HUMAN: Label.AI}


@dataclass(frozen=True)
class Panel:
    """Reviewers in turn. Which answers are wrong depends on picture, person and seed alone."""

    reviewers: Sequence[User]
    truths: Mapping[str, Label]
    error_rate: float
    seed: int

    def whose_turn(self, given: int) -> Sequence[User]:
        """All of them, the one whose turn it is after ``given`` answers at the head."""
        first = given % len(self.reviewers)
        return [*self.reviewers[first:], *self.reviewers[:first]]

    def answer(self, image: Image, reviewer: User) -> Label:
        """Tell what the manifest says, or the other thing in a share of the cases."""
        truth = self.truths[image.sha256]
        return OTHER[truth] if self.errs(image, reviewer) else truth

    def errs(self, image: Image, reviewer: User) -> bool:
        return chance(self.seed, reviewer.username, image.sha256) < self.error_rate


def chance(*of: object) -> float:
    """Return a number from 0 to 1 that looks drawn and is always the same for the same words."""
    digest = sha256("\0".join(map(str, of)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def make_people(count: int, role: str, *groups: str, is_staff: bool = False) -> list[User]:
    """Make accounts that nobody can sign in to."""
    made = []
    for number in range(1, count + 1):
        person = User(username=f"simulated-{role}-{number}", is_staff=is_staff)
        person.set_unusable_password()
        person.save()
        person.groups.set(Group.objects.filter(name__in=groups))
        made.append(person)
    return made


def make_reviewers(count: int) -> list[User]:
    return make_people(count, "reviewer", REVIEWERS)


def make_uploaders() -> list[User]:
    return make_people(HANDING_IN, "uploader", UPLOADERS)


def make_administrator() -> User:
    return make_people(1, "administrator", ADMINISTRATORS, is_staff=True)[0]
