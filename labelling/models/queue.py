"""What people are asked next: places of open pictures, who holds one, and the rule of mixing."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from labelling.models.image import Image

SHARE = [MinValueValidator(0.0), MaxValueValidator(0.5)]


class Why(models.TextChoices):
    """Why a picture is put before a person."""

    DISPUTED = "disputed", "somebody who handed it in disputes the verdict"
    DOUBTED = "doubted", "its label is in doubt, so a second person is asked"
    CONTRADICTED = "contradicted", "its file and the detector contradict each other"
    CHALLENGED = "challenged", "two versions of the detector disagree"
    UNCERTAIN = "uncertain", "the detector learns most from the answer"
    NOVEL = "novel", "it is unlike what the detector has learned from"
    AUDIT = "audit", "drawn by chance when it came, to measure the detector"
    GOLD = "gold", "settled already, to measure the reviewer"
    UNJUDGED = "unjudged", "the detector has not judged it yet"
    ASSIGNED = "assigned", "somebody asked this reviewer about it"
    CHOSEN = "chosen", "the reviewer opened it"
    AGAIN = "again", "nothing else was waiting"
    ADJUDICATED = "adjudicated", "people disagree on it"


class QueueItem(models.Model):
    """The place of one open picture. There is a row as long as people are wanted for it.

    The rows are derived from pictures, predictions and reviews by ``labelling.services.places``
    and can be made anew from them at any time; but for ``assigned_to``, which somebody chose and
    which goes with the row.
    """

    class Lane(models.TextChoices):
        URGENT = "urgent"
        RANKED = "ranked"
        AUDIT = "audit"
        ADJUDICATION = "adjudication"

    image = models.OneToOneField(
        Image, primary_key=True, on_delete=models.CASCADE, related_name="place"
    )
    lane = models.CharField(max_length=12, choices=Lane)
    why = models.CharField(max_length=12, choices=Why)
    begun = models.BooleanField(
        default=False, help_text="somebody has voted on it already, and more people are wanted"
    )
    rank = models.FloatField(default=0.0, help_text="the higher, the sooner, within its lane")
    novelty = models.FloatField(
        null=True, blank=True, help_text="of what is ranked and nobody has voted on yet"
    )
    since = models.DateTimeField(help_text="of equals the longest waiting comes first")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="assigned_places",
        help_text="who is asked about it before anything else",
    )

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # The head of each lane is read from an index, however many pictures wait. What is
            # begun stands apart: whoever began it is not asked again, and those could be many.
            models.Index("lane", "begun", F("rank").desc(), "since", "image", name="queue_lane"),
            models.Index(
                "lane",
                F("novelty").desc(),
                "since",
                "image",
                condition=Q(novelty__isnull=False),
                name="queue_novel",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.image_id}, {self.why}"


class Showing(models.Model):
    """One time that a picture was put before a person: who saw what, why, and what came of it.

    While ``ended_at`` is empty the person holds the picture, until ``leased_until``, and nobody
    else is asked about it (but for gold, which measures each person by themselves).
    """

    class Outcome(models.TextChoices):
        ANSWERED = "answered"
        SKIPPED = "skipped"
        FLAGGED = "flagged"
        RELEASED = "released", "left without an answer"
        EXPIRED = "expired", "not renewed in time"
        UNDONE = "undone", "the answer was taken back"

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="showings")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="showings"
    )
    why = models.CharField(max_length=12, choices=Why)
    probability = models.FloatField(
        help_text="the chance with which this turn was to fall on this picture"
    )
    turn = models.PositiveBigIntegerField(
        unique=True, help_text="the site-wide number of this turn"
    )
    shown_at = models.DateTimeField()
    leased_until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["shown_at", "pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["image", "person"], name="showing_of_image"),
            models.Index(fields=["person", "-shown_at"], name="showing_mine"),
            models.Index(
                fields=["leased_until"], condition=Q(ended_at__isnull=True), name="showing_open"
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["image"],
                condition=Q(ended_at__isnull=True) & ~Q(why="gold"),
                name="one_person_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["image", "person"],
                condition=Q(ended_at__isnull=True),
                name="one_lease_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.image_id} before {self.person_id}, {self.outcome or 'open'}"


class QueuePolicy(models.Model):
    """How the queue mixes and what settles a picture; one row for the site.

    Whoever takes turns locks this row, so that turns have one order for everybody.
    """

    gold_share = models.FloatField(
        default=0.05, validators=SHARE, help_text="of the turns: settled pictures, as a silent test"
    )
    audit_share = models.FloatField(
        default=0.10, validators=SHARE, help_text="of the turns: the random audit sample"
    )
    novel_share = models.FloatField(
        default=0.15, validators=SHARE, help_text="of the turns: what is unlike anything learned"
    )
    votes_wanted = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="people who must agree on an ordinary picture",
    )
    lease_minutes = models.PositiveSmallIntegerField(
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text="how long a picture is kept for the person who has it on the screen",
    )
    unsure_wanted = models.PositiveSmallIntegerField(
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="people who must be unsure before an adjudicator is asked",
    )
    gold_floor = models.FloatField(
        default=0.8,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="a reviewer who gets a smaller share of the silent tests right is pointed out",
    )
    turns = models.PositiveBigIntegerField(default=0, editable=False)
    requeued_to = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        help_text="up to which picture the places are made anew; empty while all are right",
    )

    class Meta:
        verbose_name_plural = "queue policy"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(models.Value(1), name="one_queue_policy")
        ]

    def __str__(self) -> str:
        return "queue policy"
