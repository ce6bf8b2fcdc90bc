"""gunicorn's configuration, the same under ``manage.py up`` and in a container."""

from pathlib import Path

worker_class = "aivh.webworker.Worker"
threads = 8

# Several filters of a list with a hundred values each fit in.
limit_request_line = 8190

# A large picture on a slow CPU takes seconds, never a minute.
timeout = 60
graceful_timeout = 8
keepalive = 5

# gunicorn would believe whoever calls from this machine, which may carry anybody's words here.
# AIVH_TRUST_PROXY alone says whether a proxy is believed, and Django then reads its headers.
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}

# Workers are renewed now and then, not all at once, so that nothing can pile up in them.
max_requests = 20_000
max_requests_jitter = 2_000

# The workers' signs of life: in memory, because a busy disk would look like a stuck worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True
errorlog = "-"
logger_class = "aivh.logs.gunicorn.Lines"
raw_env = ["DJANGO_SETTINGS_MODULE=aivh.settings"]  # the first process writes lines, too
loglevel = "warning"


def post_worker_init(worker: object) -> None:
    """Every process of the web server watches the heartbeat, so that one is left that tells."""
    from worker.vigil import start

    start()
