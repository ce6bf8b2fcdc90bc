from django.apps import AppConfig


class AivhConfig(AppConfig):
    name = "aivh"
    verbose_name = "aivh"
