"""Redis or Valkey, the queue and the cache."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from aivh import env
from aivh.doctor.finding import Doubtful, Wrong, in_short

OLDEST = 7  # the version that the site was tested with
SECONDS = 5.0
START = (
    "Start the server, or correct REDIS_URL: until then nothing is classified and nobody is told."
)
START_UP = "Start the site with `manage.py up`, which runs the embedded Valkey."


def server() -> str:
    """Name and version. Raises Wrong where it does not keep a word that it is given."""
    with asking() as client:
        _keep_a_word(client)
        said: Mapping[str, Any] = client.info()
    name, version = _identity(said)
    if int(version.split(".")[0]) < OLDEST:
        raise Doubtful(
            f"{name} {version} is older than the site was tested with",
            f"Bring it up to Redis {OLDEST} or Valkey.",
        )
    policy = str(said.get("maxmemory_policy", "noeviction"))
    if said.get("maxmemory") and policy != "noeviction":
        raise Doubtful(
            f"{name} {version} throws keys away when it is full ({policy}), also waiting tasks",
            "Set its maxmemory-policy to noeviction.",
        )
    return f"{name} {version}"


@contextmanager
def asking() -> Iterator["Redis"]:
    """A client whose every failure is Wrong, in words."""
    try:
        with Redis.from_url(
            env.cache_url(),
            socket_connect_timeout=SECONDS,
            socket_timeout=SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,  # the third begins with a greeting that hides why it was refused
        ) as client:
            yield client
    except (RedisError, OSError, ValueError) as error:
        raise Wrong(f"It cannot be used: {in_short(error)}", advice()) from error


def advice() -> str:
    return START if env.REDIS_URL else START_UP


def _keep_a_word(client: "Redis") -> None:
    """A replica and a server without memory answer, too, but take nothing in."""
    key = f"doctor-{uuid4().hex}"
    client.set(key, "here", ex=60)
    kept = client.get(key)
    client.delete(key)
    if kept != b"here":
        raise Wrong("It forgets at once what it is told", advice())


def _identity(said: Mapping[str, Any]) -> tuple[str, str]:
    if "valkey_version" in said:
        return "Valkey", str(said["valkey_version"])
    return "Redis", str(said.get("redis_version", "0"))
