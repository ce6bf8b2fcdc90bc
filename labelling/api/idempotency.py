"""``Idempotency-Key``: the same request again gets the same answer and does nothing more."""

import json
import time
from collections.abc import Callable, Iterator
from functools import wraps
from hashlib import sha256
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.errors import Conflict, InvalidRequest
from labelling.models import ApiToken, KeptAnswer, User
from labelling.services.kept_answers import (
    claim_answer,
    drop_claim,
    keep_answer,
    refused_meanwhile,
)

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
PATIENCE, PAUSE = 2.0, 0.05  # seconds for the first one to answer, and between two looks
KEPT_HEADERS = ("Location",)

View = Callable[..., Response]


def idempotent(view: View) -> View:
    """Let a method of an ApiView be sent again safely. What was refused may be tried again."""

    @wraps(view)
    def once(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None or not isinstance(request.user, User):
            return view(self, request, *args, **kwargs)
        row, ours = claim_answer(
            owner=request.user, key=_checked(key), request_digest=_digest(request)
        )
        if not ours:
            return _again(row)
        try:
            response = view(self, request, *args, **kwargs)
        except BaseException:
            drop_claim(row=row)
            raise
        _keep(row, response)
        return response

    once.idempotent = True  # type: ignore[attr-defined]
    return once


def _checked(key: str) -> str:
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise InvalidRequest(f"{HEADER} takes 1 to {LONGEST_KEY} printable ASCII characters.")
    return key


def _digest(request: Request) -> str:
    """Of what is asked and what the token is for, whatever boundary its form has this time.

    An answer is kept with what it may tell: to a token for less it is another request's.
    """
    scopes = request.auth.scopes if isinstance(request.auth, ApiToken) else []
    digest = sha256(f"{request.method} {request.get_full_path()} {sorted(scopes)}\n".encode())
    for part in _parts(request):
        digest.update(sha256(part).digest())
    return digest.hexdigest()


def _parts(request: Request) -> Iterator[bytes]:
    files = request.FILES
    fields: Any = request.data
    if files:
        fields = {name: value for name, value in fields.items() if name not in files}
    yield json.dumps(fields, sort_keys=True, default=str).encode()
    for name in sorted(files):
        for file in files.getlist(name):
            yield f"{name}\n{file.name}".encode()
            yield _content(file)


def _content(file: "UploadedFile[Any]") -> bytes:
    """The sha256 of a file that may be larger than what one would hold in memory."""
    digest = sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.digest()


def _keep(row: KeptAnswer, response: Response) -> None:
    body = json.loads(JSONRenderer().render(response.data) or b"null")
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    keep_answer(row=row, status=response.status_code, body=body, headers=headers)


def _again(row: KeptAnswer) -> Response:
    """The kept answer. Raises Conflict where the first one has not answered after a moment."""
    end = time.monotonic() + PATIENCE
    while row.status is None and time.monotonic() < end:
        time.sleep(PAUSE)
        row = KeptAnswer.objects.filter(pk=row.pk).first() or refused_meanwhile()
    if row.status is None:
        raise Conflict("The first of these requests is still at work.", code="still_answering")
    return Response(
        row.body, status=row.status, headers={**row.headers, "Idempotent-Replayed": "true"}
    )
