"""What the web server runs."""

import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aivh.settings")
_site = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request. A content type that nobody can read is none, and refused as none is."""
    try:
        parse_header_parameters(environ.get("CONTENT_TYPE", ""))
    except (TypeError, ValueError):  # the standard library's, for a parameter in pieces
        environ["CONTENT_TYPE"] = ""
    return _site(environ, start_response)
