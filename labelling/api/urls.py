"""The addresses for programs."""

from django.urls import URLPattern, URLResolver, path

from labelling.api.explanation import Explanation, Overlay
from labelling.api.files import Original, Rendition
from labelling.api.images import Images, OneImage
from labelling.api.missing import Missing
from labelling.api.predict import Predict
from labelling.api.token import Token

IMAGE = "api/v1/images/<uuid:image_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("predict", Predict.as_view(), name="predict"),
    path("api/v1/token/", Token.as_view(), name="api-token"),
    path("api/v1/images/", Images.as_view(), name="api-images"),
    path(IMAGE, OneImage.as_view(), name="api-image"),
    path(f"{IMAGE}original/", Original.as_view(), name="image-original"),
    path(f"{IMAGE}rendition/<str:size>/", Rendition.as_view(), name="image-rendition"),
    path(f"{IMAGE}explanation/", Explanation.as_view(), name="api-explanation"),
    path(f"{IMAGE}explanation/overlay/", Overlay.as_view(), name="image-overlay"),
    path("api/<path:path>", Missing.as_view(), name="api-missing"),
]
