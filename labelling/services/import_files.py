"""One file of an import: read, taken in with its label or without, and its outcome in words."""

from classifier.errors import AivhError
from labelling.import_journal import Entry
from labelling.importable import Candidate
from labelling.models import Submission, User
from labelling.permissions import check_may_administer
from labelling.services.importing import Outcome, import_picture, label_picture
from labelling.services.submit import submit_image

NO_CLASS = (
    "Neither its first folder nor an annotation beside it says ai or human, so its label is "
    "unknown."
)
HAS_OTHER_VOTE = "You have decided otherwise on this picture; that stands."
FAILED = "failed"
Came = bytes | Exception | None


def read_labelled(one: Candidate) -> tuple[Candidate, Came]:
    """Read a file whose label is known; what goes wrong with it is given back."""
    return (one, None) if one.label is None else read_file(one)


def read_file(one: Candidate) -> tuple[Candidate, Came]:
    """Read a file; what goes wrong with it is given back."""
    try:
        return one, one.read()
    except Exception as error:  # whatever a bucket's library raises ends no import
        return one, error


def import_labelled(one: Candidate, came: Came, *, by: User) -> Entry:
    """Import one file with its label, and say how that ended."""
    if one.label is None or came is None:
        return _failed(one, "no_class", NO_CLASS)
    if isinstance(came, Exception):
        return _unread(one, came)
    try:
        outcome = (
            label_picture(image_id=one.image_id, label=one.label, by=by)
            if one.image_id
            else import_picture(data=came, filename=one.name, label=one.label, by=by)
        )
    except AivhError as error:  # refused, or answered by this person in the same moment
        return _failed(one, error.code, error.message)
    if outcome is Outcome.CONFLICT:
        return _failed(one, outcome.value, HAS_OTHER_VOTE)
    return Entry(one.name, one.mark, outcome.value)


def import_unlabelled(one: Candidate, came: Came, *, by: User) -> Entry:
    """Import one file that nobody has said anything of, and say how that ended."""
    check_may_administer(by)
    if came is None or isinstance(came, Exception):
        return _unread(one, came)
    try:
        submitted = submit_image(
            data=came, filename=one.name, channel=Submission.Channel.IMPORT, submitter=None
        )
    except AivhError as error:
        return _failed(one, error.code, error.message)
    outcome = Outcome.IMPORTED if submitted.created else Outcome.KNOWN
    return Entry(one.name, one.mark, outcome.value)


def _unread(one: Candidate, error: Exception | None) -> Entry:
    if isinstance(error, AivhError):
        return _failed(one, error.code, error.message)
    return _failed(one, "unreadable", f"It cannot be read: {error}")


def _failed(one: Candidate, code: str, message: str) -> Entry:
    return Entry(one.name, one.mark, FAILED, code, message)
