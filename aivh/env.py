"""The only reader of the environment: every switch of the site, its type and its default.

Values come from the process environment, from ``NAME_FILE`` (a file that holds the value, for
secrets) or from ``.env`` in the project's root (another file by ``AIVH_ENV_FILE``); a value that
does not parse stops the start.
"""

import ipaddress
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from aivh.switches import (
    Network,
    addresses,
    choice,
    count,
    env,
    folders,
    fraction,
    networks,
    pairs,
    places,
    switch,
    time_zone,
    web_address,
)

BASE_DIR = Path(__file__).resolve().parent.parent

environ.Env.read_env(os.environ.get("AIVH_ENV_FILE", BASE_DIR / ".env"))

DATA_DIR = Path(env.str("AIVH_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()

# Each of these replaces one embedded part by the real service.
REDIS_URL: str = env.str("REDIS_URL", default="")
DATABASE_URL: str = env.str("DATABASE_URL", default="")
GS_BUCKET_NAME: str = env.str("GS_BUCKET_NAME", default="")
STORAGE_EMULATOR_HOST: str = env.str("STORAGE_EMULATOR_HOST", default="")
WANDB_API_KEY: str = env.str("WANDB_API_KEY", default="")
WANDB_ENTITY: str = env.str("WANDB_ENTITY", default="")
WANDB_PROJECT: str = env.str("WANDB_PROJECT", default="aivh")
WANDB_ARTIFACT: str = env.str("WANDB_ARTIFACT", default="ai_vs_human_model")
WANDB_REGISTRY: str = env.str("WANDB_REGISTRY", default="")
WANDB_SWEEP_ID: str = env.str("WANDB_SWEEP_ID", default="")
WANDB_SWEEP_METRIC: str = env.str("WANDB_SWEEP_METRIC", default="train/epoch_acc")
WANDB_PICTURES: int = count("AIVH_WANDB_PICTURES", default=8, least=0)
WANDB_BASE_URL: str = env.str("WANDB_BASE_URL", default="")

# Mail, and an organisation's own sign-in. Without them links are handed over, and names are used.
EMAIL_URL: str = env.str("AIVH_EMAIL_URL", default="")
EMAIL_FROM: str = env.str("AIVH_EMAIL_FROM", default="")
OIDC_ISSUER: str = env.str("AIVH_OIDC_ISSUER", default="").rstrip("/")
OIDC_CLIENT_ID: str = env.str("AIVH_OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET: str = env.str("AIVH_OIDC_CLIENT_SECRET", default="")
OIDC_NAME: str = env.str("AIVH_OIDC_NAME", default="") or "your organisation"
OIDC_ROLES_CLAIM: str = env.str("AIVH_OIDC_ROLES_CLAIM", default="")
OIDC_ROLES: dict[str, str] = pairs("AIVH_OIDC_ROLES")

# Where alerts go, besides their page (docs/alerts.md).
ALERT_EMAILS: list[str] = addresses("AIVH_ALERT_EMAILS")
ALERT_WEBHOOK_URL: str = web_address("AIVH_ALERT_WEBHOOK_URL")
ALERT_WEBHOOK_SECRET: str = env.str("AIVH_ALERT_WEBHOOK_SECRET", default="")
ALERT_SLACK_URL: str = web_address("AIVH_ALERT_SLACK_URL")
# Beyond the public internet, where webhooks that people make may lead (docs/webhooks.md).
WEBHOOK_NETWORKS: list[Network] = networks("AIVH_WEBHOOK_NETWORKS")
WEEKLY_MAIL: bool = switch("AIVH_WEEKLY_MAIL", default=True)

DEBUG: bool = switch("AIVH_DEBUG", default=False)
SITE_URL: str = env.str("AIVH_SITE_URL", default="").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list(
    "AIVH_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"]
)
BIND_HOST: str = env.str("AIVH_BIND_HOST", default="")
TRUST_PROXY: bool = switch("AIVH_TRUST_PROXY", default=False)
METRICS_TOKEN: str = env.str("AIVH_METRICS_TOKEN", default="")
METRICS_NETWORKS: list[Network] = networks("AIVH_METRICS_NETWORKS", default="127.0.0.0/8, ::1")
TIME_ZONE: str = time_zone("AIVH_TIME_ZONE", default="UTC")
LOG_LEVEL: str = choice("AIVH_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")
LOG_FORMAT: str = choice("AIVH_LOG_FORMAT", ("AUTO", "JSON", "TEXT"), default="AUTO").lower()
SENTRY_DSN: str = env.str("SENTRY_DSN", default="")
OTEL_ENDPOINT: str = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
API_RATES: dict[str, int] = {
    "read": count("AIVH_RATE_READ", default=1200),
    "upload": count("AIVH_RATE_UPLOAD", default=600),
    "review": count("AIVH_RATE_REVIEW", default=600),
    "administer": count("AIVH_RATE_ADMINISTER", default=120),
}
PREDICT_RATE: str = env.str("AIVH_PREDICT_RATE", default="30/min")
AUDIT_SHARE: float = fraction("AIVH_AUDIT_SHARE", default=0.10)
PICTURE_CACHE_MB: int = count("AIVH_PICTURE_CACHE_MB", default=5000)
IMPORT_PREFIXES: list[str] = places("AIVH_IMPORT_PREFIXES")
IMPORT_FOLDERS: list[Path] = folders("AIVH_IMPORT_FOLDERS")
LABEL_STUDIO_URL: str = web_address("AIVH_LABEL_STUDIO_URL")
LABEL_STUDIO_TOKEN: str = env.str("AIVH_LABEL_STUDIO_TOKEN", default="")
IMPORT_ZIP_MB: int = count("AIVH_IMPORT_ZIP_MB", default=500)
RETRAIN_MIN_NEW_LABELS: int = count("AIVH_RETRAIN_MIN_NEW_LABELS", default=20)
SHADOW_PICTURES: int = count("AIVH_SHADOW_PICTURES", default=200, least=0)
SHADOW_MINUTES: int = count("AIVH_SHADOW_MINUTES", default=1, least=0)
WATCH_HOURS: int = count("AIVH_WATCH_HOURS", default=24, least=0)
INFERENCE_PROCESSES: int = count("AIVH_INFERENCE_PROCESSES", default=1)


def redis_socket(data_dir: Path = DATA_DIR) -> Path:
    """The embedded server's unix socket.

    A socket's path may hold about 100 bytes, so one in a deep data folder is moved to /tmp under
    a name made from the folder's own.
    """
    inside = data_dir / "valkey" / "valkey.sock"
    if len(str(inside)) < 100:
        return inside
    name = sha256(str(data_dir).encode()).hexdigest()[:16]
    return Path(f"/tmp/aivh-{os.getuid()}-{name}") / "valkey.sock"


def broker_url() -> str:
    """Where Celery finds its broker, in kombu's spelling."""
    return REDIS_URL or f"redis+socket://{redis_socket()}?virtual_host=0"


def cache_url() -> str:
    """Where Django's cache finds the same server, in redis-py's spelling."""
    return REDIS_URL or f"unix://{redis_socket()}?db=1"


def database() -> dict[str, Any]:
    """Django's ``DATABASES['default']``: Postgres by ``DATABASE_URL``, else SQLite."""
    if DATABASE_URL:
        parsed: dict[str, Any] = env.db_url_config(DATABASE_URL)
        # A socket's folder comes percent-encoded, as in postgres://me@%2Frun%2Fpostgresql/aivh.
        parsed["HOST"] = unquote(parsed["HOST"])
        parsed.setdefault("CONN_MAX_AGE", 60)
        parsed["CONN_HEALTH_CHECKS"] = True
        return parsed
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "aivh.sqlite3",
        # In memory, Django's default for tests, two threads do not wait for each other at all.
        "TEST": {"NAME": DATA_DIR / "tests.sqlite3"},
        "OPTIONS": {
            # A writer takes the lock when its transaction begins, so that two writers wait for
            # each other instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                "PRAGMA busy_timeout=20000; PRAGMA foreign_keys=ON;"
            ),
        },
    }


