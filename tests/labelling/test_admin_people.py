"""In the back office names are changed, and nothing that somebody may do."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from labelling.models import AuditEntry, User
from labelling.permissions import ADMINISTRATORS, may_administer, may_review, may_upload
from tests.labelling.test_admin import signed_in
from tests.people import make_person

pytestmark = pytest.mark.django_db


def test_an_account_that_is_made_here_hands_pictures_in_and_no_more(administrator: User) -> None:
    form = {
        "username": "newcomer",
        "usable_password": "true",
        "password1": "a-long-one-7",
        "password2": "a-long-one-7",
        "groups": [str(Group.objects.get(name=ADMINISTRATORS).pk)],
        "is_staff": "on",
        "is_superuser": "on",
    }
    assert signed_in(administrator).post(reverse("admin:labelling_user_add"), form).url

    made = User.objects.get(username="newcomer")
    assert may_upload(made)
    assert not may_review(made)
    assert not may_administer(made)
    assert (made.is_staff, made.is_superuser) == (False, False)
    assert AuditEntry.objects.get().action == "role.granted"


@pytest.fixture
def root(db: None) -> User:
    root = make_person("root", is_staff=True)
    root.is_superuser = True
    root.save()
    return root


def person_form(person: User, **changes: object) -> dict[str, object]:
    form = {"username": person.username, "is_active": "on", "is_staff": "on"}
    groups = list(person.groups.values_list("pk", flat=True))
    return (
        form | {"groups": groups, "date_joined_0": "2026-01-01", "date_joined_1": "00:00"} | changes
    )


def test_names_are_changed_here_and_nothing_that_somebody_may_do(
    administrator: User, outsider: User, root: User
) -> None:
    """Roles are shown with a link to the page whose service changes them, also to superusers."""
    everything = {
        "groups": [group.pk for group in Group.objects.all()],
        "is_staff": "on",
        "user_permissions": [1],
    }
    for by in (administrator, root):
        for person in (by, outsider):
            address = reverse("admin:labelling_user_change", args=[person.pk])
            before = what_they_may(person)
            email = f"{by.username}@b.example"
            form = person_form(person, email=email, **everything)
            if by == administrator or person == root:
                form["is_superuser"] = "on"
            assert signed_in(by).post(address, form).status_code == 302

            person.refresh_from_db()
            assert person.email == email
            assert what_they_may(person) == before
            page = signed_in(by).get(address).content.decode()
            assert reverse("person", args=[person.pk]) in page
    assert not AuditEntry.objects.exists()


def what_they_may(person: User) -> tuple[object, ...]:
    now = User.objects.get(pk=person.pk)
    groups = sorted(now.groups.values_list("name", flat=True))
    own = now.user_permissions.count()
    return (now.is_active, now.is_staff, now.is_superuser, now.password, groups, own)


def test_nor_does_an_administrator_lay_hands_on_a_superuser(
    administrator: User, root: User
) -> None:
    before = what_they_may(root)
    client = signed_in(administrator)
    address = reverse("admin:labelling_user_change", args=[root.pk])
    assert client.post(address, person_form(root)).status_code == 403
    assert what_they_may(root) == before


def test_nobody_sets_somebody_elses_password_here(
    administrator: User, root: User, outsider: User
) -> None:
    """The person's page makes a link instead, which is written down."""
    new = {"password1": "four words of mine", "password2": "four words of mine"}
    for by in (administrator, root):
        before = what_they_may(outsider)
        address = reverse("admin:auth_user_password_change", args=[outsider.pk])
        answer = signed_in(by).post(address, new)
        assert answer.url == reverse("person", args=[outsider.pk])
        assert what_they_may(outsider) == before


def test_a_superuser_makes_another_and_it_is_written_down(root: User, outsider: User) -> None:
    address = reverse("admin:labelling_user_change", args=[outsider.pk])
    form = person_form(outsider, is_superuser="on")
    assert signed_in(root).post(address, form).status_code == 302
    outsider.refresh_from_db()
    assert (outsider.is_superuser, outsider.is_staff) == (True, True)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.details["role"]) == (
        "root",
        "role.granted",
        "superuser",
    )


def test_a_superuser_stays_one_whatever_they_send(root: User) -> None:
    before = what_they_may(root)
    address = reverse("admin:labelling_user_change", args=[root.pk])
    answer = signed_in(root).post(address, person_form(root, email="a@b.example"))
    assert answer.status_code == 409
    root.refresh_from_db()
    assert (what_they_may(root), root.email) == (before, "")


def test_nobody_is_deleted(root: User, outsider: User) -> None:
    address = reverse("admin:labelling_user_delete", args=[outsider.pk])
    assert signed_in(root).post(address, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=outsider.pk).exists()


def test_roles_themselves_are_not_for_the_back_office(root: User) -> None:
    assert signed_in(root).get("/admin/auth/group/").status_code == 404
