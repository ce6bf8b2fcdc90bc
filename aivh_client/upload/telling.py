"""What the person sees of an upload: a bar, then the figures and what was refused."""

import sys
from collections import Counter
from collections.abc import Iterable

from tqdm import tqdm

from aivh_client.names import sayable
from aivh_client.upload.sending import Outcome, Sent

MOST_NAMED = 1000  # refused files, after which only their number grows


class Tally:
    """Counts the outcomes that pass."""

    def __init__(self) -> None:
        self.counts: Counter[Outcome] = Counter()
        self.refused: list[Sent] = []

    def follow(self, outcomes: Iterable[Sent], *, total: int | None = None) -> None:
        """Move a bar while there is a terminal; ``total`` is None where nobody knows."""
        with tqdm(total=total, unit=" pictures", disable=None, file=sys.stderr) as bar:
            for sent in outcomes:
                self.counts[sent.outcome] += 1
                if sent.outcome is Outcome.REFUSED and len(self.refused) < MOST_NAMED:
                    self.refused.append(sent)
                bar.update()
                bar.set_postfix(refused=self.counts[Outcome.REFUSED], refresh=False)

    def words(self) -> str:
        """The figures, and below them each refused file with its reason."""
        figures = [f"{self.counts[outcome]:,} {outcome.value}" for outcome in Outcome]
        lines = [f"  {sayable(sent.found.path)}: {sent.why}" for sent in self.refused]
        unnamed = self.counts[Outcome.REFUSED] - len(lines)
        lines += [f"  and {unnamed:,} more"] if unnamed else []
        return "\n".join([", ".join(figures) + (":" if lines else "."), *lines])
