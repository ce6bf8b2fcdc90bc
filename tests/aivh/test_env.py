"""The environment: parsed loudly, secrets from files, and who counts as nobody but this machine."""

import importlib.util
import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.requirements import ROOT

ENV = ROOT / "aivh" / "env.py"


class Environment:
    """Variables, and ``aivh/env.py`` read under them as a new process would."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.dotenv = folder, folder / ".env"
        os.environ["AIVH_ENV_FILE"] = str(self.dotenv)
        os.environ["AIVH_DATA_DIR"] = str(folder / "var")
        del os.environ["AIVH_BIND_HOST"]

    def read(self, **variables: str) -> ModuleType:
        os.environ.update(variables)
        spec = importlib.util.spec_from_file_location("fresh_env", ENV)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Environment]:
    with mock.patch.dict(os.environ):  # puts back what it was
        yield Environment(tmp_path)


@pytest.mark.parametrize("text", ["1", "true", "Yes", "ON"])
def test_a_switch_can_be_set_in_the_usual_ways(environment, text):
    assert environment.read(AIVH_DEBUG=text).DEBUG is True


@pytest.mark.parametrize("text", ["0", "false", "No", "off", "", " "])
def test_and_be_left_off(environment, text):
    assert environment.read(AIVH_DEBUG=text).DEBUG is False


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("AIVH_DEBUG", "ture", "AIVH_DEBUG must be true or false, not 'ture'."),
        ("AIVH_TRUST_PROXY", "2", "AIVH_TRUST_PROXY must be true or false, not '2'."),
        (
            "AIVH_RETRAIN_MIN_NEW_LABELS",
            "many",
            "AIVH_RETRAIN_MIN_NEW_LABELS must be a whole number of 1 or more, not 'many'.",
        ),
        (
            "AIVH_IMPORT_PREFIXES",
            "gs://lab/incoming,/data",
            "AIVH_IMPORT_PREFIXES must hold places as gs://bucket/, not '/data'.",
        ),
        (
            "AIVH_IMPORT_PREFIXES",
            "gs://",
            "AIVH_IMPORT_PREFIXES must hold places as gs://bucket/, not 'gs://'.",
        ),
        (
            "AIVH_METRICS_NETWORKS",
            "10.0.0.0/8, lan",
            "AIVH_METRICS_NETWORKS must hold networks as 10.0.0.0/8, not 'lan'.",
        ),
        (
            "AIVH_METRICS_NETWORKS",
            "10.0.0.1/8",
            "AIVH_METRICS_NETWORKS must hold networks as 10.0.0.0/8, not '10.0.0.1/8'.",
        ),
        ("AIVH_TIME_ZONE", "Berlin", "AIVH_TIME_ZONE must be as in Europe/Berlin, not 'Berlin'."),
        ("AIVH_TIME_ZONE", "../etc", "AIVH_TIME_ZONE must be as in Europe/Berlin, not '../etc'."),
        ("AIVH_AUDIT_SHARE", "1.5", "AIVH_AUDIT_SHARE must be a number from 0 to 1, not '1.5'."),
        ("AIVH_AUDIT_SHARE", "few", "AIVH_AUDIT_SHARE must be a number from 0 to 1, not 'few'."),
        (
            "AIVH_INFERENCE_PROCESSES",
            "0",
            "AIVH_INFERENCE_PROCESSES must be a whole number of 1 or more, not '0'.",
        ),
        (
            "AIVH_LOG_LEVEL",
            "loud",
            "AIVH_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, not 'LOUD'.",
        ),
    ],
)
def test_what_does_not_parse_stops_the_start_in_words(environment, name, text, sentence):
    with pytest.raises(ImproperlyConfigured) as caught:
        environment.read(**{name: text})
    assert str(caught.value) == sentence


def test_a_secret_can_stand_in_a_file(environment):
    secret = environment.folder / "key"
    secret.write_text("from-a-file")
    assert environment.read(WANDB_API_KEY_FILE=str(secret)).WANDB_API_KEY == "from-a-file"


def test_the_dotenv_file_is_read_and_the_process_environment_wins(environment):
    environment.dotenv.write_text("WANDB_PROJECT=from-the-file\nWANDB_ENTITY=from-the-file\n")
    env = environment.read(WANDB_PROJECT="from-the-process")
    assert (env.WANDB_PROJECT, env.WANDB_ENTITY) == ("from-the-process", "from-the-file")


def test_nothing_set_means_embedded_parts(environment):
    env = environment.read()
    var = environment.folder / "var"
    assert env.database()["ENGINE"] == "django.db.backends.sqlite3"
    assert env.database()["NAME"] == var / "aivh.sqlite3"
    assert env.broker_url() == f"redis+socket://{var}/valkey/valkey.sock?virtual_host=0"
    assert env.cache_url() == f"unix://{var}/valkey/valkey.sock?db=1"


def test_the_real_services_take_their_place(environment):
    env = environment.read(
        DATABASE_URL="postgres://me:secret@db.example:5433/pictures",
        REDIS_URL="redis://cache.example:6379/0",
    )
    database = env.database()
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"]) == ("db.example", 5433)
    assert (database["USER"], database["PASSWORD"]) == ("me", "secret")
    assert database["NAME"] == "pictures"
    assert database["CONN_HEALTH_CHECKS"] is True
    assert env.broker_url() == env.cache_url() == "redis://cache.example:6379/0"


def test_postgres_can_be_on_a_socket(environment):
    env = environment.read(DATABASE_URL="postgres://me@%2Frun%2FpostgreSQL/pictures")
    assert env.database()["HOST"] == "/run/postgreSQL"


def test_a_deep_data_folder_still_gets_a_socket_that_fits(environment):
    deep = environment.folder / ("x" * 120)
    env = environment.read(AIVH_DATA_DIR=str(deep))
    assert len(str(env.redis_socket())) < 100
    assert env.redis_socket() == environment.read(AIVH_DATA_DIR=str(deep)).redis_socket()
    assert env.redis_socket() != environment.read(AIVH_DATA_DIR=f"{deep}y").redis_socket()


def test_the_secret_key_is_made_once_and_is_for_the_owner_alone(environment):
    key = environment.read().secret_key()
    assert len(key) > 60
    assert environment.read().secret_key() == key
    assert (environment.folder / "var" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert environment.read(AIVH_SECRET_KEY="mine").secret_key() == "mine"


def test_of_two_processes_that_make_the_secret_key_at_once_both_have_the_same(
    environment, monkeypatch
):
    """The second comes while the first has not yet written what it made."""
    first, second = environment.read(), environment.read()
    keys = []

    def slowly(size: int) -> str:
        monkeypatch.undo()
        keys.append(second.secret_key())
        return "x" * size

    monkeypatch.setattr(first.secrets, "token_urlsafe", slowly)
    keys.append(first.secret_key())
    assert len(keys[0]) > 60
    assert keys == [keys[0]] * 2
    assert [path.name for path in (environment.folder / "var").iterdir()] == ["secret_key"]


def test_the_data_folder_is_for_the_owner_alone_unless_somebody_said_otherwise(environment):
    folder = environment.folder / "deep" / "var"
    environment.read(AIVH_DATA_DIR=str(folder)).make_data_dir()
    assert folder.stat().st_mode & 0o777 == 0o700

    folder.chmod(0o750)
    environment.read().make_data_dir()
    assert folder.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]"])
def test_loopback(environment, host):
    assert environment.read().is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.168.0.4", "aivh.example", "127.0.0"])
def test_not_loopback(environment, host):
    assert not environment.read().is_loopback(host)


@pytest.mark.parametrize(
    ("variables", "is_open"),
    [
        ({}, False),  # nobody said where the site listens
        ({"AIVH_BIND_HOST": "127.0.0.1"}, True),
        ({"AIVH_BIND_HOST": "127.0.0.1", "AIVH_SITE_URL": "http://localhost:8000"}, True),
        ({"AIVH_BIND_HOST": "0.0.0.0"}, False),
        ({"AIVH_BIND_HOST": "127.0.0.1", "AIVH_SITE_URL": "https://aivh.example"}, False),
        ({"AIVH_BIND_HOST": "127.0.0.1", "AIVH_TRUST_PROXY": "1"}, False),
        ({"AIVH_BIND_HOST": "127.0.0.1", "AIVH_ALLOWED_HOSTS": "localhost,[::1]"}, True),
        ({"AIVH_BIND_HOST": "127.0.0.1", "AIVH_ALLOWED_HOSTS": "localhost,aivh.example"}, False),
        ({"AIVH_BIND_HOST": "127.0.0.1", "AIVH_ALLOWED_HOSTS": "*"}, False),
        ({"AIVH_BIND_HOST": "0.0.0.0", "AIVH_OPEN_PREDICT": "1"}, True),
        ({"AIVH_BIND_HOST": "127.0.0.1", "AIVH_OPEN_PREDICT": "0"}, False),
    ],
)
def test_predict_is_open_only_where_nobody_else_can_reach_it(environment, variables, is_open):
    assert environment.read(**variables).open_predict() is is_open


def test_opened_behind_a_proxy_it_is_counted_all_the_same(environment):
    variables = {"AIVH_BIND_HOST": "127.0.0.1", "AIVH_OPEN_PREDICT": "1"}
    assert environment.read(**variables).only_this_machine()
    assert not environment.read(**variables, AIVH_TRUST_PROXY="1").only_this_machine()


def test_no_mail_is_sent_unless_somebody_says_how(environment):
    assert environment.read().email() == {}


@pytest.mark.parametrize(
    ("url", "host", "port", "flag"),
    [
        ("smtp+tls://me:p%40ss@mail.example", "mail.example", 587, "EMAIL_USE_TLS"),
        ("smtp+tls://me:p%40ss@mail.example:2525", "mail.example", 2525, "EMAIL_USE_TLS"),
        ("smtp+ssl://me:p%40ss@mail.example", "mail.example", 465, "EMAIL_USE_SSL"),
        ("smtp://me:p%40ss@mail.example", "mail.example", 25, None),
    ],
)
def test_a_mail_server(environment, url, host, port, flag):
    mail = environment.read(AIVH_EMAIL_URL=url).email()
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"]) == (host, port)
    assert (mail["EMAIL_HOST_USER"], mail["EMAIL_HOST_PASSWORD"]) == ("me", "p@ss")
    assert mail["EMAIL_TIMEOUT"] == 10
    assert {name for name in mail if name.startswith("EMAIL_USE")} == ({flag} if flag else set())


@pytest.mark.parametrize("url", ["mail.example", "https://mail.example", "smtp://mail.example:x"])
def test_what_is_no_mail_server_stops_the_start(environment, url):
    with pytest.raises(ImproperlyConfigured, match=r"AIVH_EMAIL_URL must be as in smtp\+tls://"):
        environment.read(AIVH_EMAIL_URL=url).email()


def test_the_password_of_a_mail_server_can_stand_in_a_file(environment):
    secret = environment.folder / "mail"
    secret.write_text("smtp://me:secret@mail.example")
    mail = environment.read(AIVH_EMAIL_URL_FILE=str(secret)).email()
    assert mail["EMAIL_HOST_PASSWORD"] == "secret"


def test_an_organisations_sign_in_needs_all_three(environment):
    given = {"AIVH_OIDC_ISSUER": "https://login.example/", "AIVH_OIDC_CLIENT_ID": "aivh"}
    assert not environment.read(**given).oidc()
    env = environment.read(AIVH_OIDC_CLIENT_SECRET="secret")
    assert env.oidc()
    assert (env.OIDC_ISSUER, env.OIDC_NAME) == ("https://login.example", "your organisation")


def test_the_roles_of_an_organisation(environment):
    env = environment.read(AIVH_OIDC_ROLES="desk = Reviewers, chiefs=Administrators")
    assert env.OIDC_ROLES == {"desk": "Reviewers", "chiefs": "Administrators"}
    with pytest.raises(ImproperlyConfigured, match="must hold pairs as word=Role, not 'desk'"):
        environment.read(AIVH_OIDC_ROLES="desk")


def test_a_child_gets_what_we_have_and_what_is_added(environment, monkeypatch):
    monkeypatch.chdir(environment.folder)
    env = environment.read(WANDB_ENTITY="us", AIVH_DATA_DIR="here")
    child = env.child_environment({"AIVH_BIND_HOST": "::1"})
    assert (child["WANDB_ENTITY"], child["AIVH_BIND_HOST"]) == ("us", "::1")
    assert child["AIVH_DATA_DIR"] == str(environment.folder / "here")


def test_every_variable_is_documented():
    pattern = r'"((?:AIVH|WANDB|REDIS|DATABASE|GS|STORAGE|SENTRY|OTEL)_[A-Z_]+)"'
    names = set(re.findall(pattern, ENV.read_text()))
    assert len(names) > 15
    pages = ("README.md", "docs/accounts.md", "docs/alerts.md", "docs/label-studio.md")
    tables = "".join((ROOT / name).read_text() for name in pages)
    example = (ROOT / ".env.example").read_text()
    assert {name for name in names if f"| `{name}` |" not in tables} == set()
    # The file cannot say that another one is to be read in its place.
    assert {name for name in names if f"#{name}=" not in example} == {"AIVH_ENV_FILE"}


@pytest.mark.parametrize("name", ["AIVH_ALERT_WEBHOOK_URL", "AIVH_ALERT_SLACK_URL"])
def test_where_alerts_go_is_a_whole_address_and_no_error_repeats_it(environment, name):
    for wrong in ("hooks.example/secret", "file:///etc/secret", "https://"):
        with pytest.raises(ImproperlyConfigured) as raised:
            environment.read(**{name: wrong})
        assert str(raised.value) == f"{name} must be a whole address as https://host/path."


def test_who_is_mailed_of_alerts(environment):
    env = environment.read(AIVH_ALERT_EMAILS="desk@mail.example, chief@mail.example")
    assert env.ALERT_EMAILS == ["desk@mail.example", "chief@mail.example"]
    with pytest.raises(ImproperlyConfigured, match="must hold addresses"):
        environment.read(AIVH_ALERT_EMAILS="desk")
