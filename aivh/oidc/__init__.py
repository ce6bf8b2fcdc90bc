"""Signing in with an organisation's own accounts (OpenID Connect), by django-allauth.

Nothing in here is imported, installed or routed unless ``AIVH_OIDC_ISSUER``,
``AIVH_OIDC_CLIENT_ID`` and ``AIVH_OIDC_CLIENT_SECRET`` are set. The package comes with
``pip install aivh[oidc]``.
"""
