"""The weekly reports: what changed from one week to the next."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from labelling.api.figure import FigureSerializer
from labelling.api.numbers import number_asked
from labelling.api.roles import ForAdministrators
from labelling.api.sparse import sparse
from labelling.statistics.figure import with_every_member
from worker.api.chart_body import counts
from worker.charting.traffic import CHANNELS, VERDICTS
from worker.models import TrainingRun
from worker.weekly.facts import Facts
from worker.weekly.report import Report, report_of
from worker.weekly.week import Week
from worker.weekly.weeks import pictures_in, week_named, weeks

State = TrainingRun.State
USUAL, MOST = 26, 520  # weeks: half a year, and ten
WEEKS = OpenApiParameter(
    "weeks",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
    description="How many of the newest weeks are listed.",
)


class WeekSerializer(serializers.Serializer[Any]):
    """A week by ISO 8601, from Monday to Sunday in the site's time zone."""

    week = serializers.CharField(help_text="such as 2026-W48")
    url = serializers.URLField()
    page = serializers.URLField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()


class ListedWeekSerializer(WeekSerializer):
    """A week of which there is a report."""

    pictures = serializers.IntegerField(help_text="that came in")


class WeeksSerializer(serializers.Serializer[Any]):
    """The weeks of which there are reports, the newest first."""

    weeks = ListedWeekSerializer(many=True)


class AuditedSerializer(serializers.Serializer[Any]):
    """Shares of the audit sample that was settled in the week."""

    right = FigureSerializer(help_text="at one half")
    dared = FigureSerializer(help_text="answered with AI or human")
    accused = FigureSerializer(help_text="human pictures called AI")


class AlertedSerializer(serializers.Serializer[Any]):
    """Alerts of drift and all others: how many began, how many stood open at the end."""

    drifts = serializers.IntegerField()
    drifts_open = serializers.IntegerField()
    others = serializers.IntegerField()
    others_open = serializers.IntegerField()


class WeekFactsSerializer(serializers.Serializer[Any]):
    """What happened in a week."""

    pictures = serializers.IntegerField()
    uploads = counts(CHANNELS)
    verdicts = counts(VERDICTS)
    version = serializers.IntegerField(allow_null=True, help_text="that answered at its end")
    audited = AuditedSerializer(help_text="of that version alone")
    looks = serializers.IntegerField(help_text="at what came in")
    alerted = AlertedSerializer()
    runs = counts([State.PROMOTED, State.REJECTED, State.FAILED])
    returned = serializers.IntegerField(help_text="versions that were taken back")
    reviews = serializers.IntegerField()
    settled = serializers.IntegerField()
    agreed = serializers.FloatField(allow_null=True, help_text="two people said the same")
    overruled = serializers.FloatField(allow_null=True, help_text="people overruled the verdict")


class WeekLineSerializer(serializers.Serializer[Any]):
    """A figure in both weeks, and the change in words."""

    name = serializers.CharField()
    now = serializers.CharField()
    before = serializers.CharField()
    change = serializers.CharField()


class WeekSectionSerializer(serializers.Serializer[Any]):
    """Lines of one subject, as the page and the mail have them."""

    title = serializers.CharField()
    note = serializers.CharField()
    lines = WeekLineSerializer(many=True)


class WeeklyReportSerializer(WeekSerializer):
    """The report of a week, in figures and in words."""

    over = serializers.BooleanField(help_text="false while the week runs")
    lead = serializers.CharField(help_text="what matters, in a sentence")
    now = WeekFactsSerializer()
    before = WeekFactsSerializer(help_text="the week before")
    sections = WeekSectionSerializer(many=True)


class WeeklyReports(ForAdministrators):
    parameters = frozenset({"weeks"})

    @extend_schema(
        operation_id="weekly_reports_list", parameters=[WEEKS], responses=WeeksSerializer
    )
    @sparse
    def get(self, request: Request) -> Response:
        """The weeks since the first picture came in, the newest first."""
        asked = number_asked(request, "weeks", usual=USUAL, most=MOST)
        listed = pictures_in(weeks()[:asked])
        rows = [_week(week, request) | {"pictures": count} for week, count in listed.items()]
        return Response(WeeksSerializer({"weeks": rows}).data)


class OneWeeklyReport(ForAdministrators):
    @extend_schema(operation_id="weekly_reports_read", responses=WeeklyReportSerializer)
    @sparse
    def get(self, request: Request, week: str) -> Response:
        """One week beside the week before; the figures are at most a minute old."""
        report = report_of(week_named(week, weeks()))
        return Response(WeeklyReportSerializer(_report(report, request)).data)


def _week(week: Week, request: Request) -> dict[str, Any]:
    return {
        "week": week.name,
        "url": reverse("api-weekly-report", args=[week.name], request=request),
        "page": request.build_absolute_uri(week.get_absolute_url()),
        "first_day": week.monday,
        "last_day": week.sunday,
    }


def _report(report: Report, request: Request) -> dict[str, Any]:
    return _week(report.week, request) | {
        "over": not report.runs,
        "lead": report.lead,
        "now": _facts(report.now),
        "before": _facts(report.before),
        "sections": [asdict(section) for section in report.sections],
    }


def _facts(facts: Facts) -> dict[str, Any]:
    audited = facts.audited
    shares = {"right": audited.right, "dared": audited.dared, "accused": audited.accused}
    return asdict(facts) | {
        "audited": {name: with_every_member(share) for name, share in shares.items()}
    }
