"""Which room answers which address."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from aivh import health, metrics, root
from labelling.pages.accounts import Login

urlpatterns = [
    path("", root.root, name="home"),
    path("health", health.health, name="health"),
    path("metrics", metrics.metrics, name="metrics"),
    path("accounts/login/", Login.as_view(), name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("accounts/password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path(
        "accounts/password/done/",
        auth.PasswordChangeDoneView.as_view(),
        name="password_change_done",
    ),
    # The back office's own form would be a second door, at which nobody counts.
    path("admin/login/", Login.as_view()),
    path("admin/", admin.site.urls),
    path("", include("labelling.api.urls")),
    path("", include("labelling.pages.urls")),
    path("", include("worker.pages.urls")),
]

handler400 = "aivh.errors.bad_request"
handler403 = "aivh.errors.permission_denied"
handler404 = "aivh.errors.page_not_found"
handler500 = "aivh.errors.server_error"
