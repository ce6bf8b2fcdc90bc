"""Prometheus figures, counted in the database at each scrape, so that they are right with any
number of web servers and workers."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from classifier.queries import production_version
from classifier.vocabulary import Verdict
from labelling.liveness import worker_is_silent
from labelling.models import Image, Label, Prediction, Review


class SiteCollector(Collector):
    """The site's figures. Labels are closed sets, so the number of series is bounded."""

    def collect(self) -> Iterator[Metric]:
        yield from (self.predictions(), self.images(), self.reviews(), self.labels())
        version = production_version()
        yield GaugeMetricFamily("model_loaded", "1 when a version answers.", version is not None)
        yield GaugeMetricFamily(
            "aivh_model_version", "Number of the live version.", version.number if version else 0
        )
        yield GaugeMetricFamily(
            "aivh_worker_up", "1 when an inference worker was seen lately.", not worker_is_silent()
        )

    def predictions(self) -> Metric:
        family = CounterMetricFamily("predictions", "Findings by verdict.", labels=["verdict"])
        said = Prediction.objects.spoken()
        return counted(family, said, "verdict", [verdict.value for verdict in Verdict])

    def images(self) -> Metric:
        family = GaugeMetricFamily("aivh_images", "Pictures by state.", labels=["state"])
        return counted(
            family, Image.objects.filter(deleted_at__isnull=True), "state", Image.State.values
        )

    def reviews(self) -> Metric:
        family = CounterMetricFamily("aivh_reviews", "Decisions by answer.", labels=["answer"])
        return counted(family, Review.objects.all(), "answer", Review.Answer.values)

    def labels(self) -> Metric:
        return GaugeMetricFamily("aivh_labels", "Settled pictures.", Label.objects.count())


def counted(
    family: CounterMetricFamily | GaugeMetricFamily,
    found: "QuerySet[Any]",
    column: str,
    values: Iterable[str],
) -> Metric:
    """Fill the family with how many rows have each value, zeros included."""
    rows = found.order_by().values_list(column)
    counts = dict(rows.annotate(Count("pk")))
    for value in values:
        family.add_metric([value], counts.get(value, 0))
    return family


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' text format."""
    collectors = CollectorRegistry()
    collectors.register(SiteCollector())
    return HttpResponse(generate_latest(collectors), content_type=CONTENT_TYPE_LATEST)
