"""Roles, deactivating and letting back in: by administrators alone, each written down."""

from collections.abc import Callable

import pytest
from django.test import Client

from classifier.errors import AivhError, NotAllowed
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import ApiToken, AuditEntry, User
from labelling.permissions import (
    ADJUDICATORS,
    ADMINISTRATORS,
    REVIEWERS,
    UPLOADERS,
    may_administer,
    may_review,
    may_upload,
)
from labelling.services.invitations import invite, open_invitation
from labelling.services.people import (
    deactivate_person,
    make_reset_token,
    reactivate_person,
    set_roles,
    set_superuser,
)
from tests.labelling.programs import with_token
from tests.people import make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def second_administrator(db: None) -> User:
    return make_person("ada", ADMINISTRATORS, is_staff=True)


@pytest.fixture
def root(db: None) -> User:
    root = make_person("root", is_staff=True)
    root.is_superuser = True
    root.save()
    return root


def anew(person: User) -> User:
    return User.objects.get(pk=person.pk)


def state(person: User) -> tuple[object, ...]:
    now = anew(person)
    roles = sorted(now.groups.values_list("name", flat=True))
    return (now.is_active, now.is_staff, now.is_superuser, now.password, roles)


def written() -> list[tuple[str, str, object]]:
    entries = AuditEntry.objects.order_by("pk")
    return [(entry.actor, entry.action, entry.details.get("role")) for entry in entries]


def test_an_administrator_gives_and_takes_roles(administrator: User, outsider: User) -> None:
    set_roles(person_id=outsider.pk, roles=[UPLOADERS, REVIEWERS], by=administrator)
    assert may_review(anew(outsider))

    set_roles(person_id=outsider.pk, roles=[ADJUDICATORS], by=administrator)
    assert state(outsider)[4] == [ADJUDICATORS]
    assert written() == [
        ("alex", "role.granted", REVIEWERS),
        ("alex", "role.granted", ADJUDICATORS),
        ("alex", "role.removed", REVIEWERS),
        ("alex", "role.removed", UPLOADERS),
    ]
    assert AuditEntry.objects.filter(subject=f"person:{outsider.pk}").count() == 4
    assert set(AuditEntry.objects.values_list("details__name", flat=True)) == {"olli"}


def test_what_stays_as_it_was_is_not_written_down(administrator: User, reviewer: User) -> None:
    set_roles(person_id=reviewer.pk, roles=[UPLOADERS, REVIEWERS], by=administrator)
    assert written() == []


def test_somebody_without_any_role_may_nothing(administrator: User, reviewer: User) -> None:
    set_roles(person_id=reviewer.pk, roles=[], by=administrator)
    assert not may_upload(anew(reviewer))
    assert not may_review(anew(reviewer))


def test_the_back_office_comes_and_goes_with_the_role(
    administrator: User, second_administrator: User, outsider: User
) -> None:
    set_roles(person_id=outsider.pk, roles=[ADMINISTRATORS], by=administrator)
    assert may_administer(anew(outsider))
    set_roles(person_id=outsider.pk, roles=[UPLOADERS], by=second_administrator)
    assert state(outsider)[:3] == (True, False, False)


def test_nobody_takes_their_own_administrators_role(administrator: User) -> None:
    before = state(administrator)
    with pytest.raises(Conflict, match="your own"):
        set_roles(person_id=administrator.pk, roles=[UPLOADERS], by=administrator)
    assert state(administrator) == before
    set_roles(person_id=administrator.pk, roles=[ADMINISTRATORS, REVIEWERS], by=administrator)
    assert may_administer(anew(administrator))


def test_roles_that_there_are_not_are_refused(administrator: User, outsider: User) -> None:
    before = state(outsider)
    for wrong in (["Kings"], [REVIEWERS, "superuser"]):
        with pytest.raises(InvalidRequest):
            set_roles(person_id=outsider.pk, roles=wrong, by=administrator)
    with pytest.raises(NotFound):
        set_roles(person_id=outsider.pk + 999, roles=[], by=administrator)
    assert (state(outsider), written()) == (before, [])


