import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse


class Image(models.Model):
    """A picture, once, however often it is sent in. The original lies in the storage.

    ``state`` is the outbox of inference: what is ``waiting`` will be classified, whoever dies in
    between; ``sent_at`` says when it was last put on the queue.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        CLASSIFIED = "classified"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64, unique=True)
    original = models.CharField(max_length=200, help_text="name in the storage")
    content_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField(help_text="bytes")
    jpeg_quality = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="as a JPEG's tables say, 1 to 100; 0 has none, empty is not read yet",
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    failure_code = models.CharField(max_length=40, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    evidence_read_at = models.DateTimeField(
        null=True, blank=True, help_text="when the file was read for what it says of its origin"
    )
    votes_wanted = models.PositiveSmallIntegerField(
        default=1, help_text="people who must agree; the site's policy may ask for more"
    )
    gold_wanted = models.BooleanField(
        default=False, help_text="two people decide on it unseen by each other; then it measures"
    )
    unusable = models.BooleanField(
        default=False, help_text="people agreed that nothing can be learned or measured with it"
    )
    disputed_at = models.DateTimeField(
        null=True, blank=True, help_text="since when somebody who handed it in says it is wrong"
    )
    challenged_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="since when it is known that two versions of the detector disagree on it",
    )
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="since when it lies in the bin"
    )
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="binned_images",
    )
    audit = models.BooleanField(
        default=False, help_text="drawn by chance when it came; its label measures, never trains"
    )
    doubted_at = models.DateTimeField(
        null=True, blank=True, help_text="when a second person was asked whether the label is right"
    )
    regression_since = models.DateTimeField(
        null=True, blank=True, help_text="since when it is measured for ever and never trains"
    )
    regression_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="regression_images",
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-received_at"]
        permissions = (("adjudicate_image", "Can settle what reviewers disagree on"),)
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "sent_at"], name="image_outbox"),
            models.Index(fields=["-received_at"], name="image_newest"),
            models.Index(fields=["-size"], name="image_largest"),
            models.Index(
                fields=["-received_at"],
                condition=Q(jpeg_quality__isnull=True),
                name="image_quality_unread",
            ),
            models.Index(
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="image_bin"
            ),
        ]

    def __str__(self) -> str:
        return f"image {self.sha256[:12]}"

    def get_absolute_url(self) -> str:
        return reverse("image", args=[self.id])

    @property
    def settled_as(self) -> str:
        """What people settled: ``ai``, ``human`` or ``unusable``; empty while nothing is.

        Have the label joined where there are many. Who may know it: ``labelling.blindness``.
        """
        label = getattr(self, "label", None)
        return label.value if label else "unusable" if self.unusable else ""


class Submission(models.Model):
    """One time that somebody handed the picture in."""

    class Channel(models.TextChoices):
        PAGE = "page"
        API = "api"
        PREDICT = "predict"
        IMPORT = "import"

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="submissions")
    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    channel = models.CharField(max_length=10, choices=Channel)
    filename = models.CharField(max_length=255, blank=True, help_text="as given, never trusted")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["submitter", "-created_at"], name="submission_mine"),
            models.Index(fields=["created_at"], name="submission_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.channel}, {self.created_at:%Y-%m-%d %H:%M}"
