"""One pass over the batches of a stream, of which nothing that was pulled ahead is lost."""

from collections import deque
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from .batch import Batch

_Outcome = tuple[Batch | Exception, Any]


class Tap:
    """Pulls from `batches`, and remembers what was pulled until the consumer has taken it.

    Where the batches come from something that keeps its own state, `state` gives it: `own` is its state after the last
    batch that was taken. One thread pulls while another takes; `rewind` only when nobody pulls.

    But a thread may be left in the middle of a pull, since it hangs. Then the stream is stuck: what it gives when the
    thread wakes up comes too late for its place, and nobody else can pull before.
    """

    def __init__(self, batches: Iterator[Batch], state: Callable[[], Any] | None = None) -> None:
        self.total_pulled = 0
        self.total_taken = 0
        self._ended = False
        self._is_pulling = False
        self._is_stuck = False
        self._batches = batches
        self._state = state
        self.own = self._own_state()
        self._untaken: deque[_Outcome] = deque()
        self._again: deque[_Outcome] = deque()

    @property
    def dry(self) -> bool:
        """Nothing more will come."""
        return self._ended and not self._again

    def pull(self, transform: Callable[[Batch], Batch]) -> Batch | None:
        """The next batch; None at the end and after. An error of the stream is raised and remembered like a batch."""
        outcome = self._again.popleft() if self._again else self._pull(transform)
        if outcome is None:
            return None
        self._untaken.append(outcome)
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    def taken(self) -> None:
        """The consumer has the oldest batch that was pulled, or its error."""
        if not self._untaken:
            self._is_stuck = True  # it is still being pulled
            return
        _, self.own = self._untaken.popleft()
        self.total_taken += 1

    def rewind(self) -> None:
        """What was pulled and not taken will be pulled again."""
        self._is_stuck = self._is_stuck or self._is_pulling
        self._again.extendleft(reversed(self._untaken))
        self._untaken.clear()

    def _pull(self, transform: Callable[[Batch], Batch]) -> _Outcome | None:
        if self._ended:
            return None
        self._is_stuck = self._is_stuck or self._is_pulling
        self._refuse_stuck()
        self._is_pulling = True
        try:
            outcome = self._next(transform)
        finally:
            self._is_pulling = False
        self._refuse_stuck()
        return outcome

    def _refuse_stuck(self) -> None:
        if self._is_stuck:
            raise RuntimeError("the generator was left in the middle of a batch, and cannot go on; make it anew")

    def _next(self, transform: Callable[[Batch], Batch]) -> _Outcome | None:
        try:
            batch = next(self._batches)
        except StopIteration:
            self._ended = True
            return None
        except Exception as error:
            return error, self._own_state()
        self._refuse_stuck()
        self.total_pulled += 1
        try:
            return transform(batch), self._own_state()
        except Exception as error:
            return error, self._own_state()

    def _own_state(self) -> Any:
        # Copied, since it may be what the user's object goes on to change.
        return None if self._state is None else deepcopy(self._state())
