"""What programs ask of the API all day; run by ``tests.benchmarks.api``."""

import os
import random
from io import BytesIO

from locust import HttpUser, constant, tag, task
from PIL import Image

IMAGES = "/api/v1/images/"


def make_picture() -> bytes:
    """A small JPEG that there was not before."""
    picture = Image.frombytes("RGB", (64, 64), random.randbytes(64 * 64 * 3))
    target = BytesIO()
    picture.save(target, "JPEG")
    return target.getvalue()


class Program(HttpUser):
    wait_time = constant(0)

    def on_start(self) -> None:
        self.client.headers["Authorization"] = f"Bearer {os.environ['AIVH_TOKEN']}"

    @tag("list", "both")
    @task
    def listing(self) -> None:
        self.client.get(IMAGES)

    @tag("create", "both")
    @task
    def create(self) -> None:
        self.client.post(IMAGES, files={"file": ("a.jpg", make_picture(), "image/jpeg")})
