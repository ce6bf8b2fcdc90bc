"""The dashboard's charts as files."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from classifier.queries import production_version
from labelling.errors import NotFound
from labelling.permissions import check_may_administer
from worker.charting.export import to_csv, to_dict
from worker.charting.spans import SPANS, USUAL, Span
from worker.charts import all_charts


def span_of(request: HttpRequest) -> Span:
    """The time that was asked for; seven days where it is none of ours."""
    return SPANS.get(request.GET.get("range", ""), USUAL)


@login_required
@never_cache
@require_GET
def export(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """One chart as a file. Raises NotAllowed, NotFound."""
    check_may_administer(request.user)
    span, live = span_of(request), production_version()
    charts = all_charts(span, timezone.now(), live.number if live else None)
    chart = next((chart for chart in charts if chart.slug == slug), None)
    if chart is None:
        raise NotFound("There is no such chart.")
    if form == "json":
        answer: HttpResponse = JsonResponse({"range": span.name, **to_dict(chart)})
    else:
        answer = HttpResponse(to_csv(chart), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slug}-{span.name}.{form}"'
    return answer
