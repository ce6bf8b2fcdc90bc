"""Every address of the site and what it answers to whom: the table of ``test_routes.py``.

A row holds six statuses for each method, in the order of ``PEOPLE``. ``{…}`` in ``args`` and
``form`` stands for one of the things of ``tests/route_things.py``, which the uploader made or
handed in. A method without statuses must be refused to everybody.

Who adds an address adds its row here, in the same commit: what is not in the table fails.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

PEOPLE = ("anonymous", "uploader", "other", "reviewer", "adjudicator", "administrator")

# What strangers may open; of everything else they learn nothing but where to sign in.
PUBLIC = {
    "",  # programs ask who is there; a browser is sent to sign in
    "health",
    "health/live",
    "health/ready",
    "metrics",
    "docs",
    "docs/errors",
    "api/schema/",
    "predict",  # while nobody but this machine can reach the site
    "accounts/login/",
    "accounts/logout/",
    "admin/login/",
    "api/v1/token/",
    "api/v1/label-studio/health",  # says that somebody is there
    "api/<path:path>",  # says that there is nothing
    "accounts/reset/",
    "accounts/reset/sent/",
    "accounts/reset/<uidb64>/<token>/",
    "invitations/<str:token>/",
    "r/<str:token>/",
    "r/<str:token>/picture/",
}

# anonymous, uploader, other uploader, reviewer, adjudicator, administrator
EVERYBODY = "200 200 200 200 200 200"
SIGNED_IN = "302 200 200 200 200 200"
WHO_SEES_IT = "302 200 404 200 200 200"  # the one who handed it in, and whoever settles pictures
REVIEWERS = "302 403 403 200 200 200"
ADJUDICATORS = "302 403 403 403 200 200"
ADMINISTRATORS = "302 403 403 403 403 200"
ADMINISTRATORS_DO = "302 403 403 403 403 302"
API_SIGNED_IN = "401 200 200 200 200 200"
API_ADMINISTRATORS = "401 403 403 403 403 200"
API_TOKEN_ONLY = "401 401 401 401 401 401"
API_OWN = "401 200 404 404 404 404"
API_WHO_SEES_IT = "401 200 404 200 200 200"


@dataclass(frozen=True)
class Row:
    """What one address answers, by method."""

    get: str = ""
    post: str = ""
    delete: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    json: bool = False  # whether ``form`` is sent as JSON
    args: Mapping[str, str] = field(default_factory=dict)

    def statuses(self, method: str) -> dict[str, int]:
        """For each of the people; empty where nobody may use the method."""
        said = {"get": self.get, "post": self.post, "delete": self.delete}[method].split()
        return dict(zip(PEOPLE, map(int, said), strict=True)) if said else {}


IMAGE = {"image_id": "{image}"}
DISPUTE = {"dispute_id": "{dispute}"}
PERSON = {"person_id": "{person}"}
SECRET = "four words of mine"
REASON = {"reason": "Nothing else will do today."}
WEBHOOK = {"webhook_id": "{webhook}"}
API_WEBHOOK = "api/v1/webhooks/<int:webhook_id>/"
API_PERSON = "api/v1/people/<int:person_id>/"
API_IMAGE = "api/v1/images/<uuid:image_id>/"

SITE = {
    "": Row(get=SIGNED_IN),
    "health": Row(get=EVERYBODY),
    "health/live": Row(get=EVERYBODY),
    "health/ready": Row(get="503 503 503 503 503 503"),  # no version answers here
    "metrics": Row(get=EVERYBODY),
    # What the API takes is no secret.
    "docs": Row(get=EVERYBODY),
    "docs/errors": Row(get=EVERYBODY),
    "api/schema/": Row(get=EVERYBODY),
    "accounts/login/": Row(get=EVERYBODY, post=EVERYBODY, form={"username": "olli"}),
    "admin/login/": Row(get=EVERYBODY, post=EVERYBODY, form={"username": "olli"}),
    "accounts/logout/": Row(post="302 302 302 302 302 302"),
    "accounts/password/": Row(get=SIGNED_IN, post=SIGNED_IN),
    "accounts/password/done/": Row(get=SIGNED_IN),
}

ACCOUNTS = {
    "accounts/reset/": Row(
        get=EVERYBODY, post="302 302 302 302 302 302", form={"email": "a@mail.example"}
    ),
    "accounts/reset/sent/": Row(get=EVERYBODY),
    # A link that is not valid says so.
    "accounts/reset/<uidb64>/<token>/": Row(
        get=EVERYBODY, post=EVERYBODY, args={"uidb64": "MQ", "token": "none"}
    ),
    # Whoever is signed in has an account.
    "accounts/tokens/": Row(
        get=SIGNED_IN, post=SIGNED_IN, form={"name": "loader", "scopes": "read", "days": "30"}
    ),
    # Another's is nobody else's to know of.
    "accounts/tokens/<int:token_id>/revoke/": Row(
        post="302 302 404 404 404 404", args={"token_id": "{token}"}
    ),
    "invitations/<str:token>/": Row(
        get=EVERYBODY,
        post="302 409 409 409 409 409",
        args={"token": "{invitation_secret}"},
        form={"username": "nina", "password1": SECRET, "password2": SECRET},
    ),
    "people/": Row(get=ADMINISTRATORS),
    "people/invite/": Row(get=ADMINISTRATORS, post=ADMINISTRATORS, form={"roles": "Reviewers"}),
    "people/invite/<int:invitation_id>/revoke/": Row(
        post=ADMINISTRATORS_DO, args={"invitation_id": "{invitation}"}
    ),
    "people/<int:person_id>/": Row(
        get=ADMINISTRATORS, post=ADMINISTRATORS_DO, args=PERSON, form={"roles": "Reviewers"}
    ),
    "people/<int:person_id>/deactivate/": Row(post=ADMINISTRATORS_DO, args=PERSON),
    "people/<int:person_id>/reactivate/": Row(post=ADMINISTRATORS_DO, args=PERSON),
    "people/<int:person_id>/reset-link/": Row(post=ADMINISTRATORS, args=PERSON),
}

API = {
    "predict": Row(post="422 422 422 422 422 422"),  # without a file
    "api/v1/token/": Row(post="400 400 400 400 400 400"),  # without a name
    "api/v1/images/": Row(get=API_SIGNED_IN, post="401 422 422 422 422 422"),
    "api/v1/images/bulk/": Row(post="401 422 422 422 422 422"),  # without a file
    API_IMAGE: Row(get=API_WHO_SEES_IT, delete="401 204 404 403 403 204", args=IMAGE),
    f"{API_IMAGE}events/": Row(get=API_WHO_SEES_IT, args=IMAGE),
    f"{API_IMAGE}similar/": Row(get=API_WHO_SEES_IT, args=IMAGE),
    # The uploader put it there.
    f"{API_IMAGE}restore/": Row(post="401 200 404 404 404 200", args={"image_id": "{binned}"}),
    f"{API_IMAGE}history/": Row(get=API_WHO_SEES_IT, args=IMAGE),
    # Nobody has answered for it.
    f"{API_IMAGE}why/": Row(get="401 403 403 404 404 404", args=IMAGE),
    f"{API_IMAGE}gold/": Row(post=API_ADMINISTRATORS, args=IMAGE),
    # For whoever handed it in; an adjudicator did not.
    f"{API_IMAGE}links/": Row(
        get="401 200 404 403 403 200", post="401 201 404 403 403 201", args=IMAGE
    ),
    "api/v1/links/<int:link_id>/": Row(
        delete="401 204 404 404 404 204", args={"link_id": "{link}"}
    ),
    "api/v1/searches/": Row(
        get=API_SIGNED_IN,
        post="401 201 201 201 201 201",
        form={"name": "Other", "query": "verdict=ai"},
        json=True,
    ),
    # Another's is nobody else's to know of.
    "api/v1/searches/<int:search_id>/": Row(
        get=API_OWN, delete="401 204 404 404 404 404", args={"search_id": "{search}"}
    ),
    "api/v1/audit-log/": Row(get=API_ADMINISTRATORS),
    "api/v1/bin/": Row(get=API_SIGNED_IN),
    "api/v1/bin/<uuid:image_id>/": Row(
        delete="401 403 403 403 403 204", args={"image_id": "{binned}"}
    ),
    f"{API_IMAGE}original/": Row(get="401 200 404 403 200 200", args=IMAGE),
    f"{API_IMAGE}rendition/<str:size>/": Row(get=API_WHO_SEES_IT, args=IMAGE | {"size": "thumb"}),
    # Reviewers are blind until they voted.
    f"{API_IMAGE}explanation/": Row(get="401 200 404 403 200 200", args=IMAGE),
    f"{API_IMAGE}explanation/overlay/": Row(get="401 200 404 403 200 200", args=IMAGE),
    "api/v1/me/": Row(get=API_SIGNED_IN),
    "api/v1/me/figures/": Row(get="401 403 403 200 200 200"),
    "api/v1/me/tokens/": Row(get=API_SIGNED_IN),
    "api/v1/me/tokens/<int:token_id>/": Row(
        delete="401 204 404 404 404 404", args={"token_id": "{token}"}
    ),
    "api/v1/reviewers/": Row(get=API_ADMINISTRATORS),
    "api/v1/people/": Row(get=API_ADMINISTRATORS),
    API_PERSON: Row(get=API_ADMINISTRATORS, args=PERSON),
    f"{API_PERSON}deactivate/": Row(post=API_ADMINISTRATORS, args=PERSON),
    f"{API_PERSON}reactivate/": Row(post=API_ADMINISTRATORS, args=PERSON),
    f"{API_PERSON}reset-link/": Row(post=API_ADMINISTRATORS, args=PERSON),
    "api/v1/invitations/": Row(
        get=API_ADMINISTRATORS, post="401 403 403 403 403 201", form={}, json=True
    ),
    "api/v1/invitations/<int:invitation_id>/": Row(
        delete="401 403 403 403 403 204", args={"invitation_id": "{invitation}"}
    ),
    "api/v1/predictions/": Row(get=API_SIGNED_IN),
    "api/v1/predictions/<int:prediction_id>/": Row(
        get="401 200 404 404 200 200", args={"prediction_id": "{prediction}"}
    ),
    "api/v1/reviews/": Row(
        get="401 403 403 200 200 200",
        post="401 403 403 201 201 201",
        form={"image": "{image}", "answer": "human"},
        json=True,
    ),
    # Nobody has voted yet.
    "api/v1/reviews/<int:review_id>/": Row(
        get="401 403 403 404 404 404", delete="401 403 403 404 404 404", args={"review_id": "9"}
    ),
    "api/v1/queue/": Row(get="401 403 403 200 200 200"),
    "api/v1/queue/next/": Row(post="401 403 403 200 200 200", json=True),
    "api/v1/queue/renew/": Row(post="401 403 403 400 400 400", json=True),  # naming none
    "api/v1/queue/release/": Row(post="401 403 403 400 400 400", json=True),
    "api/v1/queue/skip/": Row(post="401 403 403 404 404 404", form={"image": "{image}"}, json=True),
    "api/v1/queue/undo/": Row(post="401 403 403 200 200 200", form={"image": "{image}"}, json=True),
    "api/v1/queue/policy/": Row(get=API_ADMINISTRATORS),
    "api/v1/queue/assignees/": Row(get="401 403 403 403 200 200"),
    "api/v1/queue/assign/": Row(
        post="401 403 403 403 204 204", form={"image": "{image}", "to": "robin"}, json=True
    ),
    "api/v1/queue/unassign/": Row(
        post="401 403 403 403 409 409", form={"image": "{image}", "of": "robin"}, json=True
    ),
    "api/v1/queue/to-settle/": Row(get="401 403 403 403 200 200"),
    "api/v1/flags/": Row(
        get="401 403 403 200 200 200",
        post="401 403 403 201 201 201",
        form={"image": "{image}", "note": "Please look."},
        json=True,
    ),
    "api/v1/flags/<int:flag_id>/resolve/": Row(
        post="401 403 403 403 404 404", args={"flag_id": "9"}
    ),
    "api/v1/labels/": Row(
        get=API_SIGNED_IN,
        post="401 403 403 403 201 201",
        form={"image": "{image}", "value": "human"},
        json=True,
    ),
    "api/v1/disputes/": Row(
        get=API_SIGNED_IN,
        post="401 201 404 403 403 403",
        form={"image": "{image}", "reason": "I drew it myself."},
        json=True,
    ),
    # Other reviewers may still be asked about the picture, so they do not learn of it.
    "api/v1/disputes/<int:dispute_id>/": Row(get="401 200 404 404 200 200", args=DISPUTE),
    "api/v1/disputes/<int:dispute_id>/withdraw/": Row(post="401 200 404 404 403 403", args=DISPUTE),
    "api/v1/disputes/<int:dispute_id>/answer/": Row(
        post="401 403 403 403 200 200",
        form={"decision": "human", "answer": "It was drawn by hand."},
        json=True,
        args=DISPUTE,
    ),
    "api/v1/label-studio/health": Row(get=EVERYBODY),
    # By token alone, which the test of Label Studio's backend sends.
    "api/v1/label-studio/setup": Row(post=API_TOKEN_ONLY),
    "api/v1/label-studio/predict": Row(post=API_TOKEN_ONLY),
    "api/v1/label-studio/webhook": Row(post=API_TOKEN_ONLY),
    "api/<path:path>": Row(
        get="404 404 404 404 404 404", post="404 404 404 404 404 404", args={"path": "nowhere/"}
    ),
}

VERSION = {"version_number": "{version}"}
RUN = {"run_id": "{run}"}
SNAPSHOT = {"snapshot_digest": "{snapshot}"}
API_SNAPSHOT = r"^api/v1/snapshots/(?P<snapshot_digest>[0-9a-f]{64})/"
API_REVIEWERS = "401 403 403 200 200 200"
API_ALERT = "api/v1/alerts/<int:alert_id>/"
POLICY = {"policy_id": "{policy}"}
API_POLICY = "api/v1/policies/<int:policy_id>/"
API_JOB = "api/v1/jobs/<int:job_id>/"
API_OWN_JOB = "401 200 404 404 404 200"
API_RUN = "api/v1/training-runs/<int:run_id>/"
API_VERSION = "api/v1/versions/<int:version_number>/"
MOVED = "401 403 403 403 403 409"  # it is the one that answers, and nothing was refused
API_LOOP = {
    "api/v1/versions/": Row(get=API_SIGNED_IN),
    "api/v1/versions/compare/": Row(get="401 403 403 403 403 404"),  # there is only one
    API_VERSION: Row(get=API_SIGNED_IN, args=VERSION),
    f"{API_VERSION}card/": Row(get=API_SIGNED_IN, args=VERSION),
    f"{API_VERSION}bundle/": Row(get=API_SIGNED_IN, args=VERSION),
    f"{API_VERSION}promote/": Row(post=MOVED, args=VERSION, form=REASON),
    f"{API_VERSION}override/": Row(post=MOVED, args=VERSION, form=REASON),
    f"{API_VERSION}shadow/": Row(post=MOVED, args=VERSION, form=REASON),
    f"{API_VERSION}rollback/": Row(post=MOVED, args=VERSION, form=REASON),
    f"{API_VERSION}reject/": Row(post=MOVED, args=VERSION),
    "api/v1/training-runs/": Row(get=API_ADMINISTRATORS, post=MOVED),  # one is under way
    API_RUN: Row(get=API_ADMINISTRATORS, args=RUN),
    f"{API_RUN}log/": Row(get=API_ADMINISTRATORS, args=RUN),
    f"{API_RUN}cancel/": Row(post=API_ADMINISTRATORS, args=RUN),
    "api/v1/alerts/": Row(get=API_ADMINISTRATORS),
    # None is configured.
    "api/v1/alerts/test/": Row(post="401 403 403 403 403 400", form={"channel": "webhook"}),
    API_ALERT: Row(get=API_ADMINISTRATORS, args={"alert_id": "{alert}"}),
    f"{API_ALERT}acknowledge/": Row(post=API_ADMINISTRATORS, args={"alert_id": "{alert}"}),
    f"{API_ALERT}mute/": Row(
        post=API_ADMINISTRATORS, args={"alert_id": "{alert}"}, form={"duration": "1 day"}
    ),
    f"{API_ALERT}unmute/": Row(post=API_ADMINISTRATORS, args={"alert_id": "{alert}"}),
    "api/v1/drift-reports/": Row(get=API_ADMINISTRATORS),
    "api/v1/drift-reports/latest/": Row(get=API_ADMINISTRATORS),
    # None was taken yet.
    "api/v1/drift-reports/<int:look_id>/": Row(
        get="401 403 403 403 403 404", args={"look_id": "1"}
    ),
    "api/v1/policies/": Row(
        get=API_ADMINISTRATORS,
        post="401 403 403 403 403 201",
        form={"name": "At night"},
        json=True,
    ),
    API_POLICY: Row(get=API_ADMINISTRATORS, delete="401 403 403 403 403 204", args=POLICY),
    f"{API_POLICY}decisions/": Row(get=API_ADMINISTRATORS, args=POLICY),
    f"{API_POLICY}pause/": Row(post=API_ADMINISTRATORS, args=POLICY),
    f"{API_POLICY}resume/": Row(post="401 403 403 403 403 409", args=POLICY),  # it is not paused
    "api/v1/weekly-reports/": Row(get=API_ADMINISTRATORS),
    "^api/v1/weekly-reports/(?P<week>[0-9]{4}-W[0-9]{2})/$": Row(
        get=API_ADMINISTRATORS, args={"week": "{week}"}
    ),
    "api/v1/statistics/": Row(get=API_ADMINISTRATORS),
    "api/v1/statistics/charts/": Row(get=API_ADMINISTRATORS),
    "api/v1/snapshots/": Row(get=API_REVIEWERS),
    f"{API_SNAPSHOT}$": Row(get=API_REVIEWERS, args=SNAPSHOT),
    f"{API_SNAPSHOT}items/$": Row(get=API_REVIEWERS, args=SNAPSHOT),
    # Reviewers are blind, and for the others the file is not there.
    f"{API_SNAPSHOT}manifest/$": Row(get="401 403 403 403 404 404", args=SNAPSHOT),
    f"{API_IMAGE}lineage/": Row(get=API_REVIEWERS, args=IMAGE),
    # Without a file.
    "api/v1/imports/": Row(get=API_ADMINISTRATORS, post="401 403 403 403 403 422"),
    "api/v1/imports/sources/": Row(get=API_ADMINISTRATORS),
    "api/v1/jobs/": Row(get=API_SIGNED_IN),
    # Without a word on which pictures.
    "api/v1/jobs/review/": Row(post="401 400 400 400 400 400"),
    "api/v1/jobs/assign/": Row(post="401 400 400 400 400 400"),
    "api/v1/jobs/predict/": Row(post="401 400 400 400 400 400"),
    "api/v1/jobs/delete/": Row(post="401 400 400 400 400 400"),
    "api/v1/jobs/erase/": Row(post="401 202 404 404 404 202", form={"person": "{person_name}"}),
    "api/v1/exports/": Row(get=API_SIGNED_IN, post="401 400 400 400 400 400"),
    API_JOB: Row(get=API_OWN_JOB, args={"job_id": "{job}"}),
    f"{API_JOB}refused/": Row(get=API_OWN_JOB, args={"job_id": "{job}"}),
    f"{API_JOB}file/": Row(get="401 404 404 404 404 404", args={"job_id": "{job}"}),  # it has none
    f"{API_JOB}cancel/": Row(post=API_OWN_JOB, args={"job_id": "{job}"}),
    # It has done nothing that could be taken back.
    f"{API_JOB}undo/": Row(post="401 409 404 404 404 409", args={"job_id": "{job}"}),
}

PICTURES = {
    "images/": Row(get=SIGNED_IN),
    "images/searches/": Row(
        post="302 302 302 302 302 302", form={"name": "Other", "query": "verdict=ai"}
    ),
    # Another's is nobody else's to know of.
    "images/searches/<int:filter_id>/": Row(
        post="302 302 404 404 404 404", args={"filter_id": "{search}"}, form={"name": "New"}
    ),
    "images/<uuid:image_id>/": Row(get=WHO_SEES_IT, args=IMAGE),
    # Asked by a page that waits: it is told in words that it was logged out, and asks no more.
    "images/<uuid:image_id>/finding/": Row(get="286 200 404 200 200 200", args=IMAGE),
    # Reviewers are blind until they voted.
    "images/<uuid:image_id>/explanation/": Row(get="401 200 404 403 200 200", args=IMAGE),
    "images/<uuid:image_id>/history/": Row(get=WHO_SEES_IT, args=IMAGE),
    "images/<uuid:image_id>/nearest/": Row(get="302 403 404 403 200 200", args=IMAGE),
    "images/<uuid:image_id>/evidence/": Row(get=WHO_SEES_IT, args=IMAGE),
    "images/<uuid:image_id>/lineage/": Row(get=REVIEWERS, args=IMAGE),
    "images/<uuid:image_id>/gold/": Row(post="302 403 403 403 403 302", args=IMAGE),
}

REVIEWING = {
    "reviewers/": Row(get=ADMINISTRATORS),
    "my-figures/": Row(get=REVIEWERS),
    "audit-log/": Row(get=ADMINISTRATORS),
    "review/": Row(get=REVIEWERS),
    "review/answer/": Row(post="302 403 403 302 302 302", form={"image": "{image}", "do": "human"}),
    # What a page says of itself; without it, the request makes no sense.
    "review/next/": Row(post="401 403 403 200 200 200"),
    "review/renew/": Row(post="401 403 403 200 200 200"),
    "review/release/": Row(post="401 403 403 200 200 200"),
    "review/vote/": Row(
        post="401 403 403 200 200 200", form={"image": "{image}", "answer": "human"}
    ),
    "review/skip/": Row(post="401 403 403 404 404 404", form={"image": "{image}"}),
    "review/flag/": Row(
        post="401 403 403 200 200 200", form={"image": "{image}", "note": "Please look."}
    ),
    "review/undo/": Row(post="401 403 403 200 200 200", form={"image": "{image}"}),
    "review/pace/": Row(post="401 403 403 400 400 400"),
    "review/<uuid:image_id>/told/": Row(
        get="401 403 403 404 404 404", args={"image_id": "{image}"}
    ),
    "adjudicate/": Row(get="302 403 403 403 200 200"),
    "adjudicate/answer/": Row(
        post="302 403 403 403 302 302", form={"image": "{image}", "do": "human"}
    ),
}

LOOP = {
    "dashboard/": Row(get=ADMINISTRATORS),
    "report": Row(get=ADMINISTRATORS),
    "dashboard/runs/": Row(get=ADMINISTRATORS),
    "dashboard/live/": Row(get=ADMINISTRATORS),
    r"^dashboard/charts/(?P<slug>[a-z-]+)\.(?P<form>csv|json)$": Row(
        get=ADMINISTRATORS, args={"slug": "verdicts", "form": "csv"}
    ),
    "dashboard/policies/<int:policy_id>/": Row(
        get=ADMINISTRATORS,
        post=ADMINISTRATORS_DO,
        args={"policy_id": "{policy}"},
        form={"enabled": "0"},
    ),
    "dashboard/runs/<int:run_id>/cancel/": Row(
        get=ADMINISTRATORS, post="302 403 403 403 403 302", args={"run_id": "{run}"}
    ),
    # One is under way.
    "dashboard/retrain/": Row(get=ADMINISTRATORS, post="302 403 403 403 403 409"),
    "versions/": Row(get=SIGNED_IN),
    "versions/compare/": Row(get=ADMINISTRATORS),
    "versions/<int:number>/promote/": Row(
        get="302 403 403 403 403 409",  # it is not in shadow
        post="302 403 403 403 403 409",
        args={"number": "{version}"},
    ),
    "versions/<int:number>/shadow/": Row(
        get="302 403 403 403 403 409",  # it is no candidate
        post="302 403 403 403 403 409",
        args={"number": "{version}"},
    ),
    "versions/<int:number>/": Row(get=SIGNED_IN, args={"number": "{version}"}),
    "versions/<int:number>/override/": Row(
        get="302 403 403 403 403 409",  # no gate refused it
        post="302 403 403 403 403 409",
        args={"number": "{version}"},
    ),
    "versions/<int:number>/return/": Row(
        get="302 403 403 403 403 409",  # it is the one that answers
        post="302 403 403 403 403 409",
        args={"number": "{version}"},
    ),
    "versions/<int:number>/stop/": Row(
        get="302 403 403 403 403 409",  # it is not in shadow
        post="302 403 403 403 403 409",
        args={"number": "{version}"},
    ),
    r"^snapshots/(?P<digest>[0-9a-f]{64})/$": Row(get=REVIEWERS, args={"digest": "{snapshot}"}),
}

ALERT = {"alert_id": "{alert}"}
ALERTS = {
    "reports/weekly/": Row(get=ADMINISTRATORS),
    "^reports/weekly/(?P<name>[0-9]{4}-W[0-9]{2})/$": Row(
        get=ADMINISTRATORS, args={"name": "{week}"}
    ),
    "alerts/": Row(get=ADMINISTRATORS),
    "alerts/<int:alert_id>/acknowledge/": Row(post=ADMINISTRATORS_DO, args=ALERT),
    "alerts/<int:alert_id>/mute/": Row(post=ADMINISTRATORS_DO, args=ALERT, form={"for": "1 day"}),
    "alerts/<int:alert_id>/unmute/": Row(post=ADMINISTRATORS_DO, args=ALERT),
    # None is configured.
    "alerts/test/<slug:channel>/": Row(post="302 403 403 403 403 400", args={"channel": "webhook"}),
}

UPLOADERS_SIDE = {
    "upload/": Row(post="302 302 302 302 302 302"),  # without a file: to choose one
    "uploads/": Row(get=SIGNED_IN),
    # Asked by a page that waits; none of these rows is told to anybody else.
    "uploads/judged/": Row(get="286 200 200 200 200 200"),
    # Only whoever handed it in disputes the verdict.
    "images/<uuid:image_id>/dispute/": Row(
        get="302 200 404 403 403 403",
        post="302 302 404 403 403 403",
        form={"reason": "I drew it myself."},
        args=IMAGE,
    ),
    "images/<uuid:image_id>/disputing/": Row(get=WHO_SEES_IT, args=IMAGE),
    "disputes/": Row(get=ADJUDICATORS),
    # Other reviewers may still be asked about the picture, so they do not learn of it.
    "disputes/<int:dispute_id>/": Row(get="302 200 404 404 200 200", args=DISPUTE),
    "disputes/<int:dispute_id>/withdraw/": Row(post="302 302 404 404 403 403", args=DISPUTE),
    "disputes/<int:dispute_id>/answer/": Row(
        post="302 403 403 403 302 302",
        form={"decision": "human", "answer": "It was drawn by hand."},
        args=DISPUTE,
    ),
    "images/<uuid:image_id>/links/": Row(post="302 302 404 403 403 302", args=IMAGE),
    "links/<int:link_id>/revoke/": Row(post="302 302 404 404 404 302", args={"link_id": "{link}"}),
    "r/<str:token>/": Row(get=EVERYBODY, args={"token": "{link_secret}"}),
    "r/<str:token>/picture/": Row(get=EVERYBODY, args={"token": "{link_secret}"}),
}

OWN_DO = "302 302 404 404 404 404"
WEBHOOKS = {
    "api/v1/webhooks/": Row(get=API_SIGNED_IN, post="401 400 400 400 400 400"),  # no address
    "api/v1/webhooks/all/": Row(get=API_ADMINISTRATORS),
    API_WEBHOOK: Row(get=API_OWN, delete="401 204 404 404 404 404", args=WEBHOOK),
    f"{API_WEBHOOK}secret/": Row(post=API_OWN, args=WEBHOOK, json=True),
    f"{API_WEBHOOK}test/": Row(post="401 409 404 404 404 404", args=WEBHOOK, json=True),
    f"{API_WEBHOOK}deliveries/": Row(get=API_OWN, args=WEBHOOK),
    f"{API_WEBHOOK}deliveries/<uuid:delivery_id>/redeliver/": Row(
        post="401 202 404 404 404 404",
        args=WEBHOOK | {"delivery_id": "{delivery}"},
        json=True,
    ),
    "webhooks/": Row(get=SIGNED_IN, post="302 400 400 400 400 400"),  # without an address
    "webhooks/<int:webhook_id>/": Row(
        get="302 200 404 404 404 404",
        post=OWN_DO,
        args=WEBHOOK,
        form={"url": "https://hooks.example/", "events": "model.promoted"},
    ),
    "webhooks/<int:webhook_id>/log/": Row(get="286 200 404 404 404 404", args=WEBHOOK),
    "webhooks/<int:webhook_id>/switch/": Row(post=OWN_DO, args=WEBHOOK, form={"on": "0"}),
    "webhooks/<int:webhook_id>/secret/": Row(post="302 200 404 404 404 404", args=WEBHOOK),
    "webhooks/<int:webhook_id>/test/": Row(post="302 409 404 404 404 404", args=WEBHOOK),
    "webhooks/<int:webhook_id>/delete/": Row(post=OWN_DO, args=WEBHOOK),
    "webhooks/<int:webhook_id>/messages/<uuid:delivery_id>/again/": Row(
        post=OWN_DO, args=WEBHOOK | {"delivery_id": "{delivery}"}
    ),
}

JOB = {"job_id": "{job}"}
BINNED = {"image_id": "{binned}"}
OWN_JOB = "302 200 404 404 404 200"
JOBS = {
    "jobs/": Row(get=SIGNED_IN),
    "jobs/<int:job_id>/": Row(get=OWN_JOB, args=JOB),
    "jobs/new/": Row(post="302 200 200 200 200 200", form={"action": "delete", "ids": "{image}"}),
    "accounts/uploads/delete/": Row(get="302 302 302 302 302 302"),
    # Oneself, or anybody for administrators.
    "people/<int:person_id>/erase/": Row(
        get="302 200 404 404 404 200",
        post="302 302 404 404 404 302",
        args=PERSON,
        form={"name": "{person_name}"},
    ),
    "bin/": Row(get=SIGNED_IN),
    "images/<uuid:image_id>/bin/": Row(
        get="302 200 404 403 403 200", post="302 302 404 403 403 302", args=IMAGE
    ),
    # The uploader put it there.
    "bin/<uuid:image_id>/restore/": Row(post="302 302 404 404 404 302", args=BINNED),
    "bin/<uuid:image_id>/erase/": Row(
        get="302 403 403 403 403 200", post=ADMINISTRATORS_DO, args=BINNED
    ),
    "jobs/<int:job_id>/progress/": Row(get="286 200 404 404 404 200", args=JOB),
    "jobs/<int:job_id>/cancel/": Row(get=OWN_JOB, post="302 302 404 404 404 302", args=JOB),
    # It has done nothing that could be taken back.
    "jobs/<int:job_id>/undo/": Row(get=OWN_JOB, post="302 409 404 404 404 409", args=JOB),
    "jobs/<int:job_id>/result/": Row(get="302 404 404 404 404 404", args=JOB),  # it has none
    # Nothing is open to imports, so an administrator is told so.
    "imports/": Row(
        get=ADMINISTRATORS,
        post="302 403 403 403 403 403",
        form={"source": "folder", "place": "/srv"},
    ),
}

ROUTES = {
    **SITE,
    **ACCOUNTS,
    **API,
    **API_LOOP,
    **PICTURES,
    **REVIEWING,
    **LOOP,
    **ALERTS,
    **UPLOADERS_SIDE,
    **WEBHOOKS,
    **JOBS,
}
