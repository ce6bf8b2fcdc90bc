"""Names of files, of which some are no text."""


def sayable(name: object) -> str:
    """As it can be sent and printed: of a byte that is no UTF-8 a question mark is left.

    The file is opened, and told from others, by its true name.
    """
    return str(name).encode(errors="replace").decode()
