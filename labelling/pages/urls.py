from django.urls import URLPattern, URLResolver, path

from labelling.pages import audit_log, bin, explanation, history, images, reviewers, saved_filters
from labelling.pages.desk_urls import urlpatterns as desks
from labelling.pages.uploader_urls import urlpatterns as uploaders_side

urlpatterns: list[URLPattern | URLResolver] = [
    *uploaders_side,
    path("images/", images.images, name="images"),
    path("images/searches/", saved_filters.save, name="save-filter"),
    path("images/searches/<int:filter_id>/", saved_filters.change, name="saved-filter"),
    path("images/<uuid:image_id>/", images.image, name="image"),
    path("images/<uuid:image_id>/bin/", bin.put, name="image-bin"),
    path("bin/", bin.bin_page, name="bin"),
    path("bin/<uuid:image_id>/restore/", bin.restore, name="bin-restore"),
    path("bin/<uuid:image_id>/erase/", bin.erase, name="bin-erase"),
    path("images/<uuid:image_id>/finding/", images.finding, name="image-finding"),
    path(
        "images/<uuid:image_id>/explanation/",
        explanation.explanation,
        name="image-explanation",
    ),
    path("images/<uuid:image_id>/nearest/", explanation.nearest, name="image-nearest"),
    path("images/<uuid:image_id>/evidence/", images.evidence, name="image-evidence"),
    path("images/<uuid:image_id>/history/", history.history, name="image-history"),
    path("images/<uuid:image_id>/gold/", images.gold, name="image-gold"),
    path("reviewers/", reviewers.reviewers, name="reviewers"),
    path("my-figures/", reviewers.my_figures, name="my-figures"),
    path("audit-log/", audit_log.audit_log, name="audit-log"),
    *desks,
]
