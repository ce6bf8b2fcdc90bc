"""Alerts on the running site, in each state that the page shows."""

from tests.site import Site

# With keys that nothing else raises or ends.
RAISE = """
from uuid import UUID
from labelling.models import User
from worker.models import Alert
from worker.services.alerts import acknowledge_alert, mute_alert, raise_alert, resolve_alert
admin = User.objects.get(username={admin!r})
def find(state, kind):
    said = {{
        "sentence": f"What comes in has changed: the test of {{state}} alerts.",
        "advice": "Look at the pictures.",
        "link": "/report",
        "images": [UUID(one) for one in {images!r}],
    }}
    return raise_alert(key=f"test:{{state}}", kind=kind, **said)[0].pk
find("open", Alert.Kind.DRIFT)
acknowledge_alert(alert_id=find("acknowledged", Alert.Kind.QUEUE), by=admin)
mute_alert(alert_id=find("muted", Alert.Kind.DRIFT), by=admin, duration="1 week")
find("over", Alert.Kind.TRAINING)
resolve_alert(key="test:over")
"""
FORGET = """
from worker.models import Alert, Mute
Alert.objects.filter(key__startswith="test:").delete()
Mute.objects.filter(key__startswith="test:").delete()
"""


def raise_alerts(site: Site, images: list[str]) -> None:
    """Four, each with these pictures: open, in hand, muted, over."""
    site.shell(RAISE.format(admin=site.admin[0], images=images))


def forget_alerts(site: Site) -> None:
    site.shell(FORGET)
