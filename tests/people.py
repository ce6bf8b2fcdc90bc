"""The people of the permission tests: two reviewers, an administrator, and somebody outside."""

import pytest
from django.contrib.auth.models import Group

from labelling.models import User
from labelling.permissions import ADMINISTRATORS, REVIEWERS

PASSWORD = "correct horse battery staple"


def make_person(name: str, *groups: str, is_staff: bool = False) -> User:
    """An account with the password above, in the named groups."""
    person = User.objects.create_user(name, password=PASSWORD, is_staff=is_staff)
    person.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
    return person


@pytest.fixture
def reviewer(db: None) -> User:
    return make_person("robin", REVIEWERS)


@pytest.fixture
def second_reviewer(db: None) -> User:
    return make_person("sasha", REVIEWERS)


@pytest.fixture
def administrator(db: None) -> User:
    return make_person("alex", ADMINISTRATORS, is_staff=True)


@pytest.fixture
def outsider(db: None) -> User:
    """Has an account, and so may upload, but no role."""
    return make_person("olli")
