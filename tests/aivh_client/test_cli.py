"""What can be typed; and that nothing of the site is needed for it."""

import subprocess
import sys

import pytest

from aivh_client.account import kept_in
from aivh_client.cli import run
from tests.requirements import ROOT

# As after `pip install aivh[client]`: whatever else is asked for is not there.
ALONE = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Missing())
from aivh_client.__main__ import main
sys.argv = ["aivh", {word!r}]
sys.exit(main())
"""
OF_THE_SITE = (
    "django", "rest_framework", "celery", "torch", "numpy", "PIL", "onnxruntime", "environ",
    "aivh", "worker", "labelling", "classifier",
)  # fmt: skip


def alone(word: str, *blocked: str) -> "subprocess.CompletedProcess[str]":
    code = ALONE.format(blocked=blocked, word=word)
    words = [sys.executable, "-c", code]
    return subprocess.run(words, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_it_runs_without_anything_that_the_site_is_built_on() -> None:
    told = alone("--help", *OF_THE_SITE)

    assert (told.returncode, told.stderr) == (0, "")
    for command in ("login", "logout", "whoami", "classify", "upload", "export"):
        assert f"    {command} " in told.stdout
    assert "exit codes:" in told.stdout


def test_without_its_own_extra_it_says_what_to_install() -> None:
    told = alone("--version", "requests", "x")

    assert told.returncode == 2
    assert told.stderr == "aivh: requests is not installed. Try: pip install requests\n"


def test_the_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("aivh 0.")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["guess"],
        ["classify"],
        ["classify", "a.jpg", "--timeout", "-1"],
        ["upload", ".", "--threads", "0"],
        ["upload", ".", "--threads", "33"],
        ["export", "docx"],
        ["login", "aivh.example", "--days", "366"],
        ["login", "aivh.example", "--scope", "everything"],
    ],
)
def test_what_makes_no_sense_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(words)

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: aivh")


def test_an_address_that_is_none_signs_nobody_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["login", "https://[", "--name", "robin"]) == 2

    assert capsys.readouterr() == (
        "",
        "aivh: 'https://[' is no address of a site, as https://aivh.example is one.\n",
    )
    assert not kept_in().exists()


@pytest.mark.parametrize("words", [["whoami"], ["classify", "a.jpg"], ["export", "csv"]])
def test_nobody_is_asked_to_sign_in(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 3
    assert capsys.readouterr().err == ("aivh: You are not signed in. Try: aivh login ADDRESS\n")
