"""What gunicorn refuses before Django sees it is answered by problem details as well."""

import json
import socket

import pytest

from tests.site import Site

pytestmark = pytest.mark.site

TOO_LONG = "a" * 9000


def ask(site: Site, words: bytes) -> tuple[bytes, bytes, dict[str, object]]:
    """Say these bytes to the site; its status line, its headers, and its body."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        connection.sendall(words)
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    status, _, headers = head.partition(b"\r\n")
    return status, headers, json.loads(body)


@pytest.mark.parametrize(
    ("request_head", "status", "code"),
    [
        (f"GET /api/v1/images/?state={TOO_LONG} HTTP/1.1\r\n", 414, "address_too_long"),
        (f"GET /health HTTP/1.1\r\nX-Words: {TOO_LONG}\r\n", 431, "headers_too_large"),
        ("GET /health HTTP/1.1\r\n" + "X-Word: a\r\n" * 101, 431, "headers_too_large"),
        ("<script>secret</script>\r\n", 400, "invalid_request"),
        ("GET /health HTTP/9.9\r\n", 400, "invalid_request"),
        ("GET /health HTTP/1.1\r\nbad header: x\r\n", 400, "invalid_request"),
        ("GET /health HTTP/1.1\r\nTransfer-Encoding: odd\r\n", 400, "invalid_request"),
    ],
)
def test_it_is_answered_like_every_other_error(
    site: Site, request_head: str, status: int, code: str
) -> None:
    line, headers, body = ask(site, request_head.encode() + b"\r\n")

    assert line.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Content-Type: application/problem+json\r\n" in headers
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/docs/errors#{code}")
    assert "secret" not in json.dumps(body)


def test_an_address_of_8_000_characters_reaches_django(site: Site) -> None:
    words = f"GET /api/v1/nothing?words={'a' * 8000} HTTP/1.1\r\nConnection: close\r\n\r\n"
    status, _, body = ask(site, words.encode())
    assert status.startswith(b"HTTP/1.1 404 ")
    assert body["request_id"] != ""
