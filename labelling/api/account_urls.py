"""The addresses for programs of whoever asks, and of the people of the site."""

from django.urls import URLPattern, path

from labelling.api import invitations, people, reviewers, tokens
from labelling.api.audit_log import AuditLog
from labelling.api.me import Me
from labelling.api.token import Token

PERSON = "api/v1/people/<int:person_id>/"
INVITATIONS = "api/v1/invitations/"

urlpatterns: list[URLPattern] = [
    path("api/v1/token/", Token.as_view(), name="api-token"),
    path("api/v1/me/", Me.as_view(), name="api-me"),
    path("api/v1/me/figures/", reviewers.MyFigures.as_view(), name="api-me-figures"),
    path("api/v1/me/tokens/", tokens.Tokens.as_view(), name="api-me-tokens"),
    path("api/v1/me/tokens/<int:token_id>/", tokens.OneToken.as_view(), name="api-me-token"),
    path("api/v1/reviewers/", reviewers.Reviewers.as_view(), name="api-reviewers"),
    path("api/v1/audit-log/", AuditLog.as_view(), name="api-audit-log"),
    path("api/v1/people/", people.People.as_view(), name="api-people"),
    path(PERSON, people.OnePerson.as_view(), name="api-person"),
    path(f"{PERSON}deactivate/", people.Deactivate.as_view(), name="api-person-deactivate"),
    path(f"{PERSON}reactivate/", people.Reactivate.as_view(), name="api-person-reactivate"),
    path(f"{PERSON}reset-link/", people.ResetLink.as_view(), name="api-person-reset-link"),
    path(INVITATIONS, invitations.Invitations.as_view(), name="api-invitations"),
    path(
        f"{INVITATIONS}<int:invitation_id>/",
        invitations.OneInvitation.as_view(),
        name="api-invitation",
    ),
]
