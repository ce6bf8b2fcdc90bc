"""How long to wait before something is tried again."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Backoff:
    """Growing pauses, one after each try that failed; what follows the last pause is the last."""

    pauses: tuple[timedelta, ...]

    @classmethod
    def of_seconds(cls, *seconds: float) -> "Backoff":
        return cls(tuple(timedelta(seconds=one) for one in seconds))

    @property
    def tries(self) -> int:
        return len(self.pauses) + 1

    def after(self, tries: int) -> timedelta:
        """The pause after so many tries (1 or more) that failed; the longest where there are no
        more."""
        return self.pauses[min(tries, len(self.pauses)) - 1]
