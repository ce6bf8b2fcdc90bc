"""How the site stands at this moment: the model, what waits, drift, trainings, the heartbeat."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Max, Min
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric

from classifier.models import ModelVersion
from labelling.models import Image
from worker.models import Alert, DriftLook, TrainingRun
from worker.vital_signs import answered_heartbeats

State = TrainingRun.State
LEARNED = (State.SHADOW, State.PROMOTED, State.REJECTED)  # ran to its end and left a version
UNFINISHED = (Image.State.WAITING, Image.State.FAILED)


def site(live: ModelVersion | None) -> Iterator[Metric]:
    yield from model(live)
    yield from images()
    yield from trainings()
    yield from drift(live)
    yield from heartbeat()
    yield from alerts()


def model(live: ModelVersion | None) -> Iterator[Metric]:
    yield gauge("model_loaded", "1 when a version answers.", live is not None)
    yield gauge("aivh_model_version", "Number of the live version.", live.number if live else 0)
    info = InfoMetricFamily("aivh_model", "The version that answers.")
    if live is not None:
        info.add_metric(
            [],
            {
                "version": str(live.number),
                "digest": live.digest[:12],
                "backbone": live.backbone_digest[:12],
            },
        )
        yield from moment("aivh_model_promoted", "When it was made to answer.", live.promoted_at)
    yield info


def images() -> Iterator[Metric]:
    """Those that are done are not counted: their number is that of the pictures received."""
    family = GaugeMetricFamily("aivh_images", "Pictures by state.", labels=["state"])
    rows = Image.objects.filter(state__in=UNFINISHED, deleted_at__isnull=True).order_by()
    counts = {
        state: (count, oldest)
        for state, count, oldest in rows.values_list("state").annotate(
            Count("pk"), Min("received_at")
        )
    }
    for state in UNFINISHED:
        family.add_metric([state], counts.get(state, (0, None))[0])
    family.add_metric(["binned"], Image.objects.filter(deleted_at__isnull=False).count())
    yield family
    oldest = counts.get(Image.State.WAITING, (0, None))[1]
    yield from moment(
        "aivh_oldest_waiting_image", "When the picture that waits longest came.", oldest
    )


def trainings() -> Iterator[Metric]:
    rows = TrainingRun.objects.order_by().values_list("state")
    counts = dict(rows.annotate(Count("pk")))
    family = GaugeMetricFamily("aivh_training_runs", "Retrainings by state.", labels=["state"])
    for state in State.values:
        family.add_metric([state], counts.get(state, 0))
    yield family
    last = TrainingRun.objects.filter(state__in=LEARNED).aggregate(at=Max("finished_at"))["at"]
    yield from moment(
        "aivh_last_successful_training", "When one last ran to its end and left a version.", last
    )


def drift(live: ModelVersion | None) -> Iterator[Metric]:
    """The newest look at each window of the live version, figure by figure."""
    labels = ["layer", "figure", "against"]
    by = GaugeMetricFamily("aivh_drift", "How far a figure has moved.", labels=labels)
    p_value = GaugeMetricFamily("aivh_drift_p_value", "Of its test.", labels=labels)
    beyond = GaugeMetricFamily("aivh_drift_beyond", "1 where chance is no reason.", labels=labels)
    looked = GaugeMetricFamily(
        "aivh_drift_look_timestamp_seconds", "When the newest look was.", labels=["window"]
    )
    for window in DriftLook.Window.values if live else ():
        look = DriftLook.objects.filter(version=live, window=window).first()
        if look is None:
            continue
        looked.add_metric([window], look.created_at.timestamp())
        for reading in look.readings:
            place = [str(reading.get(label, "")) for label in labels]
            if "by" in reading and len(p_value.samples) < MOST_READINGS:
                by.add_metric(place, reading["by"])
                p_value.add_metric(place, reading["p_value"])
                beyond.add_metric(place, bool(reading.get("beyond")))
    yield from (by, p_value, beyond, looked)


MOST_READINGS = 60  # twice the figures that there are, against both references


def heartbeat() -> Iterator[Metric]:
    last = answered_heartbeats().first()
    yield from moment(
        "aivh_heartbeat",
        "When the newest heartbeat that went through the queue was sent.",
        last.sent_at if last else None,
    )
    if last is not None and last.answered_at is not None:
        seconds = (last.answered_at - last.sent_at).total_seconds()
        yield gauge("aivh_heartbeat_seconds", "How long it took to be answered.", seconds)


def alerts() -> Iterator[Metric]:
    family = GaugeMetricFamily("aivh_open_alerts", "Open alerts by kind.", labels=["kind"])
    rows = Alert.objects.filter(resolved_at__isnull=True).order_by().values_list("kind")
    counts = dict(rows.annotate(Count("pk")))
    for kind in Alert.Kind.values:
        family.add_metric([kind], counts.get(kind, 0))
    yield family


def gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def moment(name: str, words: str, at: datetime | None) -> Iterator[Metric]:
    """A time in Unix seconds; no series while there is none, so that no age is computed of it."""
    if at is not None:
        yield gauge(f"{name}_timestamp_seconds", words, at.timestamp())