def email() -> dict[str, Any]:
    """Django's settings for mail, as ``AIVH_EMAIL_URL`` spells them; empty where none is sent."""
    if not EMAIL_URL:
        return {}
    try:
        parsed: dict[str, Any] = env.email_url_config(EMAIL_URL)
    except (ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(
            "AIVH_EMAIL_URL must be as in smtp+tls://name:password@mail.example:587."
        ) from error
    port = 465 if "EMAIL_USE_SSL" in parsed else 587 if "EMAIL_USE_TLS" in parsed else 25
    return parsed | {"EMAIL_PORT": parsed["EMAIL_PORT"] or port, "EMAIL_TIMEOUT": 10}


def oidc() -> bool:
    """Whether people may sign in with the accounts of their organisation."""
    return bool(OIDC_ISSUER and OIDC_CLIENT_ID and OIDC_CLIENT_SECRET)


def make_data_dir() -> None:
    """Make the data folder for its owner alone: pictures, sessions and tokens lie in it.

    One that is there already keeps the rights that somebody gave it.
    """
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)


def secret_key() -> str:
    """``AIVH_SECRET_KEY``, or a random one that is made once and kept in the data folder."""
    given: str = env.str("AIVH_SECRET_KEY", default="")
    if given:
        return given
    path = DATA_DIR / "secret_key"
    if not path.exists():
        make_data_dir()
        _write_unless_there(path, secrets.token_urlsafe(64))
    return path.read_text()


