"""Verdicts as lines: for people, or one JSON object each for programs."""

import json
import os
import sys
from argparse import Namespace
from dataclasses import asdict
from glob import glob
from pathlib import Path

from aivh_client.account import account
from aivh_client.classify import Verdict, classify
from aivh_client.connection import Connection


def classify_files(asked: Namespace) -> int:
    """1 where a file has no verdict, else 0, whatever the verdicts are."""
    paths = [path for typed in asked.files for path in _files(typed)]
    verdicts = classify(Connection(account()), paths, threads=asked.threads, seconds=asked.timeout)
    missing = 0
    for verdict in verdicts:
        missing += not verdict.verdict
        _tell(verdict, as_json=asked.json)
    return 1 if missing else 0


def _tell(verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        members = {name: None if value == "" else value for name, value in asdict(verdict).items()}
        print(json.dumps(members, ensure_ascii=False), flush=True)
    elif verdict.verdict:
        print(line_of(verdict), flush=True)
    else:
        where = f" {verdict.page}" if verdict.page else ""
        sys.stderr.write(f"{verdict.file}: {verdict.detail} ({verdict.code}){where}\n")


def line_of(verdict: Verdict) -> str:
    """Verdict, probability of AI, file, page; why it is uncertain, and whether the file differs."""
    assert verdict.probability_ai is not None
    remarks = [*verdict.reasons, *(["its file says otherwise"] if verdict.contradiction else [])]
    why = f" ({', '.join(remarks)})" if remarks else ""
    share = f"{verdict.probability_ai:6.1%} AI"
    return f"{verdict.verdict:9} {share}  {verdict.file}{why}  {verdict.page}"


def _files(typed: str) -> list[Path]:
    """Also a pattern, which not every shell resolves."""
    # Path.exists() raises where the name is too long or its folder closed.
    there = os.path.exists(typed)  # noqa: PTH110
    found = [] if there else sorted(glob(typed, recursive=True))  # noqa: PTH207
    return [Path(name) for name in found or [typed]]
