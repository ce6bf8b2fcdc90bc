"""What can go wrong, and with which exit code the command ends then."""


class ClientError(Exception):
    """Ends the command with a sentence for the person before it."""

    exit_code = 1


class Refused(ClientError):
    """The server does not take this one thing; others may still do. ``code`` is stable."""

    def __init__(self, detail: str, *, code: str, status: int = 0) -> None:
        super().__init__(detail)
        self.detail, self.code, self.status = detail, code, status


class Failed(Refused):
    """The server fails at this one thing whenever it is asked, and does others."""

    exit_code = 4


class WrongUse(ClientError):
    """What was typed makes no sense."""

    exit_code = 2


class NotAllowed(ClientError):
    """Not signed in, or the token or the account may not do this: nothing else will do either."""

    exit_code = 3


class Unreachable(ClientError):
    """The server does not answer, or not as an aivh site does."""

    exit_code = 4


class Stopped(ClientError):
    """The person interrupted the command."""

    exit_code = 130
