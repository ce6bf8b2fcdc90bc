"""Prometheus figures, counted in the database at each scrape, so that they are right with any
number of web servers and workers."""

from collections.abc import Iterator

from django.db.models import Count
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
        counts = dict(Prediction.objects.order_by().values_list("verdict").annotate(Count("pk")))
        for verdict in Verdict:
            family.add_metric([verdict.value], counts.get(verdict.value, 0))
        return family

    def images(self) -> Metric:
        family = GaugeMetricFamily("aivh_images", "Pictures by state.", labels=["state"])
        counts = dict(Image.objects.order_by().values_list("state").annotate(Count("pk")))
        for state in Image.State.values:
            family.add_metric([state], counts.get(state, 0))
        return family

    def reviews(self) -> Metric:
        family = CounterMetricFamily("aivh_reviews", "Decisions by answer.", labels=["answer"])
        counts = dict(Review.objects.order_by().values_list("answer").annotate(Count("pk")))
        for answer in Review.Answer.values:
            family.add_metric([answer], counts.get(answer, 0))
        return family

    def labels(self) -> Metric:
        return GaugeMetricFamily("aivh_labels", "Settled pictures.", Label.objects.count())


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' text format."""
    collectors = CollectorRegistry()
    collectors.register(SiteCollector())
    return HttpResponse(generate_latest(collectors), content_type=CONTENT_TYPE_LATEST)
