"""A load script as the users of the seed service have it: it knows nothing of aivh.

``locust -f tests/load/locustfile.py --host http://localhost:8000``
"""

import random
from io import BytesIO

from locust import HttpUser, between, task
from PIL import Image


def make_picture() -> bytes:
    """A small JPEG of a random colour."""
    picture = Image.new("RGB", (224, 224), tuple(random.choices(range(256), k=3)))
    target = BytesIO()
    picture.save(target, "JPEG")
    return target.getvalue()


class Visitor(HttpUser):
    wait_time = between(0.05, 0.2)

    @task(5)
    def predict(self) -> None:
        files = {"file": ("picture.jpg", make_picture(), "image/jpeg")}
        with self.client.post("/predict", files=files, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}")
                return
            body = answer.json()
            if body["prediction"] not in ("AI-generated", "Human-made"):
                answer.failure("another prediction")
            if not 0 <= body["confidence"] <= 1:
                answer.failure("no probability")

    @task(2)
    def health(self) -> None:
        self.client.get("/health")

    @task(1)
    def root(self) -> None:
        self.client.get("/")
