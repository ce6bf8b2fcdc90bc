"""What can be wrong with the environment, found when the site starts rather than when it is used.

Only what can be told without the network: a bucket or a broker that is away now may be back soon.
"""

import os
import re
from collections.abc import Iterator, Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from rest_framework.throttling import SimpleRateThrottle

from aivh import env
from aivh.logs import sentry, tracing
from aivh.supervisor.valkey import ServerMissing, find_server
from labelling.permissions import ROLES
from worker.signing import signature

REGISTRY_NAME = re.compile(r"|([^/:]+/)?(?!wandb-registry-)[^/:]+")


@register("environment")
def check_environment(
    app_configs: Sequence[AppConfig] | None = None, **_: Any
) -> list[CheckMessage]:
    """Every finding names the variable and says what to write instead."""
    return [
        *data_dir(),
        *site_url(),
        *redis(),
        *database(),
        *bucket(),
        *wandb(),
        *predict_rate(),
        *mail(),
        *oidc(),
        *alerts(),
        *sentry_dsn(),
        *traces(),
    ]


def data_dir() -> Iterator[CheckMessage]:
    if not os.access(settings.DATA_DIR, os.W_OK | os.X_OK):
        yield Error(
            f"The site may not write to {settings.DATA_DIR}.",
            hint="Give the folder to the user who runs the site, or set AIVH_DATA_DIR.",
            id="aivh.E001",
        )


def site_url() -> Iterator[CheckMessage]:
    parts = urlsplit(env.SITE_URL)
    if env.SITE_URL and not (
        parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/")
    ):
        yield Error(
            f"AIVH_SITE_URL is not the address of a site: {env.SITE_URL}",
            hint="Write it as https://aivh.example, without a path.",
            id="aivh.E002",
        )
    if env.TRUST_PROXY and not env.SITE_URL:
        yield Warning(
            "AIVH_TRUST_PROXY is set, but not AIVH_SITE_URL.",
            hint="Set AIVH_SITE_URL to the address that people see, or links will be wrong.",
            id="aivh.W001",
        )


def redis() -> Iterator[CheckMessage]:
    if env.REDIS_URL:
        if urlsplit(env.REDIS_URL).scheme not in ("redis", "rediss"):
            yield Error(
                "REDIS_URL is not the address of a Redis server.",
                hint="Write it as redis://host:6379/0, or rediss:// for TLS.",
                id="aivh.E003",
            )
        return
    try:
        find_server()
    except ServerMissing as error:
        yield Error(error.message, id="aivh.E004")


def database() -> Iterator[CheckMessage]:
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
        yield Error(
            f"DATABASE_URL names {engine}, which the site was never tested with.",
            hint="Write it as postgres://name:password@host:5432/database.",
            id="aivh.E005",
        )


def bucket() -> Iterator[CheckMessage]:
    if "/" in env.GS_BUCKET_NAME or ":" in env.GS_BUCKET_NAME:
        yield Error(
            f"GS_BUCKET_NAME is a bucket's bare name, not {env.GS_BUCKET_NAME}.",
            hint="Leave out gs:// and everything behind the name.",
            id="aivh.E006",
        )


def wandb() -> Iterator[CheckMessage]:
    named = (env.WANDB_ENTITY, env.WANDB_BASE_URL, env.WANDB_REGISTRY)
    if any(named) and not env.WANDB_API_KEY:
        yield Warning(
            "Weights & Biases is half configured: WANDB_API_KEY is not set.",
            hint="Set it to keep bundles there; without it they are kept in the data folder.",
            id="aivh.W002",
        )
    if not REGISTRY_NAME.fullmatch(env.WANDB_REGISTRY):
        yield Error(
            f"WANDB_REGISTRY is not the name of a registry: {env.WANDB_REGISTRY}",
            hint="Write its name alone, as model, or with its organisation, as news/model.",
            id="aivh.E008",
        )


def predict_rate() -> Iterator[CheckMessage]:
    try:
        SimpleRateThrottle.parse_rate(None, env.PREDICT_RATE)  # type: ignore[arg-type]
    except (ValueError, KeyError, IndexError):
        yield Error(
            f"AIVH_PREDICT_RATE is not a rate: {env.PREDICT_RATE}",
            hint="Write it as 30/min, 1000/hour or 5/second.",
            id="aivh.E007",
        )


