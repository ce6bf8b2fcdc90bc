"""The system checks of the environment: each fault is named with what to write instead."""

import pytest
from django.core import checks

from aivh import env
from aivh.logs import sentry, tracing
from aivh.supervisor import valkey


def found() -> list[str]:
    return [str(message.id) for message in checks.run_checks(tags=["environment"])]


def test_nothing_to_say_about_a_sound_environment():
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SITE_URL", "aivh.example", ["aivh.E002"]),
        ("SITE_URL", "https://aivh.example/below", ["aivh.E002"]),
        ("SITE_URL", "https://aivh.example", []),
        ("TRUST_PROXY", True, ["aivh.W001"]),
        ("REDIS_URL", "cache.example:6379", ["aivh.E003"]),
        ("REDIS_URL", "rediss://cache.example:6379/0", []),
        ("GS_BUCKET_NAME", "gs://pictures", ["aivh.E006"]),
        ("GS_BUCKET_NAME", "pictures", []),
        ("WANDB_ENTITY", "us", ["aivh.W002"]),
        ("WANDB_REGISTRY", "model", ["aivh.W002"]),
        ("WANDB_REGISTRY", "news/model", ["aivh.W002"]),
        ("WANDB_REGISTRY", "wandb-registry-model", ["aivh.W002", "aivh.E008"]),
        ("WANDB_REGISTRY", "news/model/aivh", ["aivh.W002", "aivh.E008"]),
        ("EMAIL_FROM", "aivh@mail.example", ["aivh.W003"]),
        ("EMAIL_URL", "smtp://mail.example", ["aivh.E009"]),
        ("OIDC_ISSUER", "https://login.example", ["aivh.W004"]),
        ("OIDC_ISSUER", "http://127.0.0.1:9000/realm", ["aivh.W004"]),
        ("OIDC_ISSUER", "http://login.example", ["aivh.W004", "aivh.E010"]),
        ("OIDC_ISSUER", "login.example", ["aivh.W004", "aivh.E010"]),
        ("OIDC_ROLES", {"desk": "Kings"}, ["aivh.E011"]),
        ("OIDC_ROLES", {"desk": "Reviewers"}, []),
        ("SENTRY_DSN", "https://sentry.example/1", ["aivh.E013"]),
        ("SENTRY_DSN", "sentry.example", ["aivh.E013"]),
        ("OTEL_ENDPOINT", "collector:4318", ["aivh.E015"]),
        ("OTEL_ENDPOINT", "http://collector:4318", []),
        ("PREDICT_RATE", "often", ["aivh.E007"]),
        ("PREDICT_RATE", "5/second", []),
    ],
)
def test_each_variable(monkeypatch, name, value, expected):
    monkeypatch.setattr(env, name, value)
    assert found() == expected


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("aivh@mail.example", []),
        ("Picture desk <aivh@mail.example>", []),
        ("nobody", ["aivh.E009"]),
        ("", ["aivh.E009"]),
    ],
)
def test_mail_comes_from_somebody(monkeypatch, sender, expected):
    monkeypatch.setattr(env, "EMAIL_URL", "smtp://mail.example")
    monkeypatch.setattr(env, "EMAIL_FROM", sender)
    assert found() == expected


def test_the_data_folder_must_be_writable(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "not-there"
    assert found() == ["aivh.E001"]


def test_a_database_that_we_never_tested(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.mysql")
    assert found() == ["aivh.E005"]


def test_no_server_for_the_embedded_part(monkeypatch):
    monkeypatch.setattr(valkey.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(valkey.shutil, "which", lambda name: None)
    assert found() == ["aivh.E004"]


def test_a_server_on_the_machine_will_do(monkeypatch):
    monkeypatch.setattr(valkey.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(valkey.shutil, "which", {"redis-server": "/usr/bin/redis-server"}.get)
    assert str(valkey.find_server()) == "/usr/bin/redis-server"


@pytest.mark.parametrize(
    ("name", "value", "sender", "expected", "extra"),
    [
        ("SENTRY_DSN", "https://key@sentry.example/1", sentry, "aivh.E014", "'.[sentry]'"),
        ("OTEL_ENDPOINT", "http://collector:4318", tracing, "aivh.E016", "'.[otel]'"),
    ],
)
def test_a_setting_without_its_package_is_refused(
    monkeypatch, name, value, sender, expected, extra
):
    monkeypatch.setattr(env, name, value)
    monkeypatch.setattr(sender, "installed", lambda: False)
    [message] = checks.run_checks(tags=["environment"])
    assert (message.id, message.is_serious()) == (expected, True)
    assert extra in str(message.hint)
