"""The addresses of whoever hands pictures in: uploads, disputes, links to a result."""

from django.urls import URLPattern, URLResolver, path

from labelling.pages import disputes, home, sharing, uploads

urlpatterns: list[URLPattern | URLResolver] = [
    path("upload/", home.hand_in, name="hand-in"),
    path("uploads/", uploads.my_uploads, name="my-uploads"),
    path("uploads/judged/", uploads.judged_rows, name="my-uploads-judged"),
    path("images/<uuid:image_id>/dispute/", disputes.new_dispute, name="image-dispute"),
    path("images/<uuid:image_id>/disputing/", disputes.dispute_part, name="image-disputing"),
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/<int:dispute_id>/", disputes.dispute, name="dispute"),
    path("disputes/<int:dispute_id>/withdraw/", disputes.withdraw, name="dispute-withdraw"),
    path("disputes/<int:dispute_id>/answer/", disputes.answer, name="dispute-answer"),
    path("images/<uuid:image_id>/links/", sharing.create, name="share-link-new"),
    path("links/<int:link_id>/revoke/", sharing.revoke, name="share-link-revoke"),
    path("r/<str:token>/", sharing.shared_result, name="shared-result"),
    path("r/<str:token>/picture/", sharing.shared_picture, name="shared-picture"),
]