def mail() -> Iterator[CheckMessage]:
    if env.EMAIL_FROM and not env.EMAIL_URL:
        yield Warning(
            "AIVH_EMAIL_FROM is set, but not AIVH_EMAIL_URL, so no mail is sent.",
            hint="Write it as smtp+tls://name:password@mail.example:587.",
            id="aivh.W003",
        )
    try:
        if env.EMAIL_URL:
            validate_email(parseaddr(env.EMAIL_FROM)[1])
    except ValidationError:
        yield Error(
            "AIVH_EMAIL_URL is set, but AIVH_EMAIL_FROM is no address that mail can come from.",
            hint="Write it as aivh@mail.example, or as “Picture desk <aivh@mail.example>”.",
            id="aivh.E009",
        )


def oidc() -> Iterator[CheckMessage]:
    given = (env.OIDC_ISSUER, env.OIDC_CLIENT_ID, env.OIDC_CLIENT_SECRET)
    if any(given) and not all(given):
        yield Warning(
            "The organisation's sign-in is half configured, so it is off.",
            hint="Set AIVH_OIDC_ISSUER, AIVH_OIDC_CLIENT_ID and AIVH_OIDC_CLIENT_SECRET.",
            id="aivh.W004",
        )
    parts = urlsplit(env.OIDC_ISSUER)
    safe = parts.scheme == "https" or (
        parts.scheme == "http" and env.is_loopback(parts.hostname or "")
    )
    if env.OIDC_ISSUER and not (safe and parts.hostname):
        yield Error(
            f"AIVH_OIDC_ISSUER is not an address that can be believed: {env.OIDC_ISSUER}",
            hint="Write it as https://login.example, as its discovery document spells it.",
            id="aivh.E010",
        )
    unknown = sorted(set(env.OIDC_ROLES.values()) - set(ROLES))
    if unknown:
        yield Error(
            f"AIVH_OIDC_ROLES names roles that there are not: {', '.join(unknown)}",
            hint=f"The roles are {', '.join(ROLES)}.",
            id="aivh.E011",
        )


def alerts() -> Iterator[CheckMessage]:
    if env.ALERT_EMAILS and not env.EMAIL_URL:
        yield Warning(
            "AIVH_ALERT_EMAILS is set, but not AIVH_EMAIL_URL, so no alert is mailed.",
            hint="Set AIVH_EMAIL_URL and AIVH_EMAIL_FROM, too.",
            id="aivh.W005",
        )
    if env.ALERT_WEBHOOK_SECRET and not env.ALERT_WEBHOOK_URL:
        yield Warning(
            "AIVH_ALERT_WEBHOOK_SECRET is set, but not AIVH_ALERT_WEBHOOK_URL.",
            hint="Set the address, too; the secret signs what is sent there.",
            id="aivh.W006",
        )
    if not _can_sign(env.ALERT_WEBHOOK_SECRET):
        yield Error(
            "AIVH_ALERT_WEBHOOK_SECRET begins with whsec_ and is no base64 behind it.",
            hint="Copy it whole, or choose any other text.",
            id="aivh.E012",
        )


def _can_sign(secret: str) -> bool:
    try:
        signature(secret, "", 0, b"")
    except ValueError:
        return False
    return True


def sentry_dsn() -> Iterator[CheckMessage]:
    if not env.SENTRY_DSN:
        return
    parts = urlsplit(env.SENTRY_DSN)
    if not (parts.scheme in ("http", "https") and parts.username and parts.path.strip("/")):
        yield Error(
            "SENTRY_DSN is not the address of a project in Sentry.",
            hint="Copy it from the project's settings; it looks like https://key@sentry.example/1.",
            id="aivh.E013",
        )
    if not sentry.installed():
        yield Error(
            "SENTRY_DSN is set, but the package that sends errors there is not installed.",
            hint="pip install --constraint constraints.txt --editable '.[sentry]'",
            id="aivh.E014",
        )


def traces() -> Iterator[CheckMessage]:
    if not env.OTEL_ENDPOINT:
        return
    parts = urlsplit(env.OTEL_ENDPOINT)
    if not (parts.scheme in ("http", "https") and parts.hostname):
        yield Error(
            "OTEL_EXPORTER_OTLP_ENDPOINT is not the address of a collector.",
            hint="Write it as http://collector:4318; traces go there by OTLP over HTTP.",
            id="aivh.E015",
        )
    if not tracing.installed():
        yield Error(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the packages that send traces are missing.",
            hint="pip install --constraint constraints.txt --editable '.[otel]'",
            id="aivh.E016",
        )
