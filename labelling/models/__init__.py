"""What people do: pictures, findings, decisions."""

from labelling.models.audit_log import AuditEntry, AuditHead
from labelling.models.dispute import Dispute
from labelling.models.evidence import Evidence
from labelling.models.fingerprint import Fingerprint
from labelling.models.flag import Flag
from labelling.models.image import Image, Submission
from labelling.models.invitation import Invitation
from labelling.models.kept_answer import KeptAnswer
from labelling.models.people import User
from labelling.models.prediction import Embedding, Prediction
from labelling.models.queue import QueueItem, QueuePolicy, Showing, Why
from labelling.models.review import Label, Review
from labelling.models.sharing import SavedFilter, ShareLink
from labelling.models.token import ApiToken, Scope

__all__ = [
    "ApiToken",
    "AuditEntry",
    "AuditHead",
    "Dispute",
    "Embedding",
    "Evidence",
    "Fingerprint",
    "Flag",
    "Image",
    "Invitation",
    "KeptAnswer",
    "Label",
    "Prediction",
    "QueueItem",
    "QueuePolicy",
    "Review",
    "SavedFilter",
    "Scope",
    "ShareLink",
    "Showing",
    "Submission",
    "User",
    "Why",
]
