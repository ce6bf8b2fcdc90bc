"""Content credentials (C2PA): who signed what about a picture, and whether the signature fits."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classifier.detector.provenance.clue import (
    LONGEST_NAME,
    LONGEST_PLACE,
    Clue,
    Kind,
    Says,
    plain,
)
from classifier.detector.provenance.container import Container
from classifier.detector.provenance.source_types import source_type

log = logging.getLogger(__name__)

TIMEOUT = 30.0  # seconds; a picture takes a fifth of one, most of it to load the library
READER = Path(__file__).with_name("credentials_process.py")
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MAX_DEPTH = 16  # of pictures that were made from pictures

Report = dict[str, Any]

# Why a signature does not hold, the plainest reason first.
REASONS = {
    "assertion.dataHash.mismatch": "the picture was changed after it was signed",
    "assertion.boxesHash.mismatch": "the picture was changed after it was signed",
    "assertion.hashedURI.mismatch": "the credentials were changed after they were signed",
    "claimSignature.mismatch": "the signature does not fit the credentials",
    "signingCredential.revoked": "the signer's certificate was revoked",
    "signingCredential.expired": "the signer's certificate has run out, and no time stamp shows "
    "that it was valid when it signed",
    "signingCredential.invalid": "the signer's certificate is not of the kind that C2PA asks for",
}
OTHER_REASON = "the credentials do not keep to the rules of C2PA"
STANDING = {
    "Trusted": "The signature fits the picture, and the signer is on a trust list.",
    "Valid": "The signature fits the picture. Whether the signer is who the name says was not "
    "checked.",
}


def credentials_clue(data: bytes, container: Container) -> Clue:
    """Read the manifest of a picture that has one. Never raises; trouble is a neutral clue."""
    report = _report(data, container)
    if report is None:
        return _unreadable()
    try:
        return _clue(report)
    except (KeyError, TypeError, AttributeError):
        return _unreadable()


def _report(data: bytes, container: Container) -> Report | None:
    """Ask the other process; None where it fails, crashes or takes too long."""
    command = [sys.executable, "-I", str(READER), CONTENT_TYPES[container.kind], str(container.end)]
    try:
        answer = subprocess.run(
            command, input=data, capture_output=True, timeout=TIMEOUT, check=True, env={}
        )
        report = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError, RecursionError) as error:
        log.warning("The content credentials of a picture could not be read: %s", error)
        return None
    return report if isinstance(report, dict) else None


def _clue(report: Report) -> Clue:
    state = str(report["validation_state"])
    says, claim, tool = _strongest(report)
    tool = plain(tool, LONGEST_NAME)
    signer = plain(_signer(report), LONGEST_NAME) or "an unnamed signer"
    named = f" ({tool})" if tool else ""
    said = f"The content credentials say that the picture {claim}{named}." if claim else SILENT
    return Clue(
        kind=Kind.CREDENTIALS,
        says=says,
        tool=tool,
        where=plain(f"C2PA manifest, signed by {signer}", LONGEST_PLACE),
        verified=state in STANDING,
        sentence=f"{said} {STANDING.get(state) or _broken(report)}",
    )


SILENT = "The file carries content credentials, which do not say how the picture was made."


def _unreadable() -> Clue:
    return Clue(
        kind=Kind.CREDENTIALS,
        says=Says.NEUTRAL,
        tool="",
        where="C2PA manifest",
        verified=False,
        sentence="The file carries content credentials, but they could not be read.",
    )


def _broken(report: Report) -> str:
    failures = report.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    codes = {failure["code"] for failure in failures}
    reason = next((words for code, words in REASONS.items() if code in codes), OTHER_REASON)
    return f"The signature is not valid: {reason}."


def _signer(report: Report) -> str:
    """The organisation in the certificate. Its common name can be a person's, and is not read."""
    manifest = report["manifests"][report["active_manifest"]]
    return str(manifest.get("signature_info", {}).get("issuer") or "")


def _strongest(report: Report) -> tuple[Says, str, str]:
    """Which side the manifests take, in words, and the program that they name.

    AI speaks from any manifest that the picture was made of. A camera speaks for the whole
    picture only from the line of its own life, never from a part that was put into it.
    """
    found = list(_statements(report, report["active_manifest"], own_line=True, depth=MAX_DEPTH))
    order = {Says.AI: 0, Says.HUMAN: 1, Says.NEUTRAL: 2}
    return min(found, key=lambda one: order[one[0]], default=(Says.NEUTRAL, "", ""))


def _statements(
    report: Report, label: str, *, own_line: bool, depth: int
) -> Iterator[tuple[Says, str, str]]:
    manifest = report["manifests"].get(label)
    if manifest is None or depth == 0:
        return
    for action in _actions(manifest):
        known = source_type(action.get("digitalSourceType"))
        if known and (own_line or known[0] is Says.AI):
            yield *known, _agent(action, manifest)
    for ingredient in manifest.get("ingredients", []):
        relation = ingredient.get("relationship")
        if relation in ("parentOf", "componentOf"):
            on_line = own_line and relation == "parentOf"
            before = ingredient.get("active_manifest")
            yield from _statements(report, before, own_line=on_line, depth=depth - 1)


def _actions(manifest: Report) -> Iterator[Report]:
    for assertion in manifest.get("assertions", []):
        if assertion["label"].startswith("c2pa.actions"):
            yield from assertion["data"]["actions"]


def _agent(action: Report, manifest: Report) -> str:
    """The program that did it, else the one that wrote the manifest."""
    agent = action.get("softwareAgent")
    if isinstance(agent, dict):
        agent = agent.get("name")
    information = (manifest.get("claim_generator_info") or [{}])[0]
    return str(agent or information.get("name") or manifest.get("claim_generator") or "")
