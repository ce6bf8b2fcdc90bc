"""The client of Weights & Biases as ever, but forked from a process that has imported wandb.

Importing it takes a second, and the registry starts a client for each question. So tests about
answers start ``warm_client.py ask SOCKET`` in the client's place: it hands its standard streams to
the process behind the socket, which forks a client for them in a session of its own. Whichever of
the two ends, the other one ends with it.
"""

import os
import socket
import sys


def ask(address: str) -> None:
    """Stand for the client as long as it runs."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        socket.send_fds(line, [b"streams"], [0, 1, 2])
        os.closerange(0, 3)
        line.recv(1)


def serve(address: str) -> None:
    """Import what a client imports, and fork one for each that asks."""
    import signal
    from pathlib import Path

    sys.path.append(str(Path(__file__).parents[2]))
    import wandb.apis.public  # noqa: F401

    from classifier.wandb_client import __main__ as client
    from classifier.wandb_client.process import die_with_parent

    die_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        while True:
            line, _ = listener.accept()
            _, streams, _, _ = socket.recv_fds(line, 16, 3)
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                listener.close()
                _become_client(line, streams)
                client.main()
            line.close()
            for stream in streams:
                os.close(stream)


def _become_client(line: socket.socket, streams: list[int]) -> None:
    import signal
    import threading

    def end_with_asker() -> None:
        line.recv(1)
        os.killpg(0, signal.SIGKILL)

    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = os.fdopen(0)
    threading.Thread(target=end_with_asker, daemon=True).start()


if __name__ == "__main__":
    {"ask": ask, "serve": serve}[sys.argv[1]](sys.argv[2])
