"""A small server that speaks the part of the Weights & Biases protocol that our registry needs.

It keeps everything in memory, listens on loopback, answers the real pinned client (its Python half
and its wandb-core half alike) and can be told to be slow, broken or dishonest. Names and shapes
are those that client 0.31.0 asks for; a field which it asks for and we do not have is an error.
"""

import base64
import gzip
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from tests.servers.graphql import GraphQLError, execute, parse
from tests.servers.wandb_mutations import Mutations
from tests.servers.wandb_queries import ENTITY, Queries
from tests.servers.wandb_records import Json, Records

__all__ = ["API_KEY", "ENTITY", "WandbServer"]

API_KEY = "0123456789abcdef0123456789abcdef01234567"
Spoil = Callable[[str, bytes], bytes]


class WandbServer:
    """Start with ``with WandbServer() as server:`` and point WANDB_BASE_URL at ``server.url``.

    ``operations`` lists the GraphQL operations asked, ``served_files`` the names of the files
    downloaded, ``problems`` everything that the server could not answer as a real one would.
    """

    def __init__(self) -> None:
        self.http = _HTTPServer(("127.0.0.1", 0), _Handler)
        self.http.wandb = self
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.records = Records(self.url)
        queries = Queries(self.records)
        mutations = Mutations(self.records, queries)
        self.schema: dict[str, Queries | Mutations] = {"query": queries, "mutation": mutations}
        self.lock = threading.RLock()
        self.operations: list[str] = []
        self.problems: list[str] = []
        self.served_files: list[str] = []
        self.delay = 0.0
        self.status: int | None = None
        self.only = ""
        self.spoil: Spoil | None = None

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    @contextmanager
    def trouble(
        self,
        *,
        delay: float = 0.0,
        status: int | None = None,
        only: str = "",
        spoil: Spoil | None = None,
    ) -> Iterator[None]:
        """Be slow, answer with a status, or change the files that are downloaded.

        ``only`` names the GraphQL operation that gets the status; without it everything does.
        """
        self.delay, self.status, self.only, self.spoil = delay, status, only, spoil
        try:
            yield
        finally:
            self.delay, self.status, self.only, self.spoil = 0.0, None, "", None

    def answer(self, request: Json) -> Json:
        """One GraphQL request to one answer."""
        try:
            document = parse(request["query"])
            with self.lock:
                self.operations.append(document.operation)
                root = self.schema[document.kind].root()
                data = execute(document, request.get("variables") or {}, root)
        except (GraphQLError, KeyError, TypeError) as error:
            self.problems.append(f"{type(error).__name__}: {error} in {request.get('query')}")
            return {"data": None, "errors": [{"message": str(error)}]}
        return {"data": data}

    def stream(self, project: str, run_name: str, message: Json) -> None:
        """Take one file_stream message: log lines, history, or that the run is over."""
        run = self.records.runs[project, run_name]
        run.streamed.append(message)
        if message.get("complete"):
            run.state = "finished" if message.get("exitcode") == 0 else "failed"

    def store(self, key: str, body: bytes) -> int:
        """Take an upload; refuse a body that is not what was declared. Returns an HTTP status."""
        file = self.records.files.get(key)
        if file is None:
            return 404
        if not file.accepts(body):
            self.problems.append(f"{file.name} came with another md5 than declared")
            return 400
        file.body = body
        return 200

    def fetch(self, key: str) -> bytes | None:
        """The body of an uploaded file."""
        file = self.records.files.get(key)
        if file is None or file.body is None:
            return None
        self.served_files.append(file.name)
        return self.spoil(file.name, file.body) if self.spoil else file.body


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # a client that finds no room tries again after a second
    wandb: WandbServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that hung up; keep everything else for the test to read."""
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            self.wandb.problems.append(f"{type(error).__name__}: {error}")


class _Handler(BaseHTTPRequestHandler):
    server: _HTTPServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body would wait 40 ms for word of the headers

    def do_POST(self) -> None:
        body = self._body()
        if self._in_trouble(body):
            return
        if not self._allowed():
            self._reply(401, {"error": "user is not logged in"})
        elif self.path == "/graphql":
            self._reply(200, self.server.wandb.answer(json.loads(body)))
        elif self.path.endswith("/file_stream"):
            *_, project, run, _ = self.path.split("/")
            self.server.wandb.stream(project, run, json.loads(body))
            self._reply(200, {"exitcode": None, "limits": {}})
        else:
            self._unknown()

    def do_PUT(self) -> None:
        body = self._body()
        if not self._in_trouble():
            self._reply(self.server.wandb.store(self.path.rpartition("/")[2], body), {})

    def do_GET(self) -> None:
        if self._in_trouble():
            return
        body = self.server.wandb.fetch(self.path.rpartition("/")[2])
        if body is None:
            self._unknown()
        else:
            self._send(200, body, "application/octet-stream")

    def _allowed(self) -> bool:
        expected = base64.b64encode(f"api:{API_KEY}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def _in_trouble(self, body: bytes = b"") -> bool:
        server = self.server.wandb
        time.sleep(server.delay)
        if server.status is None or server.only.encode() not in body:
            return False
        self._reply(server.status, {"error": "out of order"})
        return True

    def _body(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _unknown(self) -> None:
        self.server.wandb.problems.append(f"{self.command} {self.path} is not known here")
        self._reply(404, {"error": "not found"})

    def _reply(self, status: int, answer: Json) -> None:
        self._send(status, json.dumps(answer).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: a test's own failure is what should be read."""
