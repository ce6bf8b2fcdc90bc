"""What this room knows of a picture's life. Importing this module adds it to the history."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse

from labelling.audit_words import OPEN_TO_THE_BLIND, words_of
from labelling.blindness import sees_everything
from labelling.history import NEWEST, Event, Reader, history_source
from labelling.models import (
    AuditEntry,
    Dispute,
    Image,
    Label,
    Prediction,
    Review,
    Showing,
    Submission,
)

HANDED_IN = {
    Submission.Channel.PAGE: "Handed in on the page",
    Submission.Channel.API: "Handed in by a program",
    Submission.Channel.PREDICT: "Sent for a quick answer",
    Submission.Channel.IMPORT: "Imported",
}
SAID = {
    Review.Answer.AI: "Answered",
    Review.Answer.HUMAN: "Answered",
    Review.Answer.UNSURE: "Could not tell",
    Review.Answer.UNUSABLE: "Called it unusable",
    Review.Answer.RETRACTED: "Took the answer back",
}
ANSWERED = {
    Dispute.State.ACCEPTED: "The dispute was accepted",
    Dispute.State.DECLINED: "The dispute was declined",
    Dispute.State.WITHDRAWN: "The dispute was withdrawn",
}
OUTCOMES = {
    "": "not answered yet",
    Showing.Outcome.ANSWERED: "answered",
    Showing.Outcome.SKIPPED: "skipped",
    Showing.Outcome.FLAGGED: "flagged",
    Showing.Outcome.RELEASED: "left without an answer",
    Showing.Outcome.EXPIRED: "left without an answer",
    Showing.Outcome.UNDONE: "answer taken back",
}


@history_source
def submissions(image: Image, reader: Reader) -> Iterator[Event]:
    """Everybody's for those who work here, but a file's name only to whoever gave it."""
    rows = image.submissions.select_related("submitter")
    rows = rows if reader.works else rows.filter(submitter=reader.person.pk)
    for row in rows[:NEWEST]:
        named = reader.administers or reader.is_me(row.submitter_id)
        # An import has its administrator on its job and on the vote, and no submitter.
        nobody = "" if row.channel == Submission.Channel.IMPORT else "without an account"
        yield Event(
            at=row.created_at,
            kind="handed-in",
            words=HANDED_IN[Submission.Channel(row.channel)],
            by=reader.name(row.submitter, nobody) if named else "",
            note=row.filename if named else "",
        )


@history_source
def predictions(image: Image, reader: Reader) -> Iterator[Event]:
    if not reader.finding:
        return
    rows = Prediction.objects.spoken().filter(image=image).select_related("version")
    for row in rows.order_by("-created_at")[:NEWEST]:
        yield Event(
            at=row.created_at,
            kind="predicted",
            words=f"Judged by version {row.version.number}",
            prediction=row,
            url=_to("version", row.version.number),
        )


@history_source
def reviews(image: Image, reader: Reader) -> Iterator[Event]:
    """One's own from the start, everybody's with one's vote. That one was silent is not told.

    A note is for whoever wrote it, adjudicators and administrators, as in ``GET reviews/``.
    """
    if not reader.works:
        return
    rows = image.reviews.select_related("reviewer").order_by("-created_at", "-pk")
    rows = rows if reader.votes else rows.filter(reviewer=reader.person.pk)
    everything = sees_everything(reader.person)
    for row in rows[:NEWEST]:
        decided = row.answer in (Review.Answer.AI, Review.Answer.HUMAN)
        words = (
            "Settled it as an adjudicator" if row.adjudicates else SAID[Review.Answer(row.answer)]
        )
        if row.silent and reader.administers:
            words += ", as a silent test"
        yield Event(
            at=row.created_at,
            kind="adjudicated" if row.adjudicates else "answered",
            words=words,
            by=reader.name(row.reviewer),
            answer=row.answer if decided or row.adjudicates else "",
            note=row.note if everything or reader.is_me(row.reviewer_id) else "",
        )


@history_source
def showings(image: Image, reader: Reader) -> Iterator[Event]:
    """Who saw it, and for administrators why: a reviewer who knew would know the silent tests."""
    if not reader.works:
        return
    rows = image.showings.select_related("person").order_by("-shown_at", "-pk")
    rows = rows if reader.administers else rows.filter(person=reader.person.pk)
    for row in rows[:NEWEST]:
        why = f"Why: {row.get_why_display()}." if reader.administers else ""
        words = f"Shown, {OUTCOMES[row.outcome]}"
        yield Event(row.shown_at, "shown", words, by=reader.name(row.person), note=why)


@history_source
def flags(image: Image, reader: Reader) -> Iterator[Event]:
    if not reader.works:
        return
    rows = image.flags.select_related("by", "resolved_by").order_by("-created_at")
    rows = rows if reader.votes else rows.filter(by=reader.person.pk)
    for row in rows[:NEWEST]:
        yield Event(row.created_at, "flagged", "Flagged", by=reader.name(row.by), note=row.note)
        if row.resolved_at:
            by = reader.name(row.resolved_by)
            yield Event(row.resolved_at, "flagged", "The flag was resolved", by=by)


@history_source
def disputes(image: Image, reader: Reader) -> Iterator[Event]:
    """One's own, and everybody's with one's vote."""
    rows = image.disputes.select_related("by", "answered_by").order_by("-opened_at")
    everybodys = reader.works and reader.votes
    rows = rows if everybodys else rows.filter(by=reader.person.pk)
    for row in rows[:NEWEST]:
        mine = reader.is_me(row.by_id)
        # Its page is for whoever opened it and those who answer.
        url = _to("dispute", row.pk) if mine or sees_everything(reader.person) else ""
        by = reader.name(row.by) if mine or reader.administers else "whoever handed it in"
        yield Event(row.opened_at, "disputed", "Disputed", by=by, note=row.reason, url=url)
        if row.answered_at:
            words = ANSWERED[Dispute.State(row.state)]
            answerer = reader.name(row.answered_by)
            yield Event(row.answered_at, "disputed", words, by=answerer, note=row.answer, url=url)


