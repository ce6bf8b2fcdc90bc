"""Reading a picture from the one Label Studio that may be asked."""

import time
from urllib.parse import urlsplit

import requests

from classifier.detector.decoding import MAX_BYTES
from classifier.errors import AivhError, PictureRefused

CONNECTING, SILENCE, LONGEST = 3.05, 10.0, 20.0  # seconds; the last for all of a picture
PIECE = 1 << 16  # bytes
SILENT = "Label Studio does not answer in time, so this picture could not be read. Try again later."


def fetch_picture(path: str, *, label_studio: str, token: str) -> bytes:
    """The bytes at ``path`` on the host of ``label_studio``; never of anywhere it leads on to.

    Raises PictureRefused, and AivhError where it does not answer.
    """
    host = urlsplit(label_studio)
    with requests.Session() as session:
        session.trust_env = False  # no proxy and no .netrc steps between
        session.headers["Authorization"] = f"Token {token}"
        try:
            answer = session.get(
                f"{host.scheme}://{host.netloc}{path}",
                timeout=(CONNECTING, SILENCE),
                allow_redirects=False,
                stream=True,
            )
            if answer.status_code != requests.codes.ok:
                raise PictureRefused(f"Label Studio gives no picture there ({answer.status_code}).")
            return _bounded(answer, time.monotonic() + LONGEST)
        except requests.RequestException as error:
            raise AivhError(SILENT, code="storage_unavailable") from error


def _bounded(answer: requests.Response, end: float) -> bytes:
    data = bytearray()
    for piece in answer.iter_content(PIECE):
        data += piece
        if len(data) > MAX_BYTES:
            raise PictureRefused("This file is larger than 20 MB.", code="too_large")
        if time.monotonic() > end:
            raise AivhError(SILENT, code="storage_unavailable")
    return bytes(data)
