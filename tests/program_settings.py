"""Settings of the programs that tests run on databases of their own: hashing is quick."""

from aivh.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
