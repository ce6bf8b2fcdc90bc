"""Requests to one site, sent again where that is safe."""

import threading
from importlib.metadata import PackageNotFoundError, version
from typing import Any, BinaryIO

import requests
from requests import PreparedRequest, RequestException, Response

from aivh_client.account import Account
from aivh_client.answers import body_of, failure, may_be_tried_again, refusal, retry_after
from aivh_client.errors import Unreachable
from aivh_client.pace import Pace, Tries

PATIENCE = 300.0  # seconds for which a server may be away
CONNECTING, ANSWERING = 10.0, 90.0  # seconds; more than the 30 for which a request may wait
A_MINUTE = 60.0  # throttles count by the minute
PIECE = 1 << 20  # bytes
TOO_MANY, BROKEN = 429, 500
ME = "/api/v1/me/"  # the least that a site can be asked


def client_version() -> str:
    try:
        return version("aivh")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


class Connection:
    """A site as one account sees it. Several threads may use it at once.

    ``patience`` is for how many seconds a request is tried again while the server is away or
    fails. Where it asks to wait (429), all wait as long as it says and then go on. A request at
    which it breaks (500) for so long, or for PATIENCE, and once more after it has done another,
    is given up by itself; by 502, 503 and 504 it is away.
    """

    def __init__(self, account: Account, *, patience: float = PATIENCE) -> None:
        self.address = account.address
        self.pace = Pace()
        self._token, self._patience = account.token, patience
        self._local = threading.local()

    def get(self, path: str, **query: str) -> Any:
        """The JSON that stands there."""
        return body_of(self.ask("GET", path, params=query))

    def post(self, path: str, *, key: str, **parts: Any) -> Any:
        """Send something once, however often it has to be tried: ``key`` tells the server so."""
        return body_of(self.ask("POST", path, headers={"Idempotency-Key": key}, **parts))

    def fetch(self, path: str, into: BinaryIO) -> int:
        """Write the file that stands there into ``into``; return its bytes."""
        written = 0
        with self.ask("GET", path, stream=True) as response:
            try:
                for piece in response.iter_content(PIECE):
                    written += into.write(piece)
            except RequestException as error:
                raise Unreachable(f"The file broke off: {error}") from error
        return written

    def ask(self, method: str, path: str, **parts: Any) -> Response:
        """An answer that is none of refusal. Raises ClientError."""
        tries = Tries(self.pace, self._patience)
        while True:
            self.pace.wait_for_turn()
            try:
                response = self._send(method, path, **parts)
            except RequestException as error:
                tries.again(Unreachable(f"{self.address} does not answer: {_short(error)}"))
                continue
            if response.ok and not response.is_redirect:
                return response
            if response.status_code == TOO_MANY and self._patience:
                self.pace.hold(retry_after(response, otherwise=A_MINUTE))
            elif may_be_tried_again(response):
                self._try_later(response, tries)
            else:
                raise refusal(response)

    def _try_later(self, response: Response, tries: Tries) -> None:
        """Now where the server does others, as it may have come back this moment."""
        if response.status_code == BROKEN and 0 < min(self._patience, PATIENCE) <= tries.lasted():
            if tries.others_are_done:
                raise failure(response)
            tries.others_are_done = self._does_others()
            if tries.others_are_done:
                return
        tries.again(refusal(response), after=retry_after(response))

    def _does_others(self) -> bool:
        try:
            return self._send("GET", ME).status_code < BROKEN
        except RequestException:
            return False

    def _send(self, method: str, path: str, **parts: Any) -> Response:
        timeout = (CONNECTING, ANSWERING)
        return self._session().request(
            method, self.address + path, timeout=timeout, allow_redirects=False, **parts
        )

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.auth = self._sign  # or a .netrc would sign in its own way
            self._local.session.headers["User-Agent"] = f"aivh-client/{client_version()}"
        session: requests.Session = self._local.session
        return session

    def _sign(self, request: PreparedRequest) -> PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _short(error: RequestException) -> str:
    """The innermost reason, without the names of classes around it."""
    reason: Any = error
    while reason.args and isinstance(reason.args[0], Exception):
        reason = reason.args[0]
    return str(getattr(reason, "reason", reason))
