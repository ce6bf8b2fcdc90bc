import pytest
from django.core.cache import cache
from django.db import connection

pytestmark = pytest.mark.django_db


def test_the_cache_is_a_real_server():
    cache.set("a", 1)
    assert cache.get("a") == 1
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys")
        assert cursor.fetchone() == (1,)


@pytest.mark.postgres
def test_pg(postgres_url):
    import psycopg
    from aivh import env

    c = env.env.db_url_config(postgres_url)
    from urllib.parse import unquote
    c["HOST"]=unquote(c["HOST"])
    with psycopg.connect(host=c["HOST"], user=c["USER"], dbname=c["NAME"]) as p:
        assert p.execute("select 1").fetchone() == (1,)
