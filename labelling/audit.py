"""Which pictures are an audit sample: drawn by chance as they come, before anybody scored them."""

from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "labelling.audit"


def is_audited(image_id: UUID) -> bool:
    """Whether this picture is in the sample; always the same answer for the same share.

    Drawn from an id that the site gave, under the site's secret: whoever hands pictures in can
    neither choose the outcome nor tell it, so nobody can keep theirs in the sample or out of it.
    """
    drawn = salted_hmac(SALT, str(image_id), algorithm="sha256").digest()
    return int.from_bytes(drawn[:8]) < settings.AUDIT_SHARE * 2**64
