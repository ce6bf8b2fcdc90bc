"""How the site is, in figures: what the dashboard shows, from the same tallies."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from classifier.queries import production_version
from labelling.api.figure import FigureSerializer
from labelling.api.numbers import number_asked
from labelling.api.roles import ForAdministrators
from labelling.api.sparse import sparse
from labelling.errors import InvalidRequest
from worker.api.chart_body import ChartSerializer, counts
from worker.charting.export import to_dict
from worker.charting.spans import SPANS, USUAL, Span
from worker.charting.traffic import ANSWERS, CHANNELS, VERDICTS
from worker.charts import all_charts
from worker.figures import MOST_DAYS, SHOWN_DAYS, figures_now

DAYS = OpenApiParameter(
    "days",
    {"type": "integer", "minimum": 1, "maximum": MOST_DAYS, "default": SHOWN_DAYS},
    description="How many days are counted, today among them.",
)
RANGE = OpenApiParameter("range", str, enum=list(SPANS), default=USUAL.name)


class LearningSerializer(serializers.Serializer[Any]):
    """Whether a retraining is worth it."""

    new_labels = serializers.IntegerField(help_text="settled since it last learned")
    needed = serializers.IntegerField(help_text="from so many on it is worth it")
    training_run = serializers.IntegerField(allow_null=True, help_text="that is under way")


class AgreementSerializer(serializers.Serializer[Any]):
    """By the last look at drift: shares from 0 to 1; null where too few pictures are settled."""

    looked_at = serializers.DateTimeField(allow_null=True)
    reviewers = serializers.FloatField(allow_null=True, help_text="two people said the same")
    overruled = serializers.FloatField(allow_null=True, help_text="people overruled the verdict")


class DaySerializer(serializers.Serializer[Any]):
    """One day in the site's time zone."""

    day = serializers.DateField()
    submissions = counts(CHANNELS)
    verdicts = counts(VERDICTS)
    reviews = counts(ANSWERS)


class StatisticsSerializer(serializers.Serializer[Any]):
    """How the site is now. The counts are at most a minute old."""

    made_at = serializers.DateTimeField()
    time_zone = serializers.CharField()
    lead = serializers.CharField(help_text="how it is, in a sentence")
    version = serializers.IntegerField(allow_null=True, help_text="that answers")
    version_before = serializers.IntegerField(
        allow_null=True, help_text="to which one can go back at once"
    )
    in_shadow = serializers.IntegerField(allow_null=True, help_text="the version that is tried")
    accuracy = FigureSerializer(help_text="right in the audit sample")
    false_accusations = FigureSerializer(help_text="settled human pictures that it called AI")
    judged = serializers.IntegerField(help_text="by that version in seven days")
    answered = serializers.IntegerField(help_text="of these, with AI or human")
    waiting = serializers.IntegerField(help_text="for the detector; 1,000 is that many or more")
    waiting_since = serializers.DateTimeField(allow_null=True, help_text="of the oldest")
    to_review = serializers.IntegerField(help_text="for people; 1,000 is that many or more")
    open_alerts = serializers.IntegerField()
    heartbeat_at = serializers.DateTimeField(allow_null=True, help_text="of the last one answered")
    worker_silent = serializers.BooleanField(help_text="no worker for pictures was seen of late")
    learning = LearningSerializer()
    below_floor = serializers.ListField(
        child=serializers.CharField(),
        help_text="reviewers who get too few silent tests right; the worst first",
    )
    agreement = AgreementSerializer()
    days = DaySerializer(many=True, help_text="the earliest first")


class ChartsSerializer(serializers.Serializer[Any]):
    """The charts of the dashboard over one span of time."""

    range = serializers.CharField()
    charts = ChartSerializer(many=True)


class Statistics(ForAdministrators):
    parameters = frozenset({"days"})

    @extend_schema(
        operation_id="statistics_read", parameters=[DAYS], responses=StatisticsSerializer
    )
    @sparse
    def get(self, request: Request) -> Response:
        """How the site is now, and what came in on each of the last days."""
        days = number_asked(request, "days", usual=SHOWN_DAYS, most=MOST_DAYS)
        return Response(StatisticsSerializer(figures_now(days)).data)


class Charts(ForAdministrators):
    parameters = frozenset({"range"})

    @extend_schema(operation_id="statistics_charts", parameters=[RANGE], responses=ChartsSerializer)
    @sparse
    def get(self, request: Request) -> Response:
        """The dashboard's charts as tables."""
        span = _span(request.query_params.get("range", USUAL.name))
        live = production_version()
        charts = all_charts(span, timezone.now(), live.number if live else None)
        return Response({"range": span.name, "charts": [to_dict(chart) for chart in charts]})


def _span(name: str) -> Span:
    if name not in SPANS:
        raise InvalidRequest(f"range takes one of {', '.join(SPANS)}.")
    return SPANS[name]
