"""The people of the permission tests: two reviewers, an adjudicator, an administrator, and
somebody outside."""

import pytest
from django.contrib.auth.models import Group

from labelling.models import User
from labelling.permissions import ADJUDICATORS, ADMINISTRATORS, REVIEWERS, UPLOADERS

PASSWORD = "correct horse battery staple"


def make_person(name: str, *groups: str, is_staff: bool = False) -> User:
    """An account with the password above, in the named groups; everybody may upload."""
    person = User.objects.create_user(name, password=PASSWORD, is_staff=is_staff)
    roles = {UPLOADERS, *groups}
    person.groups.set([Group.objects.get_or_create(name=role)[0] for role in sorted(roles)])
    return person


@pytest.fixture
def reviewer(db: None) -> User:
    return make_person("robin", REVIEWERS)


@pytest.fixture
def second_reviewer(db: None) -> User:
    return make_person("sasha", REVIEWERS)


@pytest.fixture
def adjudicator(db: None) -> User:
    return make_person("jo", ADJUDICATORS)


@pytest.fixture
def administrator(db: None) -> User:
    return make_person("alex", ADMINISTRATORS, is_staff=True)


@pytest.fixture
def outsider(db: None) -> User:
    """Uploads, and has no other role."""
    return make_person("olli")
