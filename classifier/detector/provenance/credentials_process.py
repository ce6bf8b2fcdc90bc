"""Reads the content credentials of one picture, alone in a process of its own.

The library that does it is native code which meets whatever strangers upload: should it hang,
crash or take all memory, then only this process does. It is run as a file and not imported, so it
relies on nothing but the library; its environment is empty and it opens no connection.

    python credentials_process.py image/png 12345 < picture > report.json

``12345`` is the first byte behind the picture's end. The report is the library's own JSON.
"""

import json
import resource
import sys
from contextlib import suppress
from io import BytesIO

SETTINGS = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
MEMORY = 2 << 30  # bytes
SECONDS = 20  # of the processor
LONGEST_REPORT = 4_000_000


def main(content_type: str, end: int) -> None:
    limit(resource.RLIMIT_AS, MEMORY)
    limit(resource.RLIMIT_CPU, SECONDS)
    limit(resource.RLIMIT_CORE, 0)
    data = sys.stdin.buffer.read()
    report = read(content_type, data[:end])
    if report["validation_state"] == "Invalid" and end < len(data):
        # Cameras that append a second picture sign the whole file.
        whole = read(content_type, data)
        report = report if whole["validation_state"] == "Invalid" else whole
    written = json.dumps(report)
    if len(written) > LONGEST_REPORT:
        sys.exit("The report is too long.")
    sys.stdout.write(written)


def limit(what: int, most: int) -> None:
    with suppress(ValueError, OSError):  # not every system knows every limit
        resource.setrlimit(what, (most, most))


def read(content_type: str, data: bytes) -> dict[str, object]:
    from c2pa import Context, Reader, Settings

    context = Context(Settings.from_dict(SETTINGS))
    with Reader(content_type, BytesIO(data), context=context) as reader:
        report = json.loads(reader.json())
        report["validation_state"] = reader.get_validation_state()
    return dict(report)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
