"""``GET /metrics``."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from aivh.errors import error_response
from aivh.metrics.access import check_may_read
from aivh.metrics.histories import histories
from aivh.metrics.processes import processes
from aivh.metrics.site import site
from classifier.errors import AivhError
from classifier.queries import production_version


class Figures(Collector):
    """All of them, in a bounded number of queries and series."""

    def collect(self) -> Iterator[Metric]:
        live = production_version()
        yield from histories(live.number if live else None)
        yield from site(live)
        yield from processes()


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures in Prometheus' text format."""
    try:
        check_may_read(request)
    except AivhError as error:
        response = error_response(request, error.code, error.message)
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response
    collectors = CollectorRegistry()
    collectors.register(Figures())
    return HttpResponse(generate_latest(collectors), content_type=CONTENT_TYPE_LATEST)
