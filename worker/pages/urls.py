from django.urls import URLPattern, URLResolver, path, re_path

from worker.pages import (
    asking,
    bulk,
    dashboard,
    erasing,
    exports,
    imports,
    jobs,
    lineage,
    overrides,
    returning,
    snapshots,
    versions,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/runs/", dashboard.runs, name="dashboard-runs"),
    path("dashboard/runs/<int:run_id>/cancel/", asking.cancel, name="cancel-run"),
    path("dashboard/retrain/", asking.retrain, name="retrain"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/new/", bulk.new, name="job-new"),
    path("people/<int:person_id>/erase/", erasing.erase_person, name="erase-person"),
    path("jobs/<int:job_id>/", jobs.job, name="job"),
    path("jobs/<int:job_id>/progress/", jobs.progress, name="job-progress"),
    path("jobs/<int:job_id>/cancel/", jobs.cancel, name="job-cancel"),
    path("jobs/<int:job_id>/undo/", jobs.undo, name="job-undo"),
    path("jobs/<int:job_id>/result/", exports.result, name="job-result"),
    path("imports/", imports.imports, name="imports"),
    path("versions/", versions.versions, name="versions"),
    path("versions/<int:number>/", versions.version, name="version"),
    path("versions/<int:number>/override/", overrides.override, name="override-gate"),
    path("versions/<int:number>/return/", returning.return_to, name="return-to"),
    path("versions/<int:number>/stop/", returning.stop, name="stop-trial"),
    path("images/<uuid:image_id>/lineage/", lineage.lineage, name="image-lineage"),
    re_path(r"^snapshots/(?P<digest>[0-9a-f]{64})/$", snapshots.snapshot, name="snapshot"),
]
