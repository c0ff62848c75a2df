"""A recipe for batches, and one run of it."""

from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from .batch import Batch
from .checks import check_whole
from .executors import Executor, Inline, Results
from .order import Order
from .passes import Passes
from .source import Source, Stream
from .source_passes import SourcePasses
from .stream_passes import StreamPasses
from .transform import Transform


@dataclass(frozen=True)
class Recipe:
    """How batches are made: a value, from which any number of runs can be started.

    `order` says which rows of a source make which batch; None for a stream. `seed` is what random numbers of user code
    are keyed by where there is no order.

        recipe = Recipe(Resident(Batch(x, y)), Order(len(x), batch_size=32, shuffle=True), Threads(2))
        with recipe.run() as run, run.epoch(0) as batches:
            for batch in batches:
                ...
    """

    source: Source | Stream
    order: Order | None = None
    executor: Executor = Inline()
    transforms: tuple[Transform, ...] = ()
    seed: int = 0

    @property
    def length(self) -> int | None:
        """Batches per pass over the data; None where nobody knows or there is no end."""
        if isinstance(self.source, Stream) or self.source.endless or self.order is None:
            return None
        return len(replace(self.order, total_rows=len(self.source)))

    @property
    def endless(self) -> bool:
        """Known to have no end; a stream may have none without anybody knowing."""
        return isinstance(self.source, Source) and self.source.endless

    @property
    def restartable(self) -> bool:
        """Whether every epoch can begin anew; False for a generator or iterator object."""
        return isinstance(self.source, Source) or self.source.restartable

    @property
    def inline(self) -> bool:
        """Whether the thread that asks for a batch makes it."""
        return isinstance(self.executor, Inline)

    def run(self, steps_per_epoch: int | None = None, *, executor: Executor | None = None) -> "Run":
        """A run whose epochs have `steps_per_epoch` batches; None or -1: each is one pass over the data.

        `executor` takes the place of the recipe's, e.g. one that stands already.
        """
        return Run(self, steps_per_epoch, executor)

    def passes(self, steps: int | None) -> Passes:
        if isinstance(self.source, Stream):
            return StreamPasses(self.source, self.transforms, self.seed, steps)
        if self.order is None:
            raise ValueError("a recipe over a Source must have an order")
        return SourcePasses(self.source, self.order, self.transforms, steps)


class Run:
    """Epochs in the order in which they are asked for, one at a time; a context manager.

    `on_epoch_begin` of the data is called when an epoch is entered and `on_epoch_end` when it is left, exactly once
    each. With `steps_per_epoch` other than the length of the data they are called where a pass over the data begins and
    ends: a pass ends when a batch after its last is asked for, or an epoch is left of which the next begins in another
    pass, or the run ends. After an exception no `on_epoch_end` is called.
    """

    def __init__(self, recipe: Recipe, steps_per_epoch: int | None = None, executor: Executor | None = None) -> None:
        self._steps = _checked_steps(steps_per_epoch)
        self._standing = (executor or recipe.executor).standing()
        self._executor: Executor | None = None
        self._passes = recipe.passes(self._steps)

    def __enter__(self) -> Self:
        self._executor = self._standing.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._standing.__exit__(kind, error, traceback)
        if _is_normal(kind):
            self._passes.close()

    def epoch(self, epoch: int, start: int = 0) -> "BatchIterator":
        """The batches of `epoch` from batch `start` on: a context manager that yields their iterator.

        A stream cannot seek: `start` batches are pulled and dropped.
        """
        check_whole("epoch", epoch, least=0)
        check_whole("start", start, least=0)
        if self._executor is None:
            raise RuntimeError("epochs of a run can only be asked for inside its `with` block")
        return BatchIterator(self._executor, self._passes, self._steps, epoch, start)


class BatchIterator:
    """The batches of one epoch, in order; nothing that makes them outlives the `with` block.

    `length` is how many there will be, None where nobody knows. Only a stream can end early. An error in making a batch
    is raised in its place. Nothing is made before the first is waited for.
    """

    def __init__(self, executor: Executor, passes: Passes, steps: int | None, epoch: int, start: int) -> None:
        self.length: int | None = None
        self._executor = executor
        self._passes = passes
        self._steps = steps
        self._epoch = epoch
        self._start = start
        self._left: int | None = None
        self._results: Results | None = None
        self._entered = False

    def __enter__(self) -> Self:
        self._passes.seek(self._epoch, self._start)
        self.length = self._left = self._passes.left if self._steps is None else self._steps - self._start
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._end_results(kind, error, traceback)
        except KeyboardInterrupt:
            # Interrupted before it had ended them: nothing may be left half-way.
            self._end_results(kind, error, traceback)
            raise
        self._entered = False
        if _is_normal(kind):
            self._passes.leave(self._epoch)
        else:
            self._passes.abandon()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        """The next batch, as soon as it is there."""
        while (results := self._current()) is not None:
            batch = self._take(results)
            if batch is not None:
                return batch
            self._turn()
        raise StopIteration

    def ready(self, seconds: float) -> bool:
        """Whether `next` need not wait for a worker: a batch, an error or the end is there; waits at most `seconds`."""
        results = self._current()
        return results is None or results.ready(seconds)

    def _current(self) -> Results | None:
        """What the pass that the run is in gives; None at the end of the epoch."""
        if not self._entered:
            raise RuntimeError("batches can only be taken inside the `with` block of their epoch")
        if self._left == 0:
            return None
        if self._passes.left == 0:
            self._turn()
        if self._results is None:
            tasks = self._passes.tasks(self._left)
            self._results = self._executor.map(self._passes.work, tasks).__enter__()
        return self._results

    def _take(self, results: Results) -> Batch | None:
        try:
            batch = next(results, None)
        except Exception:
            self._count()
            raise
        if batch is not None:
            self._count()
        return batch

    def _count(self) -> None:
        self._passes.took()
        if self._left is not None:
            self._left -= 1

    def _turn(self) -> None:
        self._end_results()
        if not self._passes.turn():
            self._left = 0

    def _end_results(self, *error: Any) -> None:
        if self._results is not None:
            self._results.__exit__(*(error or (None, None, None)))
            self._results = None


def _checked_steps(steps: int | None) -> int | None:
    if steps is None or steps == -1:
        return None
    check_whole("steps_per_epoch (None and -1 stand for a whole pass)", steps, least=1)
    return steps


def _is_normal(kind: type[BaseException] | None) -> bool:
    """A `for` loop over a generator ends with GeneratorExit where it is left by `break`."""
    return kind is None or issubclass(kind, GeneratorExit)
