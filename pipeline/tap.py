"""One pass over the batches of a stream, of which nothing that was pulled ahead is lost."""

from collections import deque
from collections.abc import Iterator

from .batch import Batch
from .transform import Transform


class Tap:
    """Pulls from `batches`, and remembers what was pulled until the consumer has taken it.

    One thread pulls while another takes; `rewind` only when nobody pulls.
    """

    def __init__(self, batches: Iterator[Batch]) -> None:
        self.total_pulled = 0
        self._ended = False
        self._batches = batches
        self._untaken: deque[Batch | Exception] = deque()
        self._again: deque[Batch | Exception] = deque()

    @property
    def dry(self) -> bool:
        """Nothing more will come."""
        return self._ended and not self._again

    def pull(self, transform: Transform) -> Batch | None:
        """The next batch; None at the end and after. An error of the stream is raised and remembered like a batch."""
        outcome = self._again.popleft() if self._again else self._pull(transform)
        if outcome is not None:
            self._untaken.append(outcome)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def taken(self) -> None:
        """The consumer has the oldest batch that was pulled, or its error."""
        self._untaken.popleft()

    def rewind(self) -> None:
        """What was pulled and not taken will be pulled again."""
        self._again.extendleft(reversed(self._untaken))
        self._untaken.clear()

    def _pull(self, transform: Transform) -> Batch | Exception | None:
        if self._ended:
            return None
        try:
            batch = next(self._batches)
        except StopIteration:
            self._ended = True
            return None
        except Exception as error:
            return error
        self.total_pulled += 1
        return transform(batch)
