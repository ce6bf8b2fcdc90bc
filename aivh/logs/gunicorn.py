"""gunicorn's own lines, which name addresses as they came, in our format and in safe words."""

from gunicorn.config import Config
from gunicorn.glogging import Logger

from aivh import env
from aivh.logs.format import formatter


class Lines(Logger):
    """What ``aivh/webserver.py`` names as ``logger_class``."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter(env.LOG_FORMAT))
