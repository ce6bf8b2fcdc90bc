from django.urls import URLPattern, URLResolver, path

from labelling.pages import explanation, history, images, review

urlpatterns: list[URLPattern | URLResolver] = [
    path("images/", images.images, name="images"),
    path("images/<uuid:image_id>/", images.image, name="image"),
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
    path("review/", review.review, name="review"),
    path("review/next/", review.upcoming, name="review-next"),
    path("review/vote/", review.vote, name="review-vote"),
    path("review/undo/", review.undo, name="review-undo"),
]
