"""Which room answers which address."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from aivh import docs_pages, health, root
from aivh.metrics.view import metrics
from aivh.schema_page import SchemaPage
from labelling.pages.accounts import Login

urlpatterns = [
    path("", root.root, name="home"),
    path("health", health.health, name="health"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    # The back office's own form would be a second door, at which nobody counts.
    path("admin/login/", Login.as_view()),
    path("admin/", admin.site.urls),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="docs"),
    path("docs/errors", docs_pages.errors, name="docs-errors"),
    path("api/schema/", SchemaPage.as_view(), name="api-schema"),
    path("", include("worker.api.urls")),
    path("", include("labelling.api.urls")),
    path("", include("labelling.pages.urls")),
    path("", include("labelling.pages.account_urls")),
    path("", include("worker.pages.urls")),
]

if settings.OIDC_NAME:
    urlpatterns.append(path("", include("aivh.oidc.urls")))

handler400 = "aivh.errors.bad_request"
handler403 = "aivh.errors.permission_denied"
handler404 = "aivh.errors.page_not_found"
handler500 = "aivh.errors.server_error"
