"""Errors to Sentry, where ``SENTRY_DSN`` says which. Without it nothing is imported."""

from importlib.util import find_spec
from typing import Any

from aivh import env
from aivh.logs.context import subjects_for_others
from aivh.logs.redaction import scrubbed

# What says who somebody is or what they sent.
LEFT_OUT = ("request", "user", "extra", "breadcrumbs", "server_name")


def installed() -> bool:
    """Whether the extra ``sentry`` is."""
    return find_spec("sentry_sdk") is not None


def start() -> None:
    """Send errors, with tracebacks but without variables, bodies, addresses and people."""
    if not env.SENTRY_DSN or not installed():
        return
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=env.SENTRY_DSN,
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(transaction_style="url"), CeleryIntegration()],
        before_send=discreet,
    )


def discreet(event: Any, hint: Any) -> Any:
    """``before_send``: the error in safe words, with the ids that its line in the log has."""
    kept = {name: value for name, value in event.items() if name not in LEFT_OUT}
    return {**scrubbed(kept), "tags": subjects_for_others()}
