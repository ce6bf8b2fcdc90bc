"""The addresses of the two desks: the reviewers' and the adjudicators'."""

from django.urls import URLPattern, URLResolver, path

from labelling.pages import adjudicate, desk, review

urlpatterns: list[URLPattern | URLResolver] = [
    path("review/", review.review, name="review"),
    path("review/answer/", review.answer, name="review-answer"),
    path("review/next/", desk.upcoming, name="review-next"),
    path("review/renew/", desk.renew, name="review-renew"),
    path("review/release/", desk.release, name="review-release"),
    path("review/vote/", desk.vote, name="review-vote"),
    path("review/skip/", desk.skip, name="review-skip"),
    path("review/flag/", desk.flag, name="review-flag"),
    path("review/undo/", desk.undo, name="review-undo"),
    path("review/pace/", desk.pace, name="review-pace"),
    path("review/<uuid:image_id>/told/", desk.told_of, name="review-told"),
    path("adjudicate/", adjudicate.adjudicate, name="adjudicate"),
    path("adjudicate/answer/", adjudicate.answer, name="adjudicate-answer"),
]
