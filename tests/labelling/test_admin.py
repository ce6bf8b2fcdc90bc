"""The back office shows everything and changes nothing but what its services allow."""

import pytest
from django.test import Client
from django.urls import reverse

from labelling.models import (
    Image,
    Label,
    Review,
    User,
)
from labelling.services.review import record_review
from tests.labelling.rows import make_image, make_version, predict
from tests.people import make_person

pytestmark = pytest.mark.django_db
MODELS = ["image", "prediction", "review", "label", "submission"]


@pytest.fixture
def image(reviewer: User, outsider: User) -> Image:
    made = make_image("one", owner=outsider)
    predict(made, make_version(1, live=True), 0.9)
    record_review(image_id=made.pk, reviewer=reviewer, answer="ai")
    return made


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def want_gold(client: Client, *images: Image) -> int:
    form = {"action": "want_gold", "_selected_action": [str(image.pk) for image in images]}
    return client.post(reverse("admin:labelling_image_changelist"), form).status_code


@pytest.mark.parametrize("model", [*MODELS, "user"])
def test_an_administrator_can_look_at_everything(
    administrator: User, image: Image, model: str
) -> None:
    client = signed_in(administrator)
    listed = client.get(reverse(f"admin:labelling_{model}_changelist"), {"q": image.sha256[:8]})
    assert listed.status_code == 200


def test_a_pictures_page_shows_its_whole_story(administrator: User, image: Image) -> None:
    page = signed_in(administrator).get(reverse("admin:labelling_image_change", args=[image.pk]))

    content = page.content.decode()
    assert page.status_code == 200
    for word in ("olli", "robin", "version 1", image.sha256):
        assert word in content
    assert 'name="_save"' not in content


@pytest.mark.parametrize("model", MODELS)
def test_not_even_a_superuser_adds_or_deletes_by_hand(image: Image, model: str) -> None:
    root = make_person("root", is_staff=True)
    root.is_superuser = True
    root.save()
    client = signed_in(root)

    assert client.get(reverse(f"admin:labelling_{model}_add")).status_code == 403
    first = {"review": Review, "label": Label}.get(model, Image).objects.first()
    assert first is not None
    if model in ("image", "review", "label"):
        address = reverse(f"admin:labelling_{model}_delete", args=[first.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403
    assert (Image.objects.count(), Review.objects.count(), Label.objects.count()) == (1, 1, 1)


def test_an_administrator_asks_for_gold(administrator: User, image: Image) -> None:
    assert want_gold(signed_in(administrator), image) == 302

    image.refresh_from_db()
    assert image.gold_wanted
    assert not Label.objects.exists()


def keep_for_ever(client: Client, *images: Image) -> str:
    form = {"action": "keep_for_ever", "_selected_action": [str(image.pk) for image in images]}
    return client.post(
        reverse("admin:labelling_image_changelist"), form, follow=True
    ).content.decode()


def test_an_administrator_keeps_pictures_in_the_regression_set(
    administrator: User, image: Image
) -> None:
    page = keep_for_ever(signed_in(administrator), image, make_image("open"))

    assert "1 measured for ever from now on, and never learned." in page
    assert "1 not settled yet, so there is nothing to measure." in page
    kept = Image.objects.filter(regression_since__isnull=False)
    assert list(kept.values_list("pk", "regression_by")) == [(image.pk, administrator.pk)]


def test_nobody_else_keeps_any(
    reviewer: User, second_reviewer: User, outsider: User, image: Image
) -> None:
    for person in (reviewer, second_reviewer, outsider):
        keep_for_ever(signed_in(person), image)

    assert not Image.objects.filter(regression_since__isnull=False).exists()


def test_nobody_else_gets_in(
    reviewer: User, second_reviewer: User, outsider: User, image: Image
) -> None:
    for person in (reviewer, second_reviewer, outsider):
        client = signed_in(person)
        assert client.get(reverse("admin:labelling_image_changelist")).status_code == 302
        want_gold(client, image)

    image.refresh_from_db()
    assert not image.gold_wanted


def test_a_list_needs_as_many_queries_for_many_as_for_one(
    administrator: User, image: Image, reviewer: User, django_assert_max_num_queries
) -> None:
    for number in range(10):
        other = make_image(f"{number}", owner=reviewer)
        record_review(image_id=other.pk, reviewer=reviewer, answer="human")

    client = signed_in(administrator)
    for model in MODELS:
        with django_assert_max_num_queries(10):
            client.get(reverse(f"admin:labelling_{model}_changelist"))
