"""What an executor makes for the epochs of one run."""

from typing import Any

from .executors import Executor, Results
from .passes import Passes


class Supply:
    """Asks the executor for batches where they are first needed, and ends what it makes.

    Where nobody's hook can change the data between epochs, batches of the next `epochs_after` epochs are made ahead
    too, so that nothing need end where an epoch does.
    """

    def __init__(self, executor: Executor, passes: Passes) -> None:
        self._epochs_after = 0
        self._executor = executor
        self._passes = passes
        self._results: Results | None = None
        self._goes_on = False

    def begin_epoch(self, epochs_after: int, *, follows: bool) -> None:
        """Keep what is being made only where the epoch `follows` the last, and that was taken whole."""
        self._epochs_after = epochs_after
        if not (self._goes_on and follows):
            self.end()

    def results(self, limit: int | None) -> Results:
        """What is made, from where the passes stand; `limit` of them are left in the epoch."""
        if self._results is None:
            self._goes_on = self._epochs_after > 0
            tasks = self._passes.tasks(limit, self._epochs_after)
            self._results = self._executor.map(self._passes.work, tasks).__enter__()
        return self._results

    def end_pass(self) -> None:
        """The pass is over, and perhaps the epoch."""
        if not self._goes_on:
            self.end()

    def end_epoch(self, *error: Any, whole: bool) -> None:
        """The consumer has left the epoch; `error` is what made it, and all of it was taken where it is `whole`."""
        if not (self._goes_on and whole):
            self.end(*error)

    def end(self, *error: Any) -> None:
        """Nothing more is made; an interrupt of this leaves nothing half-way."""
        try:
            self._end(error or (None, None, None))
        except KeyboardInterrupt:
            self._end(error or (None, None, None))
            raise

    def _end(self, error: tuple[Any, ...]) -> None:
        if self._results is not None:
            self._results.__exit__(*error)
            self._results, self._goes_on = None, False