@history_source
def marks(image: Image, reader: Reader) -> Iterator[Event]:
    """What it measures or measured, where its row tells more than the log."""
    if reader.administers and image.audit:
        yield Event(image.received_at, "marked", "Drawn for the audit sample, by chance")
    if not (reader.works and reader.votes):
        return
    if image.doubted_at:
        yield Event(
            image.doubted_at, "marked", "A second person was asked whether the label is right"
        )
    if image.regression_since:
        by = reader.name(image.regression_by)
        yield Event(image.regression_since, "marked", "Kept in the regression set for ever", by=by)


@history_source
def label_changes(image: Image, reader: Reader) -> Iterator[Event]:
    """Whoever handed it in learns what people settled now, and not how it came to that."""
    if not reader.works:
        if label := Label.objects.filter(image=image).first():
            yield Event(label.settled_at, "settled", "People have settled it", answer=label.value)
        return
    if not reader.votes:
        return
    told = False
    for entry in _logged(image, Q(action__startswith="label.")):
        told = told or entry.action == "label.settled"
        after = entry.details.get("after") or {}
        words = words_of(entry) + (", to measure with" if after.get("gold") else "")
        by = _actor(entry, reader)
        yield Event(entry.at, "settled", words, by=by, answer=after.get("value", ""))
    if not told and (label := Label.objects.filter(image=image).first()):
        # It was settled before there was a log.
        yield Event(label.settled_at, "settled", "Settled", answer=label.value)


@history_source
def moves(image: Image, reader: Reader) -> Iterator[Event]:
    """Into the bin and out of it, and whatever else the audit log tells of the picture itself."""
    if not reader.works:
        return
    elsewhere = Q(action__startswith="label.") | Q(action__startswith="dispute.")
    for entry in _logged(image, ~elsewhere & ~Q(action="image.regression")):
        is_open = entry.action in OPEN_TO_THE_BLIND
        is_open = is_open or (reader.votes and entry.action == "image.gold_wanted")
        if is_open or reader.administers:
            yield Event(entry.at, "moved", words_of(entry), by=_actor(entry, reader))


def _actor(entry: AuditEntry, reader: Reader) -> str:
    return reader.me if entry.actor == reader.person.get_username() else entry.actor


def _logged(image: Image, which: Q) -> QuerySet[AuditEntry]:
    told = AuditEntry.objects.filter(which, subject=f"image:{image.pk}")
    return told.order_by("-pk")[:NEWEST]


def _to(name: str, key: int) -> str:
    """The address of what is told of; empty where this installation has no such page."""
    try:
        return reverse(name, args=[key])
    except NoReverseMatch:
        return ""
