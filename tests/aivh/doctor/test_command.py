"""``manage.py doctor``: lines for people, JSON for machines, and an exit code."""

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from aivh import env
from aivh.doctor.finding import Check, Doubtful, Wrong
from aivh.doctor.switches import switches
from aivh.management.commands import doctor
from tests.aivh.doctor.saying import doubt, failure
from tests.requirements import ROOT
from tests.site import Site, asleep, wait_for


def well() -> str:
    return "PostgreSQL 16.4"


def creaks() -> str:
    raise Doubtful("1.0 GB free", "Buy a larger disk.")


def broken() -> str:
    raise Wrong("Error 111", "Start the server.")


def run(monkeypatch: pytest.MonkeyPatch, looks: dict[str, Any], **options: Any) -> tuple[str, int]:
    checks = {name: Check(look, "Wake it.") for name, look in looks.items()}
    monkeypatch.setattr(doctor, "all_checks", lambda: checks)
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True, **options)
    except SystemExit as ended:
        return out.getvalue(), int(str(ended.code))
    return out.getvalue(), 0


def test_a_line_for_each_check_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    said, code = run(monkeypatch, {"database": well, "redis": broken, "disk": creaks})
    assert said.splitlines() == [
        "ok    database        PostgreSQL 16.4",
        "fail  redis           Error 111",
        "                      Start the server.",
        "warn  disk            1.0 GB free",
        "                      Buy a larger disk.",
        "3 checks: 1 failed, 1 to know of.",
    ]
    assert code == 1


def test_what_is_only_to_know_of_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, {"database": well, "disk": creaks})[1] == 0


def test_json_for_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    said, code = run(monkeypatch, {"redis": broken}, json=True)
    told = json.loads(said)
    seconds = told["checks"][0].pop("seconds")
    assert told == {
        "ok": False,
        "checks": [
            {"check": "redis", "state": "fail", "words": "Error 111", "todo": "Start the server."}
        ],
    }
    assert seconds >= 0
    assert code == 1


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_that_is_none(seconds: float) -> None:
    with pytest.raises(CommandError, match="--timeout"):
        call_command("doctor", timeout=seconds)


def test_settings_that_do_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert switches() == "nothing to say"
    monkeypatch.setattr(env, "TRUST_PROXY", True)
    told = doubt(switches)
    assert told.words == "AIVH_TRUST_PROXY is set, but not AIVH_SITE_URL"
    assert "Set AIVH_SITE_URL" in told.todo
    monkeypatch.setattr(env, "GS_BUCKET_NAME", "gs://pictures")
    wrong = failure(switches)
    assert wrong.words.startswith("GS_BUCKET_NAME is a bucket's bare name")
    assert "Leave out gs://" in wrong.todo


def test_servers_that_hang_hold_it_up_no_longer_than_said(tmp_path: Path, silent_port: int) -> None:
    """Every server takes connections and never answers. Nothing secret is told of any."""
    place = f"127.0.0.1:{silent_port}"
    environment = os.environ | {
        "AIVH_DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"postgres://me:opensesame@{place}/aivh",
        "REDIS_URL": f"redis://:opensesame@{place}/0",
        "GS_BUCKET_NAME": "pictures",
        "STORAGE_EMULATOR_HOST": f"http://{place}",
        "WANDB_API_KEY": "0123456789abcdef0123456789abcdef01234567",
        "WANDB_BASE_URL": f"http://{place}",
        "AIVH_SECRET_KEY": "opensesame-and-some-more-letters",
    }
    begun = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json", "--timeout", "1"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert time.monotonic() - begun < 30  # most of it is the start of Django
    assert ended.returncode == 1
    found = {one["check"]: one for one in json.loads(ended.stdout)["checks"]}
    hang = {name for name, one in found.items() if one["words"] == "No answer within 1 seconds"}
    assert hang >= {"database", "migrations", "redis", "storage", "wandb", "detector"}
    assert all(found[name]["todo"] for name in hang)
    assert "opensesame" not in ended.stdout + ended.stderr
    assert environment["WANDB_API_KEY"] not in ended.stdout + ended.stderr


def failed(found: dict[str, Any]) -> set[str]:
    return {name for name, one in found.items() if one["state"] == "fail"}


@pytest.mark.site
def test_a_running_site_is_well_until_a_part_sleeps(site: Site) -> None:
    def report() -> dict[str, Any]:
        code = "from django.core.management import call_command\ncall_command('doctor', json=True)"
        told = site.shell(f"try:\n    {code.splitlines()[0]}\n    {code.splitlines()[1]}\n"
                          "except SystemExit: pass")  # fmt: skip
        return {one["check"]: one for one in json.loads(told)["checks"]}

    wait_for(lambda: failed(report()) == set(), site, timeout=60)
    with asleep(site, "trainer"):
        found = report()
    assert failed(found) == {"workers"}
    assert found["workers"]["words"].startswith("Nobody takes training")
    assert "manage.py work training" in found["workers"]["todo"]
