from django.db import models

from labelling.models.image import Image


class Fingerprint(models.Model):
    """A small grey copy of a picture, from which copies of it are told; made when it is examined.

    ``grey`` holds the rows of a square of ``classifier.detector.fingerprint.SIDE`` pixels a side,
    one byte each. It goes with its picture.
    """

    image = models.OneToOneField(
        Image, primary_key=True, on_delete=models.CASCADE, related_name="fingerprint"
    )
    grey = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"fingerprint of {self.image_id}"
