"""What can go wrong where people work. Statuses for each code stand in ``aivh/errors.py``."""

from classifier.errors import AivhError


class NotFound(AivhError):
    """No such thing, or none that this person may know of."""

    code = "not_found"


class Conflict(AivhError):
    """The state of the thing does not allow it (any more)."""

    code = "conflict"


class InvalidRequest(AivhError):
    """The request itself is off; sending it again unchanged cannot help."""

    code = "invalid_request"


class MissingFile(AivhError):
    """The request carries no picture."""

    code = "missing_file"


class InvalidFileType(AivhError):
    """The part's own content type says that it is no picture."""

    code = "invalid_file_type"
