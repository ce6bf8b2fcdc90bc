"""The addresses for programs."""

from django.urls import URLPattern, URLResolver, path

from labelling.api.bin import Bin, OneBinned, Restored
from labelling.api.bulk import BulkImages
from labelling.api.explanation import Explanation, Overlay
from labelling.api.files import Original, Rendition
from labelling.api.images import Images, OneImage
from labelling.api.missing import Missing
from labelling.api.predict import Predict
from labelling.api.similar import Similar
from labelling.api.token import Token

IMAGE = "api/v1/images/<uuid:image_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("predict", Predict.as_view(), name="predict"),
    path("api/v1/token/", Token.as_view(), name="api-token"),
    path("api/v1/images/", Images.as_view(), name="api-images"),
    path("api/v1/images/bulk/", BulkImages.as_view(), name="api-images-bulk"),
    path(IMAGE, OneImage.as_view(), name="api-image"),
    path(f"{IMAGE}original/", Original.as_view(), name="image-original"),
    path(f"{IMAGE}rendition/<str:size>/", Rendition.as_view(), name="image-rendition"),
    path(f"{IMAGE}explanation/", Explanation.as_view(), name="api-explanation"),
    path(f"{IMAGE}explanation/overlay/", Overlay.as_view(), name="image-overlay"),
    path(f"{IMAGE}similar/", Similar.as_view(), name="api-similar"),
    path(f"{IMAGE}restore/", Restored.as_view(), name="api-restore"),
    path("api/v1/bin/", Bin.as_view(), name="api-bin"),
    path("api/v1/bin/<uuid:image_id>/", OneBinned.as_view(), name="api-binned"),
    path("api/<path:path>", Missing.as_view(), name="api-missing"),
]
