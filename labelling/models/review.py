from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef

from classifier.vocabulary import Label as LabelValue
from labelling.models.image import Image

APPENDED = "A review is written once; it goes only with its picture. Append a retraction."


class ReviewQuerySet(models.QuerySet["Review"]):
    def standing(self) -> "ReviewQuerySet":
        """The votes that count: no retractions, and nothing that was retracted."""
        # Not a join with what is not there: Postgres takes its rows to be next to none.
        retracted = Exists(Review.objects.filter(retracts=OuterRef("pk")))
        return self.exclude(answer=Review.Answer.RETRACTED).filter(~retracted)

    def counting(self) -> "ReviewQuerySet":
        """The standing votes that may settle something: not those that test the reviewer."""
        return self.standing().filter(silent=False)

    def deciding(self) -> "ReviewQuerySet":
        """Of the counting votes those that say what the picture is: AI or human."""
        return self.counting().filter(answer__in=[Review.Answer.AI, Review.Answer.HUMAN])

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError(APPENDED)

    def delete(self) -> NoReturn:
        raise TypeError(APPENDED)


class Review(models.Model):
    """One decision of one person. Appended, never changed; undo appends a retraction.

    Nothing but the deletion of its picture takes a row away.

    A reviewer's standing vote is the newest review that no retraction names.
    """

    class Answer(models.TextChoices):
        AI = "ai"
        HUMAN = "human"
        UNSURE = "unsure"
        UNUSABLE = "unusable"
        RETRACTED = "retracted"

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    answer = models.CharField(max_length=10, choices=Answer)
    retracts = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="retraction"
    )
    silent = models.BooleanField(
        default=False, help_text="a settled picture shown to measure the reviewer; decides nothing"
    )
    adjudicates = models.BooleanField(
        default=False, help_text="an adjudicator's word, which settles whatever the votes say"
    )
    seconds = models.FloatField(
        null=True, blank=True, help_text="how long the picture was looked at, as the page says"
    )
    note = models.CharField(max_length=500, blank=True, help_text="an adjudicator's reason")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at", "id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["reviewer", "-created_at"], name="review_mine"),
            models.Index(fields=["created_at"], name="review_by_time"),
            # The queue asks of each open picture whether this reviewer has voted on it.
            models.Index(fields=["image", "reviewer"], name="review_on_image"),
        ]

    def __str__(self) -> str:
        return f"{self.answer} ({self.created_at:%Y-%m-%d %H:%M})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError(APPENDED)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(APPENDED)


class Label(models.Model):
    """What the reviews of a picture have settled: made, changed and removed by the consensus rule.

    ``gold`` labels measure and never train: two people agreed on them, unseen by each other.
    """

    image = models.OneToOneField(Image, on_delete=models.CASCADE, related_name="label")
    value = models.CharField(max_length=10, choices=[(v.value, v.value) for v in LabelValue])
    gold = models.BooleanField(default=False)
    settled_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["gold", "settled_at"], name="label_trainable"),
            models.Index(fields=["settled_at"], name="label_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.value}, gold" if self.gold else self.value
