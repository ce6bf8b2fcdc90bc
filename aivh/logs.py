"""How a line of the log is written: one event, one line, and no secret in it."""

import logging

from aivh.discretion import without_secrets

# What begins a new line or steers a terminal, as escapes: nobody's words can forge a line.
CONTROLS = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}
IN_TRACEBACKS = {code: escape for code, escape in CONTROLS.items() if code != ord("\n")}


class DiscreetFormatter(logging.Formatter):
    """Writes the message on one line; a traceback follows, indented, so that it begins none."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        return without_secrets(super().formatMessage(record)).translate(CONTROLS)

    def formatException(self, ei: object) -> str:  # noqa: N802 (logging's name)
        told = without_secrets(super().formatException(ei))  # type: ignore[arg-type]
        return "    " + told.translate(IN_TRACEBACKS).replace("\n", "\n    ")
