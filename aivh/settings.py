"""Django's settings. What an installation can switch stands in ``aivh/env.py``."""

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from aivh import env, openapi
from aivh.logs.config import config as logs_config

BASE_DIR = env.BASE_DIR
DATA_DIR = env.DATA_DIR
env.make_data_dir()

SECRET_KEY = env.secret_key()
DEBUG = env.DEBUG
HTTPS = env.SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.ALLOWED_HOSTS + ([urlsplit(env.SITE_URL).hostname] if env.SITE_URL else [])
if env.BIND_HOST and env.BIND_HOST not in ("0.0.0.0", "::"):
    ALLOWED_HOSTS.append(env.BIND_HOST)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "aivh.statics.CollectedFiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "csp",
    "classifier",
    "labelling",
    "worker",
    "aivh",
]

MIDDLEWARE = [
    "aivh.logs.requests.LogRequests",
    "aivh.metrics.requests.CountRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "aivh.health.ProbesFirst",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "aivh.uploads.BoundedBodies",
    "aivh.errors.ErrorPages",
]

ROOT_URLCONF = "aivh.urls"
WSGI_APPLICATION = "aivh.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "labelling.pages.context.site",
                "worker.pages.context.vital",
            ],
        },
    },
]

DATABASES = {"default": env.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "labelling.cache.ImpatientCache",
        "LOCATION": env.cache_url(),
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

AUTH_USER_MODEL = "labelling.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
TIME_ZONE = env.TIME_ZONE
USE_I18N = False
USE_TZ = True

# --- files -----------------------------------------------------------------------------------
MEDIA_ROOT = DATA_DIR / "media"
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
# Only the hashed names are served, so only they are compressed: the first start takes half as long.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
_LOCAL_FILES = {"BACKEND": "labelling.storage.WholeFileStorage"}
_GOOGLE_CLOUD: dict[str, Any] = {
    "BACKEND": "storages.backends.gcloud.GoogleCloudStorage",
    "OPTIONS": {
        "bucket_name": env.GS_BUCKET_NAME,
        "default_acl": None,
        "querystring_auth": True,
        "file_overwrite": True,
    },
}
if env.STORAGE_EMULATOR_HOST:  # it knows no credentials, and Google's library insists on some
    from google.auth.credentials import AnonymousCredentials

    nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
    _GOOGLE_CLOUD["OPTIONS"] |= {"credentials": nobody, "project_id": "emulator"}
GOOGLE_CLOUD_OPTIONS = _GOOGLE_CLOUD["OPTIONS"]  # imports read other buckets, as the same person
IMPORT_PREFIXES = env.IMPORT_PREFIXES
IMPORT_FOLDERS = env.IMPORT_FOLDERS
LABEL_STUDIO_URL, LABEL_STUDIO_TOKEN = env.LABEL_STUDIO_URL, env.LABEL_STUDIO_TOKEN
IMPORT_ZIP_BYTES = env.IMPORT_ZIP_MB * 1024 * 1024
# What a training has read from the bucket. Local files are read where they lie.
PICTURE_CACHE = DATA_DIR / "cache" / "pictures"
PICTURE_CACHE_BYTES = env.PICTURE_CACHE_MB * 1024 * 1024
STORAGES = {
    "default": _GOOGLE_CLOUD if env.GS_BUCKET_NAME else _LOCAL_FILES,
    "staticfiles": {"BACKEND": "aivh.statics.HashedStaticFiles"},
}
FILE_UPLOAD_HANDLERS = ["aivh.uploads.BoundedUploadHandler"]
# Room for the fields around the largest picture; the picture's own bound is the detector's.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 100  # in bulk; aivh.uploads has fewer for all other addresses
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1100  # a bulk action names up to 1,000 pictures one by one

# --- the detector ----------------------------------------------------------------------------
REGISTRY_ROOT = DATA_DIR / "registry"
# Bundles are kept beside the pictures, too, where other machines reach those.
BUNDLE_SHELF = f"gs://{env.GS_BUCKET_NAME}" if env.GS_BUCKET_NAME else ""
WANDB = {
    "api_key": env.WANDB_API_KEY,
    "entity": env.WANDB_ENTITY,
    "project": env.WANDB_PROJECT,
    "artifact": env.WANDB_ARTIFACT,
    "registry": env.WANDB_REGISTRY,
    "base_url": env.WANDB_BASE_URL,
}
WANDB_SWEEP_ID, WANDB_SWEEP_METRIC = env.WANDB_SWEEP_ID, env.WANDB_SWEEP_METRIC
WANDB_PICTURES = env.WANDB_PICTURES
AUDIT_SHARE = env.AUDIT_SHARE
RETRAIN_MIN_NEW_LABELS = env.RETRAIN_MIN_NEW_LABELS
SHADOW_PICTURES, SHADOW_MINUTES = env.SHADOW_PICTURES, env.SHADOW_MINUTES
WATCH_HOURS = env.WATCH_HOURS

# --- background work -------------------------------------------------------------------------
CELERY_BROKER_URL = env.broker_url()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "worker.tasks.classify": {"queue": "inference"},
    "worker.tasks.heartbeat": {"queue": "inference"},
    "worker.tasks.predict_anew": {"queue": "inference"},
    "worker.tasks.requeue": {"queue": "inference"},
    "worker.tasks.shadow": {"queue": "inference"},
    "worker.tasks.retrain": {"queue": "training"},
    "worker.tasks.run_job": {"queue": "jobs"},
    "worker.tasks.discard_leftovers": {"queue": "jobs"},  # which can take long, as a bucket can
}
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    # Whoever hands a picture in must not wait for a dead broker: kombu would try for six seconds,
    # and for forty where it hangs. It tries twice, so each of these counts double.
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    # The workers' own connections have a policy of their own and come back by themselves.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# --- security --------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(health/(live|ready)|metrics)$"]  # machines ask the bare process
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
CSRF_TRUSTED_ORIGINS = [env.SITE_URL] if env.SITE_URL else []
if env.TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

