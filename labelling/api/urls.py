"""The addresses for programs."""

from django.urls import URLPattern, URLResolver, path

from labelling.api import (
    assigning,
    disputes,
    flags,
    label_studio,
    labels,
    predictions,
    queue,
    reviews,
)
from labelling.api.account_urls import urlpatterns as accounts
from labelling.api.bin import Bin, OneBinned, Restored
from labelling.api.bulk import BulkImages
from labelling.api.events import Events
from labelling.api.explanation import Explanation, Overlay
from labelling.api.files import Original, Rendition
from labelling.api.history import Gold, History, WhyShown
from labelling.api.images import Images, OneImage
from labelling.api.links import Links, OneLink
from labelling.api.missing import Missing
from labelling.api.predict import Predict
from labelling.api.queue_policy import OneQueuePolicy
from labelling.api.searches import OneSearch, Searches
from labelling.api.similar import Similar

IMAGE = "api/v1/images/<uuid:image_id>/"
DISPUTE = "api/v1/disputes/<int:dispute_id>/"
QUEUE = "api/v1/queue/"
LABEL_STUDIO = "api/v1/label-studio/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("predict", Predict.as_view(), name="predict"),
    *accounts,
    path("api/v1/images/", Images.as_view(), name="api-images"),
    path("api/v1/images/bulk/", BulkImages.as_view(), name="api-images-bulk"),
    path(IMAGE, OneImage.as_view(), name="api-image"),
    path(f"{IMAGE}original/", Original.as_view(), name="image-original"),
    path(f"{IMAGE}rendition/<str:size>/", Rendition.as_view(), name="image-rendition"),
    path(f"{IMAGE}explanation/", Explanation.as_view(), name="api-explanation"),
    path(f"{IMAGE}explanation/overlay/", Overlay.as_view(), name="image-overlay"),
    path(f"{IMAGE}events/", Events.as_view(), name="api-events"),
    path(f"{IMAGE}similar/", Similar.as_view(), name="api-similar"),
    path(f"{IMAGE}history/", History.as_view(), name="api-image-history"),
    path(f"{IMAGE}why/", WhyShown.as_view(), name="api-image-why"),
    path(f"{IMAGE}gold/", Gold.as_view(), name="api-image-gold"),
    path(f"{IMAGE}links/", Links.as_view(), name="api-image-links"),
    path("api/v1/links/<int:link_id>/", OneLink.as_view(), name="api-link"),
    path("api/v1/searches/", Searches.as_view(), name="api-searches"),
    path("api/v1/searches/<int:search_id>/", OneSearch.as_view(), name="api-search"),
    path(f"{IMAGE}restore/", Restored.as_view(), name="api-restore"),
    path("api/v1/bin/", Bin.as_view(), name="api-bin"),
    path("api/v1/bin/<uuid:image_id>/", OneBinned.as_view(), name="api-binned"),
    path("api/v1/predictions/", predictions.Predictions.as_view(), name="api-predictions"),
    path(
        "api/v1/predictions/<int:prediction_id>/",
        predictions.OnePrediction.as_view(),
        name="api-prediction",
    ),
    path("api/v1/reviews/", reviews.Reviews.as_view(), name="api-reviews"),
    path("api/v1/reviews/<int:review_id>/", reviews.OneReview.as_view(), name="api-review"),
    path(QUEUE, queue.Queue.as_view(), name="api-queue"),
    path(f"{QUEUE}next/", queue.NextTurns.as_view(), name="api-queue-next"),
    path(f"{QUEUE}renew/", queue.Renew.as_view(), name="api-queue-renew"),
    path(f"{QUEUE}release/", queue.Release.as_view(), name="api-queue-release"),
    path(f"{QUEUE}skip/", queue.Skip.as_view(), name="api-queue-skip"),
    path(f"{QUEUE}undo/", queue.Undo.as_view(), name="api-queue-undo"),
    path(f"{QUEUE}policy/", OneQueuePolicy.as_view(), name="api-queue-policy"),
    path(f"{QUEUE}assignees/", assigning.Assignees.as_view(), name="api-queue-assignees"),
    path(f"{QUEUE}assign/", assigning.Assign.as_view(), name="api-queue-assign"),
    path(f"{QUEUE}unassign/", assigning.Unassign.as_view(), name="api-queue-unassign"),
    path(f"{QUEUE}to-settle/", assigning.ToSettle.as_view(), name="api-queue-to-settle"),
    path("api/v1/flags/", flags.Flags.as_view(), name="api-flags"),
    path("api/v1/flags/<int:flag_id>/resolve/", flags.ResolveFlag.as_view(), name="api-flag"),
    path("api/v1/labels/", labels.Labels.as_view(), name="api-labels"),
    path("api/v1/disputes/", disputes.Disputes.as_view(), name="api-disputes"),
    path(DISPUTE, disputes.OneDispute.as_view(), name="api-dispute"),
    path(f"{DISPUTE}withdraw/", disputes.WithdrawDispute.as_view(), name="api-dispute-withdraw"),
    path(f"{DISPUTE}answer/", disputes.AnswerDispute.as_view(), name="api-dispute-answer"),
    # Label Studio puts these words behind the address that it is given, without a slash.
    path(f"{LABEL_STUDIO}health", label_studio.Health.as_view(), name="label-studio-health"),
    path(f"{LABEL_STUDIO}setup", label_studio.SetupProject.as_view(), name="label-studio-setup"),
    path(
        f"{LABEL_STUDIO}predict", label_studio.PredictTasks.as_view(), name="label-studio-predict"
    ),
    path(f"{LABEL_STUDIO}webhook", label_studio.Webhook.as_view(), name="label-studio-webhook"),
    path("api/<path:path>", Missing.as_view(), name="api-missing"),
]
