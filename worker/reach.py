"""Where a person's webhook may lead: looked at when the connection is made, and not before.

A name can lead to another address each time that it is looked up. So the addresses that a name has
now are all looked at, and the connection goes to one of these addresses, never to the name again;
the name stays in the request and in what the certificate must say.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Collection
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import BaseHandler, HTTPHandler, HTTPSHandler, ProxyHandler, Request

from worker.beside import beside
from worker.posting import Refused

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NOT_PUBLIC = (
    "It leads into a network that is not public, which this site does not allow. Whoever runs the "
    "site opens networks with AIVH_WEBHOOK_NETWORKS."
)
PLAIN = "Only https is spoken outside of the networks that this site allows."
LOW_PORT = "Outside of the networks that this site allows the port is 443, or 1024 and above."
# What the library takes for public, and is not.
RESERVED = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "fec0::/10", "64:ff9b:1::/48")))
# Their last 32 bits are an IPv4 address: compatible, translated, NAT64.
WRAPPING = tuple(map(ipaddress.ip_network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96")))


def ways(networks: Collection[Network]) -> tuple[BaseHandler, ...]:
    """Ways to connect that go to public addresses and into ``networks`` alone.

    By no proxy: it would look the name up itself.
    """
    return (ProxyHandler({}), _PlainWay(networks), _SecureWay(networks))


def check_address(
    address: Address, *, secure: bool, port: int, networks: Collection[Network]
) -> None:
    """Raises Refused for an address to which no message of ours goes."""
    meant = _meant(address)
    if any(one in network for one in meant for network in networks):
        return
    if not all(map(_is_public, meant)):
        raise Refused(NOT_PUBLIC)
    if not secure:
        raise Refused(PLAIN)
    if port != 443 and port < 1024:
        raise Refused(LOW_PORT)


def _meant(address: Address) -> list[Address]:
    """The address, and the IPv4 addresses that it wraps: ``::ffff:127.0.0.1`` is ``127.0.0.1``."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    wrapped = [address.sixtofour, *(address.teredo or ())]
    if int(address) > 1 and any(address in network for network in WRAPPING):
        wrapped.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return [address, *(one for one in wrapped if one)]


def _is_public(address: Address) -> bool:
    reserved = any(address in network for network in RESERVED)
    return address.is_global and not (address.is_multicast or reserved)


def _connect(
    host: str, port: int, *, secure: bool, deadline: float, networks: Collection[Network]
) -> "_Socket":
    """A connection to the first address of ``host`` that answers, after all were looked at.

    Raises Refused, TimeoutError, OSError.
    """
    looking = beside(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    found = looking.result(_left(deadline))
    for *_, where in found:
        address = ipaddress.ip_address(str(where[0]).partition("%")[0])
        check_address(address, secure=secure, port=port, networks=networks)
    failed: OSError = OSError("The name has no address.")
    for family, kind, protocol, _, where in found:
        line = _Socket(family, kind, protocol)
        line.deadline = deadline
        try:
            line.settimeout(_left(deadline))
            line.connect(where)
        except OSError as error:
            line.close()
            failed = error
        else:
            return line
    raise failed


def _left(deadline: float) -> float:
    """Seconds. Raises TimeoutError where there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


class _Hurried:
    """Of a socket: what is read counts against one deadline, however it trickles in."""

    deadline: float

    def recv_into(self, *args: Any, **more: Any) -> int:
        self.settimeout(_left(self.deadline))  # type: ignore[attr-defined]
        return super().recv_into(*args, **more)  # type: ignore[misc]


class _Socket(_Hurried, socket.socket):
    pass


class _SecureSocket(_Hurried, ssl.SSLSocket):
    pass


class _PlainConnection(HTTPConnection):
    secure = False

    def __init__(self, host: str, /, *, networks: Collection[Network] = (), **more: Any) -> None:
        super().__init__(host, **more)
        self.networks = networks

    def connect(self) -> None:
        self.sock = self._line()

    def _line(self) -> _Socket:
        deadline = time.monotonic() + float(self.timeout or 0)
        return _connect(
            self.host, self.port, secure=self.secure, deadline=deadline, networks=self.networks
        )


class _SecureConnection(_PlainConnection):
    default_port = HTTPSConnection.default_port
    secure = True

    def connect(self) -> None:
        line = self._line()
        line.settimeout(_left(line.deadline))
        context = ssl.create_default_context()
        context.sslsocket_class = _SecureSocket
        secured = context.wrap_socket(line, server_hostname=self.host)
        assert isinstance(secured, _SecureSocket)
        secured.deadline = line.deadline
        self.sock = secured


class _PlainWay(HTTPHandler):
    def __init__(self, networks: Collection[Network]) -> None:
        super().__init__()
        self._networks = networks

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_PlainConnection, req, networks=self._networks)


class _SecureWay(HTTPSHandler):
    def __init__(self, networks: Collection[Network]) -> None:
        super().__init__()
        self._networks = networks

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_SecureConnection, req, networks=self._networks)
