"""Where webhooks may lead: looked at when the connection is made, whatever the name says."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.servers.far import Far, running_far
from tests.worker.webhooks.conftest import LOOPBACK
from worker import posting, reach
from worker.posting import NotDelivered, Refused, post_json
from worker.reach import LOW_PORT, NOT_PUBLIC, PLAIN, check_address, ways

PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"]
NOT_OURS_TO_REACH = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",  # carrier-grade NAT
    "169.254.169.254",  # link-local, where clouds keep credentials
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "ff0e::1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2001:0:7f00:1::",  # Teredo
    "64:ff9b::7f00:1",  # NAT64
    "::ffff:0:127.0.0.1",  # translated
    "::ffff:0:a00:1",
    "64:ff9b:1::1",
]


def check(address: str, *, secure: bool = True, port: int = 443, networks: str = "") -> None:
    check_address(
        ipaddress.ip_address(address),
        secure=secure,
        port=port,
        networks=[ipaddress.ip_network(one) for one in networks.split()],
    )


@pytest.mark.parametrize("address", NOT_OURS_TO_REACH)
def test_what_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(Refused, match=NOT_PUBLIC):
        check(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached_by_https_alone(address: str) -> None:
    check(address)
    check(address, port=8443)
    with pytest.raises(Refused, match=PLAIN):
        check(address, secure=False, port=8080)
    with pytest.raises(Refused, match=LOW_PORT):
        check(address, port=25)


def test_a_network_that_is_named_is_open_by_any_port_and_no_other_one() -> None:
    check("10.0.0.7", secure=False, port=80, networks="10.0.0.7 fd00::/8")
    check("::ffff:10.0.0.7", port=25, networks="10.0.0.7")
    check("fd12::1", secure=False, networks="10.0.0.7 fd00::/8")
    with pytest.raises(Refused):
        check("10.0.0.8", networks="10.0.0.7 fd00::/8")


def send(url: str, networks: tuple = (LOOPBACK,)) -> str:
    return str(post_json(url, b"{}", {}, *ways(networks)))


@pytest.fixture
def far() -> Iterator[Far]:
    with running_far() as server:
        yield server


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names and the addresses to which they lead; ``asked`` counts how often one was looked up."""
    known: dict[str, list[str]] = {"asked": []}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: Any, **more: Any) -> list:
        if host not in known:
            return real(host, port, *rest, **more)
        known["asked"].append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def test_a_server_here_gets_nothing_unless_its_network_is_named(far: Far) -> None:
    for name in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1"):
        with pytest.raises(NotDelivered, match=NOT_PUBLIC):
            send(far.url.replace("127.0.0.1", name), networks=())
    assert far.got == []
    assert send(far.url) == "It answered 200: ok"


def test_a_name_that_also_leads_inside_leads_nowhere(far: Far, names: dict) -> None:
    """Were the second address tried where the first fails, it would be reached after all."""
    names["both.example"] = ["127.0.0.1", "10.0.0.1"]
    with pytest.raises(NotDelivered, match=NOT_PUBLIC):
        send(far.url.replace("127.0.0.1", "both.example"))
    assert far.got == []


def test_a_name_is_looked_up_once_and_stays_in_the_request(far: Far, names: dict) -> None:
    """What was looked at is what is connected to: a second look-up could lead elsewhere."""
    names["hooks.example"] = ["127.0.0.1"]
    assert send(far.url.replace("127.0.0.1", "hooks.example")) == "It answered 200: ok"
    assert names["asked"] == ["hooks.example"]
    assert far.got[0][0]["host"] == f"hooks.example:{far.port}"


def test_the_next_address_is_tried_where_one_is_dead(far: Far, names: dict) -> None:
    names["hooks.example"] = ["127.0.0.9", "127.0.0.1"]  # the server listens on the second
    assert send(far.url.replace("127.0.0.1", "hooks.example")) == "It answered 200: ok"


def test_no_redirect_is_followed_and_no_proxy_used(far: Far, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    far.status, far.location = 302, "http://127.0.0.1:1/"
    with pytest.raises(NotDelivered, match="It answered 302: ok"):
        send(far.url)
    assert len(far.got) == 1


@pytest.fixture(scope="module")
def certified(tmp_path_factory) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS for ``hooks.example``, and the file of who vouches for it."""
    folder = tmp_path_factory.mktemp("tls")
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.DNSName("hooks.example")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(alternative, critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


def test_the_certificate_must_be_the_names_and_the_name_is_told_to_the_server(
    certified, names: dict, monkeypatch
) -> None:
    context, authority = certified
    asked_for = []
    context.sni_callback = lambda _, name, __: asked_for.append(name)
    names["hooks.example"] = names["other.example"] = ["127.0.0.1"]
    with running_far(context) as far:
        url = far.url.replace("127.0.0.1", "hooks.example")
        with pytest.raises(NotDelivered, match="certificate was not accepted"):
            send(url)  # nobody vouches for it
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert send(url) == "It answered 200: ok"
        with pytest.raises(NotDelivered, match="certificate was not accepted"):
            send(far.url.replace("127.0.0.1", "other.example"))
        assert len(far.got) == 1
    assert asked_for == ["hooks.example", "hooks.example", "other.example"]


@contextmanager
def dripping(tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that begins to answer and never ends: a byte every now and then."""
    stop = threading.Event()

    def answer(listener: socket.socket) -> None:
        with suppress(OSError):
            line, _ = listener.accept()
            with line if tls is None else tls.wrap_socket(line, server_side=True) as speaker:
                speaker.sendall(b"HTTP/1.1 200 OK\r\nx-long: ")
                while not stop.wait(0.02):
                    speaker.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=[listener])
        thread.start()
        yield f"{'https' if tls else 'http'}://hooks.example:{listener.getsockname()[1]}/"
        stop.set()
    thread.join()


@pytest.mark.parametrize("secure", [False, True])
def test_what_trickles_in_costs_the_time_of_one_try(
    secure: bool, certified, names: dict, monkeypatch
) -> None:
    context, authority = certified
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.setattr(posting, "SECONDS", 0.3)
    names["hooks.example"] = ["127.0.0.1"]
    over_time = pytest.raises(NotDelivered, match=r"no answer within 0\.3 seconds")
    with dripping(context if secure else None) as url, over_time:
        send(url)


def test_a_resolver_that_hangs_costs_no_more(monkeypatch) -> None:
    released, resolved = threading.Event(), []
    monkeypatch.setattr(posting, "SECONDS", 0.2)
    monkeypatch.setattr(
        reach.socket, "getaddrinfo", lambda *_, **__: resolved.append(released.wait(60))
    )
    with pytest.raises(NotDelivered, match="no answer within"):
        send("http://hangs.example/")
    assert resolved == []
    released.set()
