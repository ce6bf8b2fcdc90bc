"""Tests find what migrations put into the database, whatever ran before them."""

import pytest
from django.contrib.auth.models import Group

from labelling.permissions import ADJUDICATORS, ADMINISTRATORS, REVIEWERS, UPLOADERS
from worker.models import RetrainingPolicy


@pytest.mark.parametrize("time", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_roles_and_policy_outlive_a_test_that_commits(time: str) -> None:
    rights = {group.name: group.permissions.count() for group in Group.objects.all()}
    assert set(rights) == {UPLOADERS, REVIEWERS, ADJUDICATORS, ADMINISTRATORS}
    assert min(rights.values()) > 0
    assert RetrainingPolicy.objects.exists()
