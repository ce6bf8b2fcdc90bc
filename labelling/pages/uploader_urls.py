"""The addresses of whoever hands pictures in: uploads, disputes, links to a result."""

from django.urls import URLPattern, URLResolver, path

from labelling.pages import home, uploads

urlpatterns: list[URLPattern | URLResolver] = [
    path("upload/", home.hand_in, name="hand-in"),
    path("uploads/", uploads.my_uploads, name="my-uploads"),
    path("uploads/judged/", uploads.judged_rows, name="my-uploads-judged"),
]
