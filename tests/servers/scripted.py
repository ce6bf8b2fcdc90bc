"""A server that answers what a test tells it to, and remembers what it was asked."""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """``hang_up`` answers with nothing at all."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Message
    body: bytes


class Scripted:
    """Gives ``answers`` in their order, then ``default`` for ever.

    A request whose body has the bytes of one of ``special`` is always answered by that.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: deque[Answer] = deque()
        self.default = Answer({})
        self.special: dict[bytes, Answer] = {}
        self.asked: list[Asked] = []

    def will(self, *answers: Answer) -> None:
        self.answers.extend(answers)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        for part, answer in self.special.items():
            if part in asked.body:
                return answer
        return self.answers.popleft() if self.answers else self.default


def problem(status: int, code: str, detail: str = "No.", **headers: str) -> Answer:
    """A refusal as the site words it."""
    body = {"status": status, "code": code, "detail": detail}
    return Answer(body, status, {"Content-Type": PROBLEM, **headers})


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.scripted = Scripted(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.scripted
        server.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        script: Scripted = self.server.scripted
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = script.answer(Asked(self.command, self.path, self.headers, body))
        if answer.hang_up:
            return
        data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        headers = {"Content-Type": "application/json", **answer.headers}
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, *args: object) -> None:
        """Nothing: the tests look at ``asked``."""
