"""Signing in and out, passwords, invitations, and the people of the site."""

from django.contrib.auth import views as auth
from django.urls import URLPattern, path

from labelling.pages import invitations, people, tokens
from labelling.pages.accounts import Login
from labelling.pages.passwords import AskForReset, Reset

urlpatterns: list[URLPattern] = [
    path("accounts/login/", Login.as_view(), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("accounts/password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path(
        "accounts/password/done/",
        auth.PasswordChangeDoneView.as_view(),
        name="password_change_done",
    ),
    path("accounts/reset/", AskForReset.as_view(), name="password_reset"),
    path("accounts/reset/sent/", auth.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "accounts/reset/<uidb64>/<token>/",
        Reset.as_view(),
        name="password_reset_confirm",
    ),
    path("accounts/tokens/", tokens.tokens, name="tokens"),
    path("accounts/tokens/<int:token_id>/revoke/", tokens.revoke, name="token-revoke"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("people/", people.people, name="people"),
    path("people/invite/", invitations.invite, name="invite"),
    path("people/invite/<int:invitation_id>/revoke/", invitations.revoke, name="invitation-revoke"),
    path("people/<int:person_id>/", people.person, name="person"),
    path("people/<int:person_id>/deactivate/", people.deactivate, name="person-deactivate"),
    path("people/<int:person_id>/reactivate/", people.reactivate, name="person-reactivate"),
    path("people/<int:person_id>/reset-link/", people.reset_link, name="person-reset-link"),
]
