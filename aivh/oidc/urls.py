"""The two addresses of the sign-in: the one that the button goes to, and the way back."""

from allauth.socialaccount.providers.openid_connect import views
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_POST

ORGANISATION = "accounts/<slug:provider_id>/login/"

urlpatterns: list[URLPattern] = [
    path(ORGANISATION, require_POST(views.login), name="openid_connect_login"),
    path(f"{ORGANISATION}callback/", require_GET(views.callback), name="openid_connect_callback"),
]
