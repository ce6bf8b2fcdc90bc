"""What can be typed, and which exit code comes of it."""

import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from aivh_client import signing_in
from aivh_client.connection import client_version
from aivh_client.errors import ClientError, Stopped
from aivh_client.export import ENDINGS, export
from aivh_client.names import sayable
from aivh_client.upload.command import upload
from aivh_client.verdicts import classify_files

SCOPES = ("read", "upload", "review", "administer")
MOST_THREADS = 32
EXIT_CODES = """
exit codes:
  0  all was done
  1  some files were refused or have no verdict yet; each is named; or this machine failed
  2  what was typed makes no sense
  3  not signed in, or the token or the account may not do this
  4  the server could not be reached, or failed
  130  interrupted

With AIVH_URL and AIVH_TOKEN in the environment no login is needed.
"""


def run(words: Sequence[str]) -> int:
    """Do what was typed; return the exit code."""
    asked = _parser().parse_args(words)
    signal.signal(signal.SIGTERM, _interrupt)  # a stopped service says what it has done, too
    try:
        code: int = asked.command(asked)
    except KeyboardInterrupt:
        return _ended(Stopped("Stopped."))
    except BrokenPipeError:  # whoever read our output has seen enough
        sys.stderr.close()
        return 1
    except ClientError as error:
        return _ended(error)
    except OSError as error:  # a disk that is full, a folder that may not be written
        return _ended(ClientError(f"This machine refuses: {error}"))
    return code


def _ended(error: ClientError) -> int:
    sys.stderr.write(f"aivh: {sayable(error)}\n")
    return error.exit_code


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="aivh",
        description="Tell AI-made pictures from human-made ones, by a site of yours.",
        epilog=EXIT_CODES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"aivh {client_version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, does: Callable[..., int], words: str) -> ArgumentParser:
        made = commands.add_parser(name, help=words, description=words)
        made.set_defaults(command=does)
        return made

    _add_login(command("login", signing_in.login, "sign in at a site; once is enough"))
    command("logout", signing_in.logout, "forget the token on this machine")
    command("whoami", signing_in.whoami, "say where you are signed in, and as whom")
    _add_classify(command("classify", classify_files, "upload pictures and print their verdicts"))
    _add_upload(command("upload", upload, "upload a folder; started again it sends the rest"))
    _add_export(command("export", export, "fetch pictures, findings and labels as one file"))
    return parser


def _add_login(parser: ArgumentParser) -> None:
    parser.add_argument("address", help="as https://aivh.example")
    parser.add_argument("--name", help="your name there; without it you are asked")
    parser.add_argument(
        "--token", action="store_true", help="ask for a token that you have instead of a password"
    )
    parser.add_argument(
        "--scope",
        action="append",
        choices=SCOPES,
        help="what the new token is for; may be repeated; read and upload where none is named",
    )
    parser.add_argument(
        "--days",
        type=_number(1, 365),
        default=90,
        help="how long the new token is good (%(default)s)",
    )


def _add_classify(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="JPEG, PNG or WebP")
    parser.add_argument("--json", action="store_true", help="one JSON object on a line for each")
    parser.add_argument(
        "--timeout",
        type=_number(0, 3600),
        default=120,
        metavar="SECONDS",
        help="how long each verdict is waited for (%(default)s)",
    )
    _add_threads(parser)


def _add_upload(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="with all folders in it")
    parser.add_argument(
        "--watch", action="store_true", help="stay, and upload what is added, once it is finished"
    )
    parser.add_argument(
        "--every",
        type=_number(1, 3600),
        default=2,
        metavar="SECONDS",
        help="how often --watch looks (%(default)s)",
    )
    parser.add_argument(
        "--journal",
        type=Path,
        metavar="FILE",
        help="where it is kept what was sent; by default in your own state folder",
    )
    _add_threads(parser)


def _add_export(parser: ArgumentParser) -> None:
    parser.add_argument("format", choices=ENDINGS, metavar="FORMAT", help=", ".join(ENDINGS))
    parser.add_argument(
        "--where",
        action="append",
        metavar="FILTER=VALUE",
        help="only such pictures, as verdict=ai; may be repeated; the API's page has the filters",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="- is the standard output"
    )


def _add_threads(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--threads",
        type=_number(1, MOST_THREADS),
        default=4,
        metavar="N",
        help="pictures at the same time (%(default)s)",
    )


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(typed: str) -> int:
        if not (typed.isdecimal() and least <= int(typed) <= most):
            raise ArgumentTypeError(f"a whole number from {least} to {most}")
        return int(typed)

    return read
