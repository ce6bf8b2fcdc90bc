"""The addresses for programs of what runs by itself."""

from django.urls import URLPattern, URLResolver, path, re_path

from worker.api import (
    alerts,
    all_webhooks,
    bulk,
    comparing,
    drift,
    exports,
    imports,
    jobs,
    policies,
    runs,
    snapshots,
    statistics,
    version_moves,
    versions,
    webhook_log,
    webhooks,
    weekly,
)

ALERT = "api/v1/alerts/<int:alert_id>/"
JOB = "api/v1/jobs/<int:job_id>/"
SNAPSHOT = r"^api/v1/snapshots/(?P<snapshot_digest>[0-9a-f]{64})/"
POLICY = "api/v1/policies/<int:policy_id>/"
RUN = "api/v1/training-runs/<int:run_id>/"
WEBHOOK = "api/v1/webhooks/<int:webhook_id>/"
VERSION = "api/v1/versions/<int:version_number>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/versions/", versions.Versions.as_view(), name="api-versions"),
    path("api/v1/versions/compare/", comparing.Compare.as_view(), name="api-versions-compare"),
    path(VERSION, versions.OneVersion.as_view(), name="api-version"),
    path(f"{VERSION}card/", versions.Card.as_view(), name="api-version-card"),
    path(f"{VERSION}bundle/", versions.Description.as_view(), name="api-version-bundle"),
    path(f"{VERSION}promote/", version_moves.Promote.as_view(), name="api-version-promote"),
    path(f"{VERSION}override/", version_moves.Override.as_view(), name="api-version-override"),
    path(f"{VERSION}shadow/", version_moves.Shadow.as_view(), name="api-version-shadow"),
    path(f"{VERSION}rollback/", version_moves.Rollback.as_view(), name="api-version-rollback"),
    path(f"{VERSION}reject/", version_moves.Reject.as_view(), name="api-version-reject"),
    path("api/v1/training-runs/", runs.Runs.as_view(), name="api-training-runs"),
    path(RUN, runs.OneRun.as_view(), name="api-training-run"),
    path(f"{RUN}cancel/", runs.CancelRun.as_view(), name="api-training-run-cancel"),
    path(f"{RUN}log/", runs.OneRunLog.as_view(), name="api-training-run-log"),
    path("api/v1/jobs/", jobs.Jobs.as_view(), name="api-jobs"),
    path("api/v1/jobs/review/", bulk.ReviewMany.as_view(), name="api-jobs-review"),
    path("api/v1/jobs/assign/", bulk.AssignMany.as_view(), name="api-jobs-assign"),
    path("api/v1/jobs/predict/", bulk.PredictMany.as_view(), name="api-jobs-predict"),
    path("api/v1/jobs/delete/", bulk.DeleteMany.as_view(), name="api-jobs-delete"),
    path("api/v1/jobs/erase/", bulk.EraseUploads.as_view(), name="api-jobs-erase"),
    path("api/v1/exports/", exports.Exports.as_view(), name="api-exports"),
    path(JOB, jobs.OneJob.as_view(), name="api-job"),
    path(f"{JOB}refused/", jobs.Refused.as_view(), name="api-job-refused"),
    path(f"{JOB}file/", jobs.JobFile.as_view(), name="api-job-file"),
    path(f"{JOB}cancel/", jobs.CancelJob.as_view(), name="api-job-cancel"),
    path(f"{JOB}undo/", jobs.UndoJob.as_view(), name="api-job-undo"),
    path("api/v1/imports/", imports.Imports.as_view(), name="api-imports"),
    path("api/v1/imports/sources/", imports.ImportSources.as_view(), name="api-import-sources"),
    path("api/v1/snapshots/", snapshots.Snapshots.as_view(), name="api-snapshots"),
    re_path(f"{SNAPSHOT}$", snapshots.OneSnapshot.as_view(), name="api-snapshot"),
    re_path(f"{SNAPSHOT}items/$", snapshots.Items.as_view(), name="api-snapshot-items"),
    re_path(f"{SNAPSHOT}manifest/$", snapshots.Manifest.as_view(), name="api-snapshot-manifest"),
    path(
        "api/v1/images/<uuid:image_id>/lineage/",
        snapshots.Lineage.as_view(),
        name="api-image-lineage",
    ),
    path("api/v1/webhooks/", webhooks.Webhooks.as_view(), name="api-webhooks"),
    path("api/v1/webhooks/all/", all_webhooks.AllWebhooks.as_view(), name="api-webhooks-all"),
    path(WEBHOOK, webhooks.OneWebhook.as_view(), name="api-webhook"),
    path(f"{WEBHOOK}secret/", webhooks.Secret.as_view(), name="api-webhook-secret"),
    path(f"{WEBHOOK}test/", webhook_log.SendTest.as_view(), name="api-webhook-test"),
    path(f"{WEBHOOK}deliveries/", webhook_log.Deliveries.as_view(), name="api-deliveries"),
    path(
        f"{WEBHOOK}deliveries/<uuid:delivery_id>/redeliver/",
        webhook_log.Redeliver.as_view(),
        name="api-redeliver",
    ),
    path("api/v1/alerts/", alerts.Alerts.as_view(), name="api-alerts"),
    path("api/v1/alerts/test/", alerts.TestChannel.as_view(), name="api-alert-test"),
    path(ALERT, alerts.OneAlert.as_view(), name="api-alert"),
    path(f"{ALERT}acknowledge/", alerts.Acknowledge.as_view(), name="api-alert-acknowledge"),
    path(f"{ALERT}mute/", alerts.MuteAlert.as_view(), name="api-alert-mute"),
    path(f"{ALERT}unmute/", alerts.UnmuteAlert.as_view(), name="api-alert-unmute"),
    path("api/v1/drift-reports/", drift.Looks.as_view(), name="api-drift-reports"),
    path("api/v1/drift-reports/latest/", drift.LatestReport.as_view(), name="api-drift-latest"),
    path("api/v1/drift-reports/<int:look_id>/", drift.OneLook.as_view(), name="api-drift-report"),
    path("api/v1/policies/", policies.Policies.as_view(), name="api-policies"),
    path(POLICY, policies.OnePolicy.as_view(), name="api-policy"),
    path(f"{POLICY}decisions/", policies.Decisions.as_view(), name="api-policy-decisions"),
    path(f"{POLICY}pause/", policies.Pause.as_view(), name="api-policy-pause"),
    path(f"{POLICY}resume/", policies.Resume.as_view(), name="api-policy-resume"),
    path("api/v1/weekly-reports/", weekly.WeeklyReports.as_view(), name="api-weekly-reports"),
    re_path(
        r"^api/v1/weekly-reports/(?P<week>[0-9]{4}-W[0-9]{2})/$",
        weekly.OneWeeklyReport.as_view(),
        name="api-weekly-report",
    ),
    path("api/v1/statistics/", statistics.Statistics.as_view(), name="api-statistics"),
    path("api/v1/statistics/charts/", statistics.Charts.as_view(), name="api-statistics-charts"),
]