def everything_one_can_do(person: User, by: User) -> list[Callable[[], object]]:
    return [
        lambda: set_roles(person_id=person.pk, roles=[ADMINISTRATORS], by=by),
        lambda: deactivate_person(person_id=person.pk, by=by),
        lambda: reactivate_person(person_id=person.pk, by=by),
        lambda: make_reset_token(person_id=person.pk, by=by),
        lambda: set_superuser(person_id=person.pk, superuser=True, by=by),
    ]


def test_nobody_else_changes_anything(
    reviewer: User, second_reviewer: User, adjudicator: User, outsider: User
) -> None:
    before = state(second_reviewer)
    for person in (reviewer, second_reviewer, adjudicator, outsider):
        for act in everything_one_can_do(second_reviewer, person):
            with pytest.raises(NotAllowed):
                act()
    assert (state(second_reviewer), written()) == (before, [])


def test_only_a_superuser_touches_a_superuser(administrator: User, root: User) -> None:
    before = state(root)
    for act in everything_one_can_do(root, administrator):
        with pytest.raises(NotAllowed):
            act()
    assert (state(root), written()) == (before, [])


def test_superusers_make_superusers_and_never_stop_being_one(root: User, outsider: User) -> None:
    set_superuser(person_id=outsider.pk, superuser=True, by=root)
    assert state(outsider)[:3] == (True, True, True)
    with pytest.raises(Conflict):
        set_superuser(person_id=root.pk, superuser=False, by=root)
    set_superuser(person_id=outsider.pk, superuser=False, by=root)
    assert state(outsider)[:3] == (True, False, False)
    assert written() == [
        ("root", "role.granted", "superuser"),
        ("root", "role.removed", "superuser"),
    ]


def test_who_was_demoted_meanwhile_is_not_believed(
    administrator: User, second_administrator: User, outsider: User
) -> None:
    stale = anew(second_administrator)
    assert may_administer(stale)
    set_roles(person_id=second_administrator.pk, roles=[], by=administrator)
    with pytest.raises(NotAllowed):
        set_roles(person_id=administrator.pk, roles=[], by=stale)
    assert may_administer(anew(administrator))


def test_a_deactivated_person_is_out_everywhere(
    administrator: User, second_administrator: User, reviewer: User
) -> None:
    client, other = Client(), Client()
    client.force_login(reviewer)
    other.force_login(administrator)
    program = with_token(reviewer)
    before = state(reviewer)

    deactivate_person(person_id=reviewer.pk, by=administrator)
    deactivate_person(person_id=reviewer.pk, by=second_administrator)

    assert client.get("/images/").status_code == 302
    assert other.get("/images/").status_code == 200
    assert program.get("/api/v1/images/").status_code == 401
    assert not ApiToken.objects.open().exists()
    assert written() == [("alex", "person.deactivated", None)]

    reactivate_person(person_id=reviewer.pk, by=administrator)
    assert state(reviewer) == before
    assert client.get("/images/").status_code == 302, "an old session came back to life"
    assert other.get("/images/").status_code == 200
    assert written()[1:] == [("alex", "person.reactivated", None)]


def test_nobody_deactivates_themselves(administrator: User, root: User) -> None:
    for person in (administrator, root):
        with pytest.raises(Conflict):
            deactivate_person(person_id=person.pk, by=person)
        assert anew(person).is_active


@pytest.mark.parametrize("end", ["role", "account"])
def test_the_invitations_of_an_administrator_end_with_their_role(
    administrator: User, second_administrator: User, end: str
) -> None:
    _, secret = invite(roles=[ADMINISTRATORS], by=second_administrator)
    _, kept = invite(roles=[], by=administrator)
    if end == "role":
        set_roles(person_id=second_administrator.pk, roles=[UPLOADERS], by=administrator)
    else:
        deactivate_person(person_id=second_administrator.pk, by=administrator)
    with pytest.raises(AivhError):
        open_invitation(secret)
    open_invitation(kept)


def test_a_reset_link_is_written_down_and_for_those_only_who_may_come_in(
    administrator: User, reviewer: User
) -> None:
    assert make_reset_token(person_id=reviewer.pk, by=administrator)
    deactivate_person(person_id=reviewer.pk, by=administrator)
    with pytest.raises(Conflict):
        make_reset_token(person_id=reviewer.pk, by=administrator)
    assert [action for _, action, _ in written()] == ["person.reset_link", "person.deactivated"]
