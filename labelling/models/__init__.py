"""What people do: pictures, findings, decisions."""

from labelling.models.evidence import Evidence
from labelling.models.fingerprint import Fingerprint
from labelling.models.image import Image, Submission
from labelling.models.people import User
from labelling.models.prediction import Embedding, Prediction
from labelling.models.review import Label, Review

__all__ = [
    "Embedding",
    "Evidence",
    "Fingerprint",
    "Image",
    "Label",
    "Prediction",
    "Review",
    "Submission",
    "User",
]
