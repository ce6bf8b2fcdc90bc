"""What a server was handed."""

from tests.servers.scripted import Scripted


def times_sent(server: Scripted, name: str) -> int:
    return sum(f'filename="{name}"'.encode() in asked.body for asked in server.asked)
