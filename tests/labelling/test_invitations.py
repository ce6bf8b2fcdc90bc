"""Invitations: shown once, used once, and known to the site by their digest alone."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import connection
from django.utils import timezone

from classifier.errors import NotAllowed
from labelling.errors import Conflict, InvalidRequest, NotFound
from labelling.models import AuditEntry, Invitation, User
from labelling.permissions import ADMINISTRATORS, REVIEWERS, UPLOADERS, may_administer
from labelling.services import invitations
from labelling.services.invitations import (
    accept_invitation,
    invite,
    open_invitation,
    revoke_invitation,
)

pytestmark = pytest.mark.django_db
GOOD = "four words of mine"


def accept(secret: str, name: str = "nina") -> User:
    return accept_invitation(secret=secret, username=name, password=GOOD)


def test_who_accepts_gets_an_account_with_the_roles_that_were_chosen(administrator: User) -> None:
    made, secret = invite(roles=[REVIEWERS], email="nina@mail.example", by=administrator)

    person = accept(secret)

    made.refresh_from_db()
    assert person.check_password(GOOD)
    assert (person.email, made.accepted_by) == ("nina@mail.example", person)
    assert sorted(person.groups.values_list("name", flat=True)) == [REVIEWERS, UPLOADERS]
    entries = AuditEntry.objects.order_by("pk").values_list("actor", "action")
    assert list(entries) == [
        ("alex", "invitation.made"),
        ("nina", "role.granted"),
        ("nina", "role.granted"),
        ("nina", "invitation.accepted"),
    ]


def test_an_administrator_can_be_invited(administrator: User) -> None:
    _, secret = invite(roles=[ADMINISTRATORS], by=administrator)
    assert may_administer(accept(secret))


def test_only_the_digest_of_the_secret_is_kept(administrator: User) -> None:
    made, secret = invite(roles=[], by=administrator)
    assert len(secret) >= 43
    assert made.token_digest == sha256(secret.encode()).hexdigest()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            assert secret not in repr(cursor.fetchall())


def test_an_invitation_that_is_used_revoked_over_or_unknown_is_the_same_nothing(
    administrator: User,
) -> None:
    used, revoked, over = (invite(roles=[], by=administrator) for _ in range(3))
    accept(used[1])
    revoke_invitation(invitation_id=revoked[0].pk, by=administrator)
    Invitation.objects.filter(pk=over[0].pk).update(expires_at=timezone.now())
    people = User.objects.count()

    said = set()
    for secret in (used[1], revoked[1], over[1], "unknown", ""):
        for attempt in (open_invitation, lambda secret: accept(secret, "second")):
            with pytest.raises(NotFound) as refusal:
                attempt(secret)
            said.add(refusal.value.message)
    assert said == {invitations.NO_LONGER}
    assert User.objects.count() == people


def test_it_is_valid_for_seven_days(administrator: User) -> None:
    made, _ = invite(roles=[], by=administrator)
    left = made.expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_nobody_else_invites_or_revokes(
    reviewer: User, second_reviewer: User, adjudicator: User, outsider: User, administrator: User
) -> None:
    made, secret = invite(roles=[], by=administrator)
    for person in (reviewer, second_reviewer, adjudicator, outsider):
        with pytest.raises(NotAllowed):
            invite(roles=[], by=person)
        with pytest.raises(NotAllowed):
            revoke_invitation(invitation_id=made.pk, by=person)
    assert (Invitation.objects.count(), open_invitation(secret)) == (1, made)


def test_what_is_wrong_is_refused(administrator: User) -> None:
    for roles, email in ((["Kings"], ""), ([REVIEWERS], "nina at mail")):
        with pytest.raises(InvalidRequest):
            invite(roles=roles, email=email, by=administrator)
    with pytest.raises(NotFound):
        revoke_invitation(invitation_id=1, by=administrator)
    assert (Invitation.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("alex", GOOD),
        ("ALEX", GOOD),
        ("", GOOD),
        ("nina nina", GOOD),
        ("nina", "short"),
        ("nina", "password"),
        ("nina", "1234567890"),
        ("ninanina", "ninanina"),
    ],
)
def test_a_name_or_password_that_will_not_do_uses_nothing_up(
    administrator: User, name: str, password: str
) -> None:
    made, secret = invite(roles=[REVIEWERS], by=administrator)
    with pytest.raises(InvalidRequest):
        accept_invitation(secret=secret, username=name, password=password)
    assert (User.objects.count(), open_invitation(secret)) == (1, made)
    accept(secret)


def test_only_so_many_are_open_at_once(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invitations.MOST_OPEN == 100
    monkeypatch.setattr(invitations, "MOST_OPEN", 3)
    made = [invite(roles=[], by=administrator) for _ in range(3)]
    with pytest.raises(Conflict, match="3 invitations are open"):
        invite(roles=[], by=administrator)
    revoke_invitation(invitation_id=made[0][0].pk, by=administrator)
    accept(made[1][1])
    assert invite(roles=[], by=administrator)


def test_one_that_is_used_is_not_revoked_after_the_fact(administrator: User) -> None:
    made, secret = invite(roles=[], by=administrator)
    accept(secret)
    with pytest.raises(Conflict):
        revoke_invitation(invitation_id=made.pk, by=administrator)
