from django.urls import URLPattern, URLResolver, path, re_path

from worker.pages import asking, dashboard, snapshots, versions

urlpatterns: list[URLPattern | URLResolver] = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/runs/", dashboard.runs, name="dashboard-runs"),
    path("dashboard/runs/<int:run_id>/cancel/", asking.cancel, name="cancel-run"),
    path("dashboard/retrain/", asking.retrain, name="retrain"),
    path("versions/", versions.versions, name="versions"),
    path("versions/<int:number>/", versions.version, name="version"),
    re_path(r"^snapshots/(?P<digest>[0-9a-f]{64})/$", snapshots.snapshot, name="snapshot"),
]
