"""A recipe for batches, and one run of it."""

import sys
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from .batch import Batch
from .checks import check_whole
from .executors import Executor, Inline, Results
from .making import Making
from .order import Order
from .passes import Passes
from .position import Bookmark, Position
from .source import Source, Stream
from .source_passes import SourcePasses
from .stream_passes import NO_BATCH, StreamPasses, Window
from .supply import Supply
from .task import Task, perform
from .trace import Trace
from .transform import Transform


@dataclass(frozen=True)
class Recipe:
    """How batches are made: a value, from which any number of runs can be started.

    `order` says which rows of a source make which batch; None for a stream, of which `window` says which batches of a
    pass there are. `seed` is what random numbers of user code are keyed by where there is no order. A consumer that
    goes by the `bookmark` begins where it says and keeps its place there; `trace` counts what runs give.

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
    window: Window = Window()
    bookmark: Bookmark | None = field(default=None, compare=False)
    trace: Trace | None = field(default=None, compare=False)

    @property
    def length(self) -> int | None:
        """Batches per pass over the data; None where nobody knows or there is no end."""
        if isinstance(self.source, Stream) or self.order is None or self.endless:
            return None
        return len(replace(self.order, total_rows=len(self.source)))

    @property
    def endless(self) -> bool:
        """Known to have no end; a stream may have none without anybody knowing."""
        cut = self.order is not None and self.order.most is not None
        return isinstance(self.source, Source) and self.source.endless and not cut

    @property
    def restartable(self) -> bool:
        """Whether every epoch can begin anew; False for a generator or iterator object."""
        return isinstance(self.source, Source) or self.source.restartable

    @property
    def inline(self) -> bool:
        """Whether the thread that asks for a batch makes it."""
        return isinstance(self.executor, Inline)

    def example(self) -> Batch:
        """A batch to know structure, shapes and dtypes from, made here; none is missing from a later run."""
        if isinstance(self.source, Source):
            return perform(self._making, Task(self.seed, 0, 0))
        passes = replace(self, window=Window(), trace=None).passes(None)
        passes.seek(0, 0)
        batch = perform(passes.work, Task(self.seed, 0, 0))
        passes.leave(0)
        if batch is None:
            raise ValueError(NO_BATCH)
        return batch

    def run(
        self,
        steps_per_epoch: int | None = None,
        *,
        executor: Executor | None = None,
        begins: Position | None = None,
        restarts: bool = False,
    ) -> "Run":
        """A run whose epochs have `steps_per_epoch` batches; None or -1: each is one pass over the data.

        `executor` takes the place of the recipe's, e.g. one that stands already. The epoch that is asked for first
        `begins` there, and those after it follow; where the run `restarts`, every epoch is as the first.
        """
        return Run(self, steps_per_epoch, executor, begins=begins, restarts=restarts)

    def passes(self, steps: int | None, begins: Position | None = None, *, restarts: bool = False) -> Passes:
        timed = self.trace is not None
        if isinstance(self.source, Source):
            return SourcePasses(self._making, steps, begins=begins, restarts=restarts, timed=timed)
        return StreamPasses(
            self.source,
            self.transforms,
            self.seed,
            steps,
            window=self.window,
            begins=begins,
            restarts=restarts,
            timed=timed,
        )

    @property
    def _making(self) -> Making:
        if isinstance(self.source, Stream) or self.order is None:
            raise ValueError("a recipe over a Source must have an order")
        return Making(self.source, self.order, self.transforms)


class Run:
    """Epochs in the order in which they are asked for, one at a time; a context manager.

    `on_epoch_begin` of the data is called when an epoch is entered and `on_epoch_end` when it is left, exactly once
    each. With `steps_per_epoch` other than the length of the data they are called where a pass over the data begins and
    ends: a pass ends when a batch after its last is asked for, or an epoch is left of which the next begins in another
    pass, or the run ends. After an exception no `on_epoch_end` is called.
    """

    def __init__(
        self,
        recipe: Recipe,
        steps_per_epoch: int | None = None,
        executor: Executor | None = None,
        *,
        begins: Position | None = None,
        restarts: bool = False,
    ) -> None:
        self._steps = _checked_steps(steps_per_epoch)
        self._standing = (executor or recipe.executor).standing()
        self._passes = recipe.passes(self._steps, begins, restarts=restarts)
        self._can_go_on = isinstance(recipe.source, Source) and not recipe.source.hooked
        self._trace = recipe.trace
        self._supply: Supply | None = None
        self._next: int | None = None

    def __enter__(self) -> Self:
        self._supply = Supply(self._standing.__enter__(), self._passes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._trace is not None:
            self._trace.pause()
        try:
            if self._supply is not None:
                self._supply.end(kind, error, traceback)
        finally:
            self._standing.__exit__(kind, error, traceback)
        if _is_normal(kind):
            self._passes.close()

    def epoch(self, epoch: int, start: int = 0, *, epochs_after: int = 0) -> "BatchIterator":
        """The batches of `epoch` from batch `start` on: a context manager that yields their iterator.

        A stream cannot seek: `start` batches are pulled and dropped. If it is sure that `epochs_after` more epochs
        follow, and that nothing in between changes the data, those of a source without epoch hooks are begun early.
        """
        check_whole("epoch", epoch, least=0)
        check_whole("start", start, least=0)
        if self._supply is None:
            raise RuntimeError("epochs of a run can only be asked for inside its `with` block")
        self._supply.begin_epoch(epochs_after if self._can_go_on else 0, follows=(epoch, start) == (self._next, 0))
        self._next = epoch + 1
        return BatchIterator(self._supply, self._passes, self._steps, epoch, start, trace=self._trace)


class BatchIterator:
    """The batches of one epoch, in order; nothing that makes them outlives the `with` block, or that of the run.

    `length` is how many there will be, None where nobody knows. Only a stream can end early. An error in making a batch
    is raised in its place. Nothing is made before the first is waited for.
    """

    def __init__(
        self, supply: Supply, passes: Passes, steps: int | None, epoch: int, start: int, *, trace: Trace | None = None
    ) -> None:
        self.length: int | None = None
        self._supply = supply
        self._passes = passes
        self._steps = steps
        self._epoch = epoch
        self._start = start
        self._trace = trace
        self._left: int | None = None
        self._results: Results | None = None  # while they are known to have `_due` batches for this epoch
        self._due = 0
        self._failed = 0
        self._most: int | None = None
        self._entered = False

    def __enter__(self) -> Self:
        self._passes.seek(self._epoch, self._start)
        self.length = self._left = self._passes.left if self._steps is None else self._steps - self._start
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._supply.end_epoch(kind, error, traceback, whole=_is_normal(kind) and self._left == 0)
        self._entered, self._results = False, None
        if _is_normal(kind):
            self._passes.leave(self._epoch)
        else:
            self._passes.abandon()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        """The next batch, as soon as it is there."""
        while (results := self._results or self._current()) is not None:
            batch = self._take(results)
            if batch is not None:
                return batch
            self._turn()
        raise StopIteration

    def alone(self) -> Batch | None:
        """The next batch, of which nothing that comes after it is made yet; None at the end."""
        self._end_results()
        self._most = 1
        batch = next(self, None)
        self._end_results()
        self._most = None
        return batch

    def ready(self, seconds: float) -> bool:
        """Whether `next` need not wait for a worker: a batch, an error or the end is there; waits at most `seconds`."""
        results = self._results or self._current()
        if results is None:
            return True
        return results.ready(seconds) if self._trace is None else self._trace.ready(results, seconds)

    @property
    def position(self) -> Position:
        """Before the batch after the last that was given; an error in the place of a batch gave none."""
        position = self._passes.position
        return replace(position, batch=max(0, position.batch - self._failed)) if self._failed else position

    @property
    def next_position(self) -> Position:
        """Where the next epoch begins, if this one was taken whole."""
        return self._passes.next_position

    @property
    def is_whole_pass(self) -> bool:
        """Whether all was taken of an epoch that is a pass over the data."""
        return self._steps is None and self._left == 0

    def _end_results(self) -> None:
        self._results = None
        self._supply.end()

    def _current(self) -> Results | None:
        """What gives the next batch; None at the end of the epoch."""
        if not self._entered:
            raise RuntimeError("batches can only be taken inside the `with` block of their epoch")
        if self._left == 0:
            return None
        if self._passes.left == 0:
            self._turn()
        if self._left == 0:
            return None
        results = self._supply.results(self._left if self._most is None else self._most)
        lefts = (self._left, self._passes.left, self._most)
        self._due = min((left for left in lefts if left is not None), default=sys.maxsize)
        self._results = results
        return results

    def _take(self, results: Results) -> Batch | None:
        try:
            batch = next(results, None) if self._trace is None else self._trace.next(results)
        except Exception:
            self._count()
            self._failed += 1
            raise
        if batch is not None:
            self._count()
            self._failed = 0
        return batch

    def _count(self) -> None:
        self._passes.took()
        if self._left is not None:
            self._left -= 1
        self._due -= 1
        if not self._due:
            self._results = None

    def _turn(self) -> None:
        self._results = None
        self._supply.end_pass()
        if not self._passes.turn():
            self._left = 0


def _checked_steps(steps: int | None) -> int | None:
    if steps is None or steps == -1:
        return None
    check_whole("steps_per_epoch (None and -1 stand for a whole pass)", steps, least=1)
    return steps


def _is_normal(kind: type[BaseException] | None) -> bool:
    """A `for` loop over a generator ends with GeneratorExit where it is left by `break`."""
    return kind is None or issubclass(kind, GeneratorExit)
