"""The life of a version on its page, and going back by one click: who may, and what they see."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from classifier.models import ModelVersion, VersionChange
from classifier.queries import production_version
from classifier.vocabulary import Label
from tests.worker.challengers import challenger, in_shadow, judged_pictures
from tests.worker.conftest import People
from tests.worker.test_pages import as_, text
from worker.models import ShadowTrial
from worker.services.live import make_live
from worker.services.shadow import continue_trial
from worker.services.watching import raise_alarm


@pytest.fixture
def second(version: ModelVersion, tmp_path: Path) -> ModelVersion:
    """Version 2, promoted over version 1."""
    new = challenger(tmp_path / "two", bias=0.02)
    return make_live(version=new, reason="It passed the gate.")


def back_to(number: int) -> str:
    return reverse("return-to", args=[number])


def test_the_button_asks_back_and_then_the_version_answers(
    second: ModelVersion, version: ModelVersion, people: People
) -> None:
    client = as_(people.admin)
    assert f'action="{back_to(1)}"' in text(client, reverse("versions"))
    asked = text(client, back_to(1))
    assert "Go back to version 1?" in asked
    assert "It answers at once in place of version 2" in asked
    assert production_version() == second

    answer = client.post(back_to(1), {"reason": "  It accuses\npainters. "}, follow=True)

    assert production_version() == version
    page = answer.content.decode()
    assert "Version 1 answers from now on." in page
    assert "Rolled back: It accuses painters." in page
    assert "alex" in page
    told = text(client, reverse("version", args=[2]))
    assert "It was taken back and does not go live again by itself." in told
    assert "Let version 2 answer again" in told


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_others_neither_see_the_button_nor_may_press_it(
    second: ModelVersion, version: ModelVersion, people: People, who: str
) -> None:
    client = as_(getattr(people, who))
    written = VersionChange.objects.count()
    for address in (reverse("versions"), reverse("version", args=[1])):
        assert back_to(1) not in text(client, address)
    assert client.get(back_to(1)).status_code == 403
    assert client.post(back_to(1), {"reason": "I want to."}).status_code == 403
    assert production_version() == second
    assert VersionChange.objects.count() == written


def test_strangers_are_sent_to_the_login(second: ModelVersion) -> None:
    answer = Client().post(back_to(1))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("login"))
    assert production_version() == second


def test_it_needs_the_forms_token(second: ModelVersion, people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.admin)
    assert client.post(back_to(1)).status_code == 403
    assert production_version() == second


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_stands_in_the_way_has_its_own_page(
    second: ModelVersion, people: People, method: str
) -> None:
    ask = getattr(as_(people.admin), method)
    answer = ask(back_to(2))
    assert answer.status_code == 409
    assert "Version 2 answers now." in answer.content.decode()
    assert ask(back_to(9)).status_code == 404
    assert production_version() == second


@pytest.mark.parametrize("who", ["admin", "reviewer", "outsider"])
def test_everybody_reads_what_happened_to_a_version(
    second: ModelVersion, people: People, who: str
) -> None:
    raise_alarm(version_id=second.pk, reason="It broke on 3 pictures.")
    page = text(as_(getattr(people, who)), reverse("version", args=[2]))
    assert "What happened to it" in page
    assert "Alarm: It broke on 3 pictures." in page
    assert "the site itself" in page
    assert "It broke on 3 pictures. Version 1 answers again." in page


def test_progress_in_shadow_is_shown(
    version: ModelVersion, people: People, tmp_path: Path, settings: LazySettings
) -> None:
    settings.SHADOW_PICTURES, settings.SHADOW_MINUTES = 10, 30
    trial = in_shadow(challenger(tmp_path / "new", turned=True), version)
    judged_pictures(Label.AI, range(4))
    continue_trial(trial_id=trial.pk)
    client = as_(people.admin)
    for name in ("dashboard", "versions"):
        page = " ".join(text(client, reverse(name)).split())
        assert "People see only what version 1 says." in page
        assert "4 of 10 pictures compared, 4 verdicts turned between AI and human" in page
    page = text(client, reverse("version", args=[2]))
    assert "In shadow beside version 1" in page


def test_the_watch_is_shown(second: ModelVersion, people: People) -> None:
    page = text(as_(people.admin), reverse("dashboard"))
    assert "if it does harm on new pictures, version 1 answers again by itself" in page


@pytest.fixture
def trial(version: ModelVersion, tmp_path: Path, settings: LazySettings) -> ShadowTrial:
    settings.SHADOW_PICTURES, settings.SHADOW_MINUTES = 10, 30
    return in_shadow(challenger(tmp_path / "new"), version)


def test_an_administrator_stops_a_comparison_after_being_asked(
    trial: ShadowTrial, version: ModelVersion, people: People
) -> None:
    client = as_(people.admin)
    address = reverse("stop-trial", args=[2])
    assert f'action="{address}"' in text(client, reverse("versions"))
    assert "Stop comparing version 2?" in text(client, address)
    trial.refresh_from_db()
    assert trial.state == ShadowTrial.State.RUNNING

    page = client.post(address, follow=True).content.decode()

    trial.refresh_from_db()
    assert trial.state == ShadowTrial.State.REFUSED
    assert trial.outcome == "alex stopped it after 0 pictures. Version 1 answers as before."
    assert "Version 2 will not answer. It is kept." in page
    assert "In shadow, alex stopped it after 0 pictures." in page
    assert production_version() == version
    assert client.post(address).status_code == 409
    assert client.get(address).status_code == 409


@pytest.mark.parametrize("who", ["reviewer", "outsider"])
def test_others_may_not_stop_it(trial: ShadowTrial, people: People, who: str) -> None:
    client = as_(getattr(people, who))
    address = reverse("stop-trial", args=[2])
    assert address not in text(client, reverse("versions"))
    assert client.get(address).status_code == 403
    assert client.post(address).status_code == 403
    trial.refresh_from_db()
    assert (trial.state, trial.version.state) == ("running", ModelVersion.State.SHADOW)
