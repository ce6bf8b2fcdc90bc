"""The schema's own words, and the address of each of its parts."""

from typing import Any

from aivh import __version__
from classifier.vocabulary import Label, Verdict

DESCRIPTION = """
Hand pictures in, ask what was found, answer for them, and steer the detector. Everything that the
pages can do, programs can, by the same rules.

**In three steps.** Make a token on [your page of tokens](/accounts/tokens/) (or by
`POST /api/v1/token/`), hand a picture in, read its `finding`:

```sh
curl -H "Authorization: Bearer $AIVH_TOKEN" -F file=@cat.jpg "$AIVH_URL/api/v1/images/?wait=10"
```

```python
import requests

session = requests.Session()
session.headers["Authorization"] = f"Bearer {token}"
with open("cat.jpg", "rb") as file:
    answer = session.post(f"{url}/api/v1/images/", params={"wait": 10}, files={"file": file})
answer.raise_for_status()
print(answer.json()["finding"])
```

`probability_ai` is always the probability that a machine made the picture; `verdict` is `ai`,
`human` or `uncertain`. Times are ISO 8601 in UTC. Lists come a page at a time: follow `next` as it
is. Refusals are problem details; [their codes](/docs/errors) are stable.
"""

PROMISED = ("/api/v1/", "/predict", "/report")
SETTINGS: dict[str, Any] = {
    "TITLE": "aivh",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_NO_READ_ONLY_REQUIRED": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "filter": True},
    "ENUM_NAME_OVERRIDES": {
        "Label": [label.value for label in Label],
        "Verdict": [verdict.value for verdict in Verdict],
        "Scope": "labelling.models.token.Scope",
        "Decision": "labelling.api.labels.DECISIONS",
        "ImageState": "labelling.models.Image.State",
        "VersionState": "classifier.models.ModelVersion.State",
        "TrialState": "worker.models.ShadowTrial.State",
        "WatchState": "worker.models.Watch.State",
        "SnapshotUse": "worker.models.SnapshotItem.Use",
        "RunState": "worker.models.TrainingRun.State",
        "TrainingKind": "worker.models.Kind",
        "JobState": "worker.models.Job.State",
        "JobKind": "worker.models.Job.Kind",
        "AlertKind": "worker.models.Alert.Kind",
        "LookWindow": "worker.models.DriftLook.Window",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums"],
    "PREPROCESSING_HOOKS": ["aivh.openapi.ours_alone"],
}


def ours_alone(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """What programs are promised: not what the pages ask for, nor what answers for nothing."""
    return [one for one in endpoints if one[0].startswith(PROMISED) and "{path}" not in one[0]]
