"""Python's ``logging`` and structlog through one formatter, so that no line escapes it."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter

from aivh.logs.context import add_context
from aivh.logs.fields import FIELDS
from aivh.logs.redaction import redact
from aivh.logs.rendering import as_json, as_text

JSON, TEXT = "json", "text"
add_fields = ExtraAdder(allow=FIELDS)


def format_of(wanted: str, stream: TextIO) -> str:
    """``wanted``, or words where somebody sits at a terminal and JSON where nobody does."""
    if wanted in (JSON, TEXT):
        return wanted
    return TEXT if stream.isatty() else JSON


class Formatter(ProcessorFormatter):
    """A line that cannot be written says so, instead of standing there raw."""

    def format(self, record: logging.LogRecord) -> str:
        try:
            return super().format(record)
        except Exception as error:  # whatever a wrong `%s` or a strange object may raise
            words = f"A line of {record.name} could not be written: {type(error).__name__}"
            broken = logging.LogRecord(__name__, logging.ERROR, "", 0, words, None, None)
            return super().format(broken)


def formatter(form: str) -> Formatter:
    """What turns a record of either kind into a line. Lets structlog's loggers end here, too."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return Formatter(
        processors=[
            add_fields,
            add_context,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            ProcessorFormatter.remove_processors_meta,
            as_json if format_of(form, sys.stderr) == JSON else as_text,
        ]
    )
