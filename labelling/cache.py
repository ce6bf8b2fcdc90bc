"""The cache in Redis or Valkey, which nobody waits for twice in a row while it hangs."""

from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import TimeoutError as TookTooLong

from labelling.breaker import Breaker

breaker = Breaker(NotConnected, TookTooLong)


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
