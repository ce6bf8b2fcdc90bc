"""Which pictures are an audit sample: drawn by chance as they come, before anybody scored them."""

from uuid import UUID

from django.conf import settings

from labelling.chance import chance

SALT = "labelling.audit"


def is_audited(image_id: UUID) -> bool:
    """Whether this picture is in the sample; always the same answer for the same share.

    Drawn from an id that the site gave, under the site's secret: whoever hands pictures in can
    neither choose the outcome nor tell it, so nobody can keep theirs in the sample or out of it.
    """
    return chance(SALT, str(image_id)) < settings.AUDIT_SHARE


def place_by_chance(sha256: str) -> float:
    """Return a rank from 0 to 1 in the queue, the same for every version.

    Under the site's secret, too: nobody can choose bytes that come late, or first.
    """
    return chance(f"{SALT}.place", sha256)
