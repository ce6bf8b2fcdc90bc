"""A mail server on loopback that keeps what it is sent."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.site import free_port, wait_for


class Post:
    """What came; ``refuses`` lets the server take nothing."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refuses = False
        self.port = free_port()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuses:
            return "554 not today"
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"

    def wait(self, number: int = 1) -> list[EmailMessage]:
        """The messages, as soon as there are so many."""
        wait_for(lambda: len(self.messages) >= number, timeout=60)
        return self.messages


@pytest.fixture
def post() -> Iterator[Post]:
    """A running server."""
    kept = Post()
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port)
    controller.start()
    yield kept
    controller.stop()


@pytest.fixture
def mailing(post: Post, settings) -> Post:
    """The site sends its mail to the running server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
    settings.SENDS_MAIL = True
    settings.DEFAULT_FROM_EMAIL = "Picture desk <desk@mail.example>"
    return post
