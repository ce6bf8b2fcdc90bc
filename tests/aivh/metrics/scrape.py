"""A scrape as Prometheus reads it."""

from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from aivh.metrics.shipping import shipper

Sample = tuple[str, frozenset[tuple[str, str]]]


def scrape(*, ship: bool = True) -> dict[Sample, float]:
    """Every series by name and labels, with what this process has counted so far."""
    if ship:
        assert shipper.ship()
    answer = Client().get("/metrics")
    assert answer.status_code == 200, answer.content
    found: dict[Sample, float] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            key = sample.name, frozenset(sample.labels.items())
            assert key not in found, f"{key} is there twice"
            found[key] = sample.value
    return found


def series(name: str, **labels: str) -> Sample:
    return name, frozenset(labels.items())
