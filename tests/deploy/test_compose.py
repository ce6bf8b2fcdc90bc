"""The containers run what ``manage.py up`` runs, and their file is one that Compose understands.

No container is started: the machines that run these tests have no Docker.
"""

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from django.urls import resolve

from aivh.supervisor import parts
from tests.requirements import ROOT

COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def check(path: Any) -> subprocess.CompletedProcess[str]:
    """Hold a file against the Compose specification's JSON schema, as check-jsonschema ships it."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    return subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)


def test_the_file_follows_the_compose_specification():
    result = check(COMPOSE)
    assert result.returncode == 0, result.stdout


def test_a_misspelt_key_would_be_found(tmp_path):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(COMPOSE.read_text().replace("healthcheck:", "heltcheck:", 1))
    assert check(wrong).returncode == 1


def test_the_parts_of_up_are_all_there(services):
    up = parts.site_parts(host="0.0.0.0", port=8000, workers=2, processes=1, log_format="json")
    for part in up:
        assert tuple(services[part.name]["command"]) == part.command
        assert part.environment.items() <= services[part.name]["environment"].items()
    own = {name for name, service in services.items() if service["image"] == "aivh"}
    assert own == {part.name for part in up} | {"prepare"}


def test_everything_waits_for_the_tables(services):
    assert services["prepare"]["command"] == ["python", "manage.py", "prepare"]
    for name in ("web", "worker", "trainer", "jobs", "beat"):
        condition = services[name]["depends_on"]["prepare"]["condition"]
        assert condition == "service_completed_successfully"


def test_the_real_services_have_the_promised_versions_and_keep_their_data(services):
    assert services["postgres"]["image"] == "postgres:16"
    assert services["redis"]["image"] == "redis:7"
    for name in ("postgres", "redis", "web", "worker", "trainer", "jobs"):
        assert services[name]["volumes"]
        assert services[name]["healthcheck"]["test"]


def test_the_web_server_is_asked_whether_it_lives(services):
    """Not whether everything else does: no restart of it would mend that."""
    *_, code = services["web"]["healthcheck"]["test"]
    compile(code, "healthcheck", "exec")
    [address] = re.findall(r"'GET', '([^']+)'", code)
    assert resolve(address).url_name == "health-live"


def test_only_the_web_server_can_be_reached_from_outside(services):
    assert [name for name, service in services.items() if "ports" in service] == ["web"]


def test_every_variable_is_one_that_the_site_reads(services):
    reader = (ROOT / "aivh" / "env.py").read_text()
    for name in services["web"]["environment"]:
        assert f'"{name}"' in reader


def test_the_image_is_built_in_stages_and_does_not_run_as_root():
    lines = DOCKERFILE.read_text().splitlines()
    stages = [line.split(" ", 1)[1] for line in lines if line.startswith("FROM ")]
    assert stages == [
        "python:3.11-slim-bookworm AS build",
        "build AS build-training",
        "python:3.11-slim-bookworm AS ground",
        "ground AS trainer",
        "ground",
    ]
    ground, rest = DOCKERFILE.read_text().split("AS ground\n")[1].split("FROM ground AS trainer")
    assert re.findall(r"^USER .*", ground, re.MULTILINE) == ["USER aivh"]
    assert not re.findall(r"^USER .*", rest, re.MULTILINE)
    assert "--uid 10001" in ground


def test_the_image_takes_neither_secrets_nor_data_along():
    ignored = set((ROOT / ".dockerignore").read_text().split("\n"))
    assert {".env", "var", ".git", ".venv"} <= ignored


def test_the_command_of_the_image_is_one_that_up_takes():
    *_, command = re.findall(r"^CMD (.*)$", DOCKERFILE.read_text(), re.MULTILINE)
    words = yaml.safe_load(command)
    assert words[:3] == ["python", "manage.py", "up"]
    shown = subprocess.run(
        [sys.executable, *words[1:], "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--host" in shown.stdout
