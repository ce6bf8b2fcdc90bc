"""The storage emulator, which forgets everything when it ends.

``python -m tests.servers.storage_emulator start …`` is its own command but for one thing: with each
object that comes it would write down again all that it has, for a next start that never is.
"""

from gcp_storage_emulator.__main__ import main
from gcp_storage_emulator.storage import Storage


def forget(storage: Storage) -> None:
    """In the place of writing down."""


if __name__ == "__main__":
    Storage._write_config_to_file = forget
    main()
