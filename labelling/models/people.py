from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person with an account. What they may do stands in ``labelling.permissions``."""

    auto_advance = models.BooleanField(
        default=True, help_text="show the next picture at once after an answer"
    )
