"""Machines of a small network on this one: a network namespace each, joined by a bridge.

A namespace has addresses, a loopback and a routing table of its own, so that a process in it
reaches ours only over the bridge, as it would over a cable.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

# One in each network of ours: a range for private use, the third number from our process id.
FIRST, SECOND, HOST = 10, 187, 1


@dataclass
class Network:
    """A bridge with our own ``address`` on it, and the machines that are joined to it."""

    number: int
    names: list[str] = field(default_factory=list)

    @property
    def bridge(self) -> str:
        return f"aivh{self.number}"

    @property
    def address(self) -> str:
        return self.address_of(HOST)

    @property
    def range(self) -> str:
        return f"{FIRST}.{SECOND}.{self.number}.0/24"

    def address_of(self, place: int) -> str:
        return f"{FIRST}.{SECOND}.{self.number}.{place}"

    def add_machine(self) -> "Machine":
        """A namespace with one cable to the bridge."""
        place = HOST + 1 + len(self.names)
        machine = Machine(f"{self.bridge}-{place}", self.address_of(place))
        cable = f"{self.bridge}v{place}"
        _ip("netns", "add", machine.name)
        self.names.append(machine.name)
        _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", machine.name)
        _ip("link", "set", cable, "master", self.bridge, "up")
        _ip("-netns", machine.name, "address", "add", f"{machine.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-netns", machine.name, "link", "set", device, "up")
        return machine


@dataclass(frozen=True)
class Machine:
    """A namespace by its name, and its address on the bridge."""

    name: str
    address: str

    def command(self, *words: str) -> list[str]:
        """The command that runs ``words`` over there."""
        return ["ip", "netns", "exec", self.name, *words]


@contextmanager
def network() -> Iterator[Network]:
    """A network that goes with the block, and with it whatever still runs on its machines."""
    made = Network(os.getpid() % 250 + 2)
    _ip("link", "add", made.bridge, "type", "bridge")
    try:
        _ip("address", "add", f"{made.address}/24", "dev", made.bridge)
        _ip("link", "set", made.bridge, "up")
        yield made
    finally:
        for name in made.names:
            _kill_all(name)
            _ip("netns", "del", name)
        _ip("link", "del", made.bridge)


def _kill_all(name: str) -> None:
    found = subprocess.run(
        ["ip", "netns", "pids", name], capture_output=True, text=True, check=False
    )
    for pid in map(int, found.stdout.split()):
        if psutil.pid_exists(pid):
            psutil.Process(pid).kill()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], capture_output=True, text=True, check=True)
