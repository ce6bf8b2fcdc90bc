"""Going back to an earlier version: by a person at once, or by the site on an alarm.

Nothing here asks the network. The bundle comes from this machine's own disk, checked by its
sha256; the registry's alias follows when the registry answers.
"""

from collections.abc import Iterable

from django.db import transaction

from classifier.errors import NoModel
from classifier.models import ModelVersion
from classifier.queries import production_version, versions_before
from classifier.services import hold_versions
from classifier.serving import is_at_hand
from labelling.errors import Conflict, NotFound
from labelling.models import User
from labelling.permissions import check_may_administer
from worker.services.live import make_live

NOT_GIVEN = "no reason was given"
LONGEST_REASON = 400  # characters


def roll_back(*, by: User | None, to: int | None = None, reason: str = "") -> ModelVersion:
    """Let an earlier version answer, by default the one before; returns it.

    The version that answered is taken back: nothing promotes it again by itself. ``by`` is None
    for the command line. Raises NotAllowed, NotFound (no version ``to``), NoModel (nothing
    answers, or no bundle is at hand), Conflict (it never answered, or answers now).
    """
    if by is not None:
        check_may_administer(by)
    live = production_version()
    if live is None:
        raise NoModel("No version answers, so there is none to go back from.")
    target = first_at_hand(versions_before(live) if to is None else [earlier(live, to)])
    who = by.get_username() if by else ""
    told = f"Rolled back: {' '.join(reason.split())[:LONGEST_REASON] or NOT_GIVEN}"
    return go_back(live=live, target=target, by=who or "command line", reason=told)


def earlier(live: ModelVersion, number: int) -> ModelVersion:
    """The version of that number, if it has answered before."""
    version = ModelVersion.objects.filter(number=number).first()
    if version is None:
        raise NotFound(f"There is no version {number}.")
    if version.pk == live.pk:
        raise Conflict(f"Version {number} answers now.")
    if version.state != ModelVersion.State.ARCHIVED:
        raise Conflict(f"Version {number} has never answered, so one cannot go back to it.")
    return version


def first_at_hand(versions: Iterable[ModelVersion]) -> ModelVersion:
    """The first whose bundle lies sound on this machine. Raises NoModel."""
    asked = []
    for version in versions:
        if is_at_hand(version):
            return version
        asked.append(str(version.number))
    if not asked:
        raise NoModel("There is no version before this one to go back to.")
    raise NoModel(f"No sound bundle is on this machine for version {', '.join(asked)}.")


@transaction.atomic
def go_back(*, live: ModelVersion, target: ModelVersion, by: str, reason: str) -> ModelVersion:
    """Change places, unless somebody did meanwhile (Conflict)."""
    hold_versions()
    now = production_version()
    if now is None or now.pk != live.pk:
        raise Conflict("Another version was put in place at this moment; look again, please.")
    return make_live(version=target, by=by, reason=reason, taking_back=True, watched=False)
