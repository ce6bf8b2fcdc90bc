"""How far reviewers agree and how each does: for administrators, and one's own for everybody."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.base import me
from labelling.api.figure import FigureSerializer
from labelling.api.numbers import number_asked
from labelling.api.roles import ForAdministrators, ForReviewers
from labelling.api.sparse import sparse
from labelling.reviewer_figures import ReviewerFigures, reviewer_figures, since_days
from labelling.silent_tests import BelowFloor, own_accuracy, reviewers_below_floor
from labelling.site_agreement import PairAgreement, SiteAgreement, site_agreement
from labelling.statistics.figure import with_every_member

MOST_DAYS = 3650
DAYS = OpenApiParameter(
    "days",
    {"type": "integer", "minimum": 1, "maximum": MOST_DAYS},
    description="Of how many days up to now; of all where it is left out.",
)


class OwnFiguresSerializer(serializers.Serializer[Any]):
    """What somebody answered at the review desk."""

    answers = serializers.IntegerField()
    decided = serializers.IntegerField(help_text="with AI or human")
    unsure = serializers.IntegerField()
    unusable = serializers.IntegerField()
    seconds = serializers.FloatField(help_text="for which they looked; the median")
    an_hour = serializers.FloatField(help_text="answers in an hour of looking")
    adjudicated = serializers.IntegerField(help_text="that an adjudicator settled")
    overruled = serializers.IntegerField(help_text="of these, the other way")


class ReviewerSerializer(OwnFiguresSerializer):
    """One reviewer."""

    reviewer = serializers.CharField(help_text="a name to sign in with")
    accuracy = FigureSerializer(help_text="right in silent tests")


class PairSerializer(serializers.Serializer[Any]):
    """Two reviewers who decided on enough of the same pictures."""

    reviewers = serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    kappa = FigureSerializer(help_text="Cohen's kappa")


class SiteAgreementSerializer(serializers.Serializer[Any]):
    """How far all of them agree."""

    pictures = serializers.IntegerField(help_text="that two or more decided on")
    percent = FigureSerializer(help_text="a share, from 0 to 1")
    alpha = FigureSerializer(help_text="Krippendorff's alpha")
    pairs = PairSerializer(many=True, help_text="the least agreeing first, ten at most")


class BelowFloorSerializer(serializers.Serializer[Any]):
    """Somebody who gets too few of the newest silent tests right."""

    reviewer = serializers.CharField()
    accuracy = FigureSerializer()
    floor = serializers.FloatField(help_text="of the queue's policy")


class ReviewersSerializer(serializers.Serializer[Any]):
    """The reviewers of the site in figures."""

    agreement = SiteAgreementSerializer()
    below_floor = BelowFloorSerializer(many=True, help_text="whom to talk to, the worst first")
    reviewers = ReviewerSerializer(many=True, help_text="by name")


class MyFiguresSerializer(serializers.Serializer[Any]):
    """Yours, in which no silent test can be told from another picture."""

    figures = OwnFiguresSerializer(allow_null=True, help_text="null where you answered nothing")
    accuracy = FigureSerializer(help_text="in silent tests up to yesterday, in whole tens")


class Reviewers(ForAdministrators):
    parameters = frozenset({"days"})

    @extend_schema(operation_id="reviewers_read", parameters=[DAYS], responses=ReviewersSerializer)
    @sparse
    def get(self, request: Request) -> Response:
        """How far reviewers agree, whom to talk to, and figures of each."""
        since = since_days(days_asked(request))
        return Response(
            {
                "agreement": _agreement(site_agreement(since)),
                "below_floor": [_below(one) for one in reviewers_below_floor()],
                "reviewers": [_reviewer(one) for one in reviewer_figures(since=since)],
            }
        )


class MyFigures(ForReviewers):
    parameters = frozenset({"days"})

    @extend_schema(operation_id="me_figures", parameters=[DAYS], responses=MyFiguresSerializer)
    @sparse
    def get(self, request: Request) -> Response:
        """What you answered, and how many silent tests you got right; for reviewers."""
        person = me(request)
        found = reviewer_figures(since=since_days(days_asked(request)), of=[person])
        accuracy = with_every_member(own_accuracy(person))
        return Response({"figures": _own(found[0]) if found else None, "accuracy": accuracy})


def days_asked(request: Request) -> int | None:
    return number_asked(request, "days", usual=None, most=MOST_DAYS)


def _own(figures: ReviewerFigures) -> dict[str, Any]:
    """Without the accuracy: from day to day it would tell which picture was a test."""
    return dict(OwnFiguresSerializer(figures).data)


def _reviewer(figures: ReviewerFigures) -> dict[str, Any]:
    accuracy = with_every_member(figures.accuracy)
    return {"reviewer": figures.person.get_username(), "accuracy": accuracy, **_own(figures)}


def _below(one: BelowFloor) -> dict[str, Any]:
    accuracy = with_every_member(one.accuracy)
    return {"reviewer": one.person.get_username(), "accuracy": accuracy, "floor": one.floor}


def _agreement(site: SiteAgreement) -> dict[str, Any]:
    return {
        "pictures": site.pictures,
        "percent": with_every_member(site.percent),
        "alpha": with_every_member(site.alpha),
        "pairs": [_pair(pair) for pair in site.pairs],
    }


def _pair(pair: PairAgreement) -> dict[str, Any]:
    names = [pair.first.get_username(), pair.second.get_username()]
    return {"reviewers": names, "kappa": with_every_member(pair.kappa)}
