"""The cache in Redis or Valkey, which nobody waits for twice in a row while it hangs."""

from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import TimeoutError as TookTooLong

from labelling.breaker import Breaker

breaker = Breaker(NotConnected, TookTooLong)

# Each is one step on the server: Django's own ``incr`` looks first and adds then, and a key whose
# time ends between the two comes back without any. Such a key of earlier days is given one, too.
COUNT = """
local counted = redis.call('INCR', KEYS[1])
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return counted
"""
TAKE_BACK = """
if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then redis.call('DECR', KEYS[1]) end
"""


class ImpatientRedis(Redis):
    """Raises redis' ConnectionError at once where the server has just not answered."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if breaker.rests:
            raise NotConnected("It has just not answered and is not asked for a few seconds.")
        ask: Any = super().execute_command
        with breaker.watch():
            return ask(*args, **options)


class ImpatientClient(RedisCacheClient):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._client = ImpatientRedis


class ImpatientCache(RedisCache):
    """Django's cache in Redis."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._class = ImpatientClient

    def count(self, key: str, *, seconds: int) -> int:
        """Add one; how many that makes since the first, which is forgotten ``seconds`` later."""
        return int(self._run(COUNT, key, seconds))

    def take_back(self, key: str) -> None:
        """One less, where any are counted."""
        self._run(TAKE_BACK, key)

    def _run(self, script: str, key: str, *given: int) -> Any:
        name = self.make_and_validate_key(key)
        return self._cache.get_client(name, write=True).eval(script, 1, name, *given)
