"""The storage emulator, which forgets everything when it ends.

``python -m tests.servers.storage_emulator start …`` is its own command but for what takes time.
With each object that comes it would write down again all that it has, for a next start that never
is. It sends each answer in two pieces, of which the second would wait 40 ms for word of the first.
And it has room for five who want to connect; a sixth at that moment tries again after a second.
"""

from socketserver import StreamRequestHandler, TCPServer

from gcp_storage_emulator.__main__ import main
from gcp_storage_emulator.storage import Storage


def forget(storage: Storage) -> None:
    """In the place of writing down."""


if __name__ == "__main__":
    Storage._write_config_to_file = forget
    TCPServer.request_queue_size = 64
    StreamRequestHandler.disable_nagle_algorithm = True
    main()