METRICS_TOKEN, METRICS_NETWORKS = env.METRICS_TOKEN, env.METRICS_NETWORKS
TRUST_PROXY = env.TRUST_PROXY

# --- accounts --------------------------------------------------------------------------------
SITE_URL = env.SITE_URL
PASSWORD_RESET_TIMEOUT = 24 * 3600
SENDS_MAIL = bool(env.EMAIL_URL)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.EMAIL_FROM or "aivh@localhost"
globals().update(env.email())
ALERT_EMAILS = env.ALERT_EMAILS
ALERT_WEBHOOK_URL, ALERT_WEBHOOK_SECRET = env.ALERT_WEBHOOK_URL, env.ALERT_WEBHOOK_SECRET
ALERT_SLACK_URL = env.ALERT_SLACK_URL
WEBHOOK_NETWORKS = env.WEBHOOK_NETWORKS
WEEKLY_MAIL = env.WEEKLY_MAIL
OIDC_NAME = env.OIDC_NAME if env.oidc() else ""
if env.oidc():
    from aivh.oidc import settings as oidc_settings

    INSTALLED_APPS += oidc_settings.APPS
    MIDDLEWARE += oidc_settings.MIDDLEWARE
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append(oidc_settings.ORIGIN)
    globals().update(oidc_settings.ALLAUTH)

# --- the API ---------------------------------------------------------------------------------
OPEN_PREDICT = env.open_predict()
ONLY_THIS_MACHINE = env.only_this_machine()
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "labelling.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "labelling.api.access.TokenHasScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "labelling.api.parsers.ShallowJSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "EXCEPTION_HANDLER": "aivh.errors.api_exception_handler",
    "DEFAULT_THROTTLE_RATES": {"predict": env.PREDICT_RATE},
    "NUM_PROXIES": 1 if env.TRUST_PROXY else 0,
    "DEFAULT_SCHEMA_CLASS": "labelling.api.schema.ApiSchema",
}
SPECTACULAR_SETTINGS = openapi.SETTINGS
# Requests a minute by all tokens of one person.
API_RATES = env.API_RATES

LOGGING = logs_config(form=env.LOG_FORMAT, level=env.LOG_LEVEL)
