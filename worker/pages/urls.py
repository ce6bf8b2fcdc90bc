from django.urls import URLPattern, URLResolver, path, re_path

from worker.pages import dashboard, snapshots, versions

urlpatterns: list[URLPattern | URLResolver] = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/runs/", dashboard.runs, name="dashboard-runs"),
    path("dashboard/retrain/", dashboard.retrain, name="retrain"),
    path("versions/", versions.versions, name="versions"),
    path("versions/<int:number>/", versions.version, name="version"),
    re_path(r"^snapshots/(?P<digest>[0-9a-f]{64})/$", snapshots.snapshot, name="snapshot"),
]