def _write_unless_there(path: Path, text: str) -> None:
    """Whole, for the owner alone: another process reads all of it, or makes it itself."""
    with NamedTemporaryFile("w", dir=path.parent) as file:  # 0600, as the module promises
        file.write(text)
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server bound to ``host``. Unknown names are not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def only_this_machine() -> bool:
    """Whether nobody but this machine can reach the site.

    It is then bound to loopback and not behind a proxy that carries it outside, which would show
    by the names under which the site answers.
    """
    names = [*ALLOWED_HOSTS, *([urlsplit(SITE_URL).hostname or ""] if SITE_URL else [])]
    return is_loopback(BIND_HOST) and all(map(is_loopback, names)) and not TRUST_PROXY


def open_predict() -> bool:
    """Whether strangers may use ``POST /predict``; by default only those on this machine."""
    return switch("AIVH_OPEN_PREDICT", default=only_this_machine())


def child_environment(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment of a part that ``manage.py up`` starts.

    Its lines come out at once, and its data folder is ours wherever it is started.
    """
    ours = {"PYTHONUNBUFFERED": "1", "AIVH_DATA_DIR": str(DATA_DIR)}
    return os.environ | ours | dict(additions)


def lone_environment(data_dir: Path, additions: Mapping[str, str]) -> dict[str, str]:
    """The environment of another site, all embedded, that lives and dies in ``data_dir``.

    None of our switches, services and secrets goes with it. What it draws by chance under its own
    secret comes out the same each time.
    """
    ours = (
        *("AIVH_", "WANDB_", "GS_", "SENTRY_", "OTEL_"),
        *("DATABASE_URL", "REDIS_URL", "STORAGE_EMULATOR_HOST"),
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    alone = {
        "AIVH_ENV_FILE": os.devnull,
        "AIVH_DATA_DIR": str(data_dir),
        "AIVH_SECRET_KEY": "of a site that nobody else can reach, and that is gone in the end",
        "PYTHONUNBUFFERED": "1",
    }
    return kept | alone | dict(additions)
