"""Mail as an installation sets it up: from the variables to the server."""

import os
import subprocess
import sys

import pytest

from tests.requirements import ROOT
from tests.servers.smtp import Post

SEND = """
import django
django.setup()
from labelling.services.mail import mail
told = {"link": "https://aivh.example/x", "by": "alex", "days": 7}
print(mail("registration/invitation_mail.txt", to="nina@mail.example", **told))
"""


def send(**variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SEND],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_mail_goes_to_the_server_that_the_environment_names(post: Post) -> None:
    sender = "Picture desk <desk@mail.example>"
    assert send(AIVH_EMAIL_URL=f"smtp://127.0.0.1:{post.port}", AIVH_EMAIL_FROM=sender) == "True"
    [mail] = post.wait()
    assert (mail["From"], mail["To"]) == (sender, "nina@mail.example")
    assert mail["Subject"] == "You are invited to aivh"
    assert "https://aivh.example/x" in mail.get_content()


@pytest.mark.parametrize("url", ["", "smtp://127.0.0.1:1"])
def test_where_there_is_none_nothing_goes_and_nothing_breaks(url: str) -> None:
    assert send(AIVH_EMAIL_URL=url, AIVH_EMAIL_FROM="desk@mail.example") == "False"
