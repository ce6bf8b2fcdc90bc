"""What the person sees of an upload: a bar, then the figures and what was refused."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from aivh_client.names import sayable
from aivh_client.upload.sending import Outcome, Sent

MOST_NAMED = 1000  # refused files, after which only their number grows


class Tally:
    """Counts outcomes, of several threads at once."""

    def __init__(self) -> None:
        self.counts: Counter[Outcome] = Counter()
        self.refused: list[Sent] = []
        self._lock = threading.Lock()

    @contextmanager
    def shown(self, total: int | None) -> Iterator[Callable[[Sent], None]]:
        """Add to it by what is given, and where there is a terminal a bar moves along.

        ``total`` is None where nobody knows.
        """
        with tqdm(total=total, unit=" pictures", disable=None, file=sys.stderr) as bar:

            def add(sent: Sent) -> None:
                with self._lock:
                    self._count(sent)
                    bar.set_postfix(refused=self.counts[Outcome.REFUSED], refresh=False)
                    bar.update()

            yield add

    def _count(self, sent: Sent) -> None:
        self.counts[sent.outcome] += 1
        if sent.outcome is Outcome.REFUSED and len(self.refused) < MOST_NAMED:
            self.refused.append(sent)

    def words(self) -> str:
        """The figures, and below them each refused file with its reason."""
        figures = [f"{self.counts[outcome]:,} {outcome.value}" for outcome in Outcome]
        lines = [f"  {sayable(sent.found.path)}: {sent.why}" for sent in self.refused]
        unnamed = self.counts[Outcome.REFUSED] - len(lines)
        lines += [f"  and {unnamed:,} more"] if unnamed else []
        return "\n".join([", ".join(figures) + (":" if lines else "."), *lines])
