"""A server on loopback that keeps what it is told by POST, and answers as it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any


@dataclass
class Far:
    url: str = ""
    status: int = 200
    answer: bytes = b"ok"
    location: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@contextmanager
def running_far(tls: SSLContext | None = None) -> Iterator[Far]:
    """A server that answers as long as the block runs, over TLS where a context is given."""
    far = Far()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(far))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    scheme = "https" if tls else "http"
    far.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/hidden/path"
    try:
        yield far
    finally:
        server.shutdown()
        server.server_close()


def _handler(far: Far) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            far.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(far.status)
            if far.location:
                self.send_header("location", far.location)
            self.end_headers()
            with suppress(ConnectionError):  # who reads the beginning hangs up
                self.wfile.write(far.answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
