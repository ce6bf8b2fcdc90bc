"""Alert rules and dashboards name what a real scrape gives, and the rules do what they say."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.aivh.metrics.scrape import scrape
from tests.aivh.metrics.test_figures import fill_processes, make_everything
from tests.requirements import ROOT, require_promtool

PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
RULES: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"][0][
    "rules"
]
# Of PromQL what our queries use; a word that is none of these must be a metric or a label.
LANGUAGE = {
    *("sum", "by", "rate", "increase", "time", "and", "or", "ignoring", "group_left"),
    *("histogram_quantile", "topk", "le", "unless", "on"),
}
FROM_PROMETHEUS = {"up": {"job", "instance"}}
WORD = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in RULES)
    yield from drawn()


def drawn() -> Iterator[str]:
    """The queries of the dashboards."""
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            yield from (target["expr"] for target in panel["targets"])


def words(expression: str) -> set[str]:
    """The names in a query: no strings, no ranges."""
    bare = re.sub(r'"[^"]*"|\[[^]]*\]', " ", expression)
    return set(WORD.findall(bare)) - LANGUAGE


def selectors(expression: str) -> Iterator[tuple[str, str, str]]:
    """Metric, label, and value of each ``metric{label="value"}`` that names one value."""
    for name, inside in re.findall(r"(\w+)\{([^}]*)\}", expression):
        for label, value in re.findall(r'(\w+)="([^"]*)"', inside):
            yield name, label, value


@pytest.mark.django_db
def test_every_query_names_metrics_labels_and_values_of_a_real_scrape() -> None:
    make_everything()
    fill_processes()
    given = [(name, dict(labels)) for name, labels in scrape()]
    labels = {label for _, of in given for label in of} | FROM_PROMETHEUS["up"]
    names = {name for name, _ in given} | set(FROM_PROMETHEUS)

    for expression in expressions():
        unknown = words(expression) - names - labels
        assert not unknown, f"{unknown} in {expression}"
        for name, label, value in selectors(expression):
            if name not in FROM_PROMETHEUS:
                assert any(name == other and of.get(label) == value for other, of in given), (
                    f"{name}, {label}, {value} in {expression}"
                )


def test_every_alert_has_severity_words_and_a_page_in_the_list() -> None:
    listed = (ROOT / "docs" / "runbooks" / "README.md").read_text()
    for rule in RULES:
        name = rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]
        page = ROOT / rule["annotations"]["runbook_url"]
        assert page.read_text().startswith(f"# {name}: ")
        assert f"[{name}]({page.name})" in listed
    pages = {path.stem for path in (ROOT / "docs" / "runbooks").glob("Aivh*.md")}
    assert pages == {rule["alert"] for rule in RULES}
    assert len(RULES) <= 10


def test_promtool_finds_nothing_wrong_and_each_rule_does_what_it_says() -> None:
    promtool = require_promtool()
    for words_of_it in (
        ["check", "config", "--syntax-only", "prometheus.yml"],
        ["test", "rules", "rules_test.yml"],
    ):
        done = subprocess.run(
            [promtool, *words_of_it], cwd=PROMETHEUS, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    tested = (PROMETHEUS / "rules_test.yml").read_text()
    for rule in RULES:
        assert re.search(rf"alertname: {rule['alert']}\n +exp_alerts:\n", tested), rule["alert"]


def test_promtool_reads_every_query_of_the_dashboards(tmp_path: Path) -> None:
    """As rules, each under another name: of those it reads the language."""
    rules = [{"record": f"panel:{number}", "expr": query} for number, query in enumerate(drawn())]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    done = subprocess.run(
        [require_promtool(), "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"SUCCESS: {len(rules)} rules found" in done.stdout


def test_the_containers_beside_the_site_find_their_files() -> None:
    compose = ROOT / "deploy" / "docker-compose.monitoring.yml"
    schema = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([sys.executable, *schema, compose], check=False)
    assert done.returncode == 0
    services = yaml.safe_load(compose.read_text())["services"]
    mounted = [volume.split(":")[0] for each in services.values() for volume in each["volumes"]]
    assert all((ROOT / path).is_dir() for path in mounted if path.startswith("./"))
    (job,) = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    (secret,) = services["prometheus"]["secrets"]
    assert job["authorization"]["credentials_file"] == f"/run/secrets/{secret}"


def test_dashboards_can_be_provisioned() -> None:
    assert len(DASHBOARDS) == 2
    folder = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    for path in DASHBOARDS:
        board = json.loads(path.read_text())
        assert board["uid"] == path.stem
        numbers = [panel["id"] for panel in board["panels"]]
        assert len(set(numbers)) == len(numbers)
        assert {panel["datasource"]["uid"] for panel in board["panels"]} == {source["uid"]}
