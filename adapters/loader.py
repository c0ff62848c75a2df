"""Loader: whatever `fit` accepts, for any loop."""

import atexit
import reprlib
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from penstock.pipeline import Batch, BatchIterator, Bookmark, Executor, Position, Recipe, Shuffle, Tree, check_whole

from .converted import Converted
from .recipes import Plan, plan
from .shards import Shard
from .state import position_of, state_of
from .tensorflow import to_dataset
from .torch import to_tensors

if TYPE_CHECKING:
    import tensorflow as tf

Tuple = tuple[Tree, ...]
_QUEUE_BYTES = 2**30
_RETRIES = 3


class Loader:
    """Batches of anything that `fit` accepts: as NumPy, as tuples (x,), (x, y) or (x, y, sample_weight).

    The arrays of a batch are writable and the receiver's own, in the dtypes of the source.

    `x` may be arrays and trees of them, a file by its path (`y` and `sample_weight` then name columns), what `ps.open`
    returns, a PyDataset, a generator or another iterable of batches, or a function that returns one. Rows come in
    batches of `batch_size` (32), in the order that `shuffle`, `seed` and the epoch give, whoever loads them;
    `drop_remainder` leaves out a last batch that is not full.

    `workers` threads, or processes with `use_multiprocessing`, keep up to `max_queue_size` batches, and no more than
    `max_queue_bytes` but at least one, ready or in the making; 0: the calling thread makes each batch when it is asked
    for. None stands for what a PyDataset says itself, 1 for a file, and 0 for all else. The batch of a process that
    dies is made again, at most `max_retries` times, or is an error at once (`on_worker_death="raise"`).

    A batch that is not ready `timeout` seconds after a worker began it is a BatchTimeoutError, and another worker takes
    the place of the one that hangs. A process is ended then. A thread cannot be: it is left behind until your code lets
    go of it, and keeps nobody waiting, not even the end of the program.

    With `shard=(index, count)` each batch is this shard's contiguous part of a global batch of `batch_size` rows, which
    must divide by `count`; a PyDataset gives its batches index, index + count and so on. With `trace=True`, `stats()`
    says where the time goes.

        loader = ps.Loader(x, y, batch_size=64, shuffle=True, workers=2)
        for x_batch, y_batch in loader:               # the k-th `for` runs epoch k
            ...
        with loader.epoch(3, start=17) as batches:    # any epoch, from any batch
            ...
        state = loader.state_dict()                   # between two batches
        loader.load_state_dict(state)                 # the next `for` or `fit` goes on there, in another process too

    A `for` that is left by `break` ends its epoch, with the epoch hooks of a PyDataset; so does one that an exception
    leaves, which a `for` cannot tell apart. `with loader.epoch(...)` can.
    """

    def __init__(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        batch_size: int | None = None,
        shuffle: Shuffle = False,
        seed: int = 0,
        workers: int | None = None,
        use_multiprocessing: bool | None = None,
        max_queue_size: int | None = None,
        max_queue_bytes: int = _QUEUE_BYTES,
        shard: Shard | None = None,
        drop_remainder: bool = False,
        timeout: float | None = None,
        on_worker_death: Literal["retry", "raise"] = "retry",
        max_retries: int = _RETRIES,
        trace: bool = False,
    ) -> None:
        order = dict(batch_size=batch_size, shuffle=shuffle, seed=seed, drop_remainder=drop_remainder, shard=shard)
        queue = dict(max_queue_size=max_queue_size, max_queue_bytes=_told(max_queue_bytes, _QUEUE_BYTES))
        deaths = dict(on_worker_death=_told(on_worker_death, "retry"), max_retries=_told(max_retries, _RETRIES))
        loading = dict(workers=workers, use_multiprocessing=use_multiprocessing, timeout=timeout)
        planned = isinstance(x, Plan)
        self.plan: Plan = x if planned else _planned(x, y, sample_weight, **order).loaded(**loading, **queue, **deaths)
        self.bookmark = Bookmark()
        self.recipe = replace(self.plan.recipe(traced=trace), bookmark=self.bookmark)
        self._life = ExitStack()
        self._executor: Executor | None = None
        self._next_epoch = 0
        self._running: BatchIterator | None = None
        self._latest: weakref.ref[LoaderIterator] | None = None

    def __len__(self) -> int:
        """Batches per epoch. Raises TypeError where nobody knows."""
        if self.recipe.length is None:
            raise TypeError("the length of this Loader is unknown: its data have no end, or say nothing of it")
        return self.recipe.length

    def __iter__(self) -> "LoaderIterator":
        """The batches of the next epoch. Ends the iterator before it: taking from that again is a RuntimeError."""
        return self._begun(self._batches)

    def ahead(self, batches: int, convert: Callable[[Tuple], Any]) -> "LoaderIterator":
        """As `iter(loader)`, with `convert(batch)` done for so many `batches` ahead of the one that is given.

        `state_dict()` is the position of what was given, not of what was converted.
        """
        return self._begun(lambda begins: self._converted(begins, batches, convert))

    @contextmanager
    def epoch(self, epoch: int, start: int = 0) -> Iterator[Iterator[Tuple]]:
        """The batches of any epoch, from batch `start` on; moves nothing. What makes them ends with the `with` block.

        A generator cannot seek: `start` batches are pulled and dropped.
        """
        with self._run(epoch, start) as batches:
            yield map(Batch.as_tuple, batches)

    def state_dict(self) -> dict[str, Any]:
        """The position of the latest iterator, or of the `fit` that goes through this loader: a few numbers, JSON-able.

        It stands after the last batch that was given, whatever was made ahead. Of a generator it is the count of
        batches; where the iterator or iterable has a `state_dict` and a `load_state_dict` itself, what it says is part
        of the state, at most as JSON-able and as small as that.
        """
        return state_of(self.plan, self.bookmark.position if self._running is None else self._running.position)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Let the next `for`, or `fit`, go on where a state says, whatever the executor and the number of workers.

        A generator must be made anew; as many batches as it has given are pulled from it and dropped. Raises ValueError
        where the state is that of a loader with another seed, length, batch size or order.
        """
        position = position_of(self.plan, state)
        self._end_latest()
        self.bookmark.lay(position)

    def map(self, fn: Callable[..., Any], rng: bool = False) -> "Loader":
        """A loader whose batches are `fn(batch)`, or `fn(batch, rng)`, made by the workers.

        `fn` takes and returns the tuple of a batch, which it may change; `rng` is a `numpy.random.Generator` keyed by
        the seed, the epoch and the number of the batch, so that it draws the same whoever makes the batch.

            noisy = loader.map(lambda batch, rng: (batch[0] + rng.normal(size=batch[0].shape), batch[1]), rng=True)
        """
        return self._with(self.plan.mapped(fn, takes_rng=rng))

    def take(self, n: int) -> "Loader":
        """A loader of the first `n` batches of each epoch."""
        check_whole("n", n, least=1)
        return self._with(self.plan.windowed(0, n))

    def skip(self, n: int) -> "Loader":
        """A loader of all but the first `n` batches of each epoch."""
        check_whole("n", n, least=0)
        return self._with(self.plan.windowed(n, None))

    def as_numpy(self) -> "Loader":
        """The batches as NumPy arrays, which they are."""
        return self

    def as_torch(self) -> Converted:
        """The batches as tuples of tensors of torch, which share the memory of the arrays; to be iterated like this."""
        return Converted(self, to_tensors)

    def as_tf_dataset(self) -> "tf.data.Dataset":
        """A `tf.data.Dataset`, each pass over which is the next epoch of this loader.

        One batch is made now, to know its structure.
        """
        return to_dataset(self, self.recipe.example())

    def stats(self) -> dict[str, Any]:
        """Where the time went, of all batches so far; needs `trace=True`.

        `seconds` from where a `for`, `epoch` or `fit` asked for its first batch to its end; `waiting_seconds` of them
        spent waiting for batches, and the `wait_share`; `stage_seconds` that workers spent in each stage, all workers
        together. A `ready_share` of the batches were there when they were asked for; on average `ready_batches` stood
        ready then, each and those after it, of at most `max_queue_size`.
        """
        if self.recipe.trace is None:
            raise RuntimeError("nothing was measured; give trace=True to the Loader")
        return self.recipe.trace.stats()

    def standing(self) -> Executor:
        """Who makes its batches, until it is closed: process workers that have started stay."""
        if self._executor is None:
            self._executor = self._life.enter_context(self.recipe.executor.standing())
        return self._executor

    def close(self) -> None:
        """Ends what the loader has running, its workers too; it can be used again."""
        self._end_latest()
        self._executor = None
        self._life.close()

    def __enter__(self) -> "Loader":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _with(self, plan: Plan) -> "Loader":
        return Loader(plan, trace=self.recipe.trace is not None)

    def _end_latest(self) -> None:
        latest = self._latest and self._latest()
        if latest is not None:
            latest.end()

    def _begun(self, batches: Callable[[Position], Iterator[Any]]) -> "LoaderIterator":
        self._end_latest()
        begins = self.bookmark.take() or self._after()
        self.bookmark.position, self._next_epoch = begins, begins.epoch + 1
        iterator = LoaderIterator(batches(begins))
        self._latest = weakref.ref(iterator)
        return iterator

    def _after(self) -> Position:
        """Where the next epoch begins; a generator goes on where it was left."""
        if self.recipe.restartable:
            return Position(self._next_epoch)
        return replace(self.bookmark.position, epoch=self._next_epoch, batch=0)

    @contextmanager
    def _run(self, epoch: int, start: int = 0, begins: Position | None = None) -> Iterator[BatchIterator]:
        run = self.recipe.run(executor=self.standing(), begins=begins)
        with run, run.epoch(epoch, start) as batches:
            yield batches

    def _batches(self, begins: Position) -> Iterator[Tuple]:
        with self._run(begins.epoch, begins=begins) as batches:
            self._running, position = batches, None
            try:
                for batch in batches:
                    yield batch.as_tuple()
                position = batches.next_position
            finally:
                self._running, self.bookmark.position = None, position or batches.position

    def _converted(self, begins: Position, ahead: int, convert: Callable[[Tuple], Any]) -> Iterator[Any]:
        """An error is raised after the batches before it."""
        error: Exception | None = None
        waiting: deque[tuple[Any, Position]] = deque()
        with self._run(begins.epoch, begins=begins) as batches:
            is_last = False
            while waiting or not is_last:
                while len(waiting) <= ahead and not is_last:
                    try:
                        batch = next(batches)
                        waiting.append((convert(batch.as_tuple()), batches.position))
                    except StopIteration:
                        is_last = True
                    except Exception as raised:
                        error, is_last = raised, True
                if waiting:
                    item, self.bookmark.position = waiting.popleft()
                    yield item
            if error is not None:
                raise error
            self.bookmark.position = batches.next_position


class LoaderIterator(Iterator[tuple[Tree, ...]]):
    """One epoch of a loader, until the next begins."""

    def __init__(self, batches: Any) -> None:
        self._batches = batches
        self._ended = False
        _UNENDED.add(self)

    def __next__(self) -> tuple[Tree, ...]:
        if self._ended:
            raise RuntimeError("a newer iterator of the Loader, or close(), has ended this one")
        return next(self._batches)

    def end(self) -> None:
        self._ended = True
        self._batches.close()

    def abandon(self) -> None:
        """End without waiting for work in flight, as the program does."""
        self._ended = True
        with suppress(SystemExit, ValueError):  # the latter where another thread is in the middle of a batch
            self._batches.throw(SystemExit)


_UNENDED: weakref.WeakSet[LoaderIterator] = weakref.WeakSet()


@atexit.register
def _abandon_all() -> None:
    """Later on, what an iterator needs to end may be gone before it."""
    for iterator in list(_UNENDED):
        iterator.abandon()


def recipe(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    *,
    batch_size: int | None = None,
    shuffle: Shuffle | None = False,
    seed: int = 0,
    drop_remainder: bool = False,
    steps: int | None = None,
    workers: int | None = None,
    use_multiprocessing: bool | None = None,
    max_queue_size: int | None = None,
    kept: bool = False,
) -> Recipe:
    """The recipe for anything that a Loader accepts, or of a Loader: its order, seed and batch size stay.

    `shuffle` None is True wherever there is something to shuffle. With `steps` and no `batch_size`, rows are split into
    that many batches. Where nothing works ahead and a batch is not `kept` beyond the next, it may be memory that
    belongs to the user's data set.
    """
    order = {"batch_size": batch_size, "shuffle": shuffle, "seed": seed, "drop_remainder": drop_remainder}
    planned = _planned(x, y, sample_weight, **order, steps=steps, kept=kept).loaded(
        workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size
    )
    if not isinstance(x, Loader):
        return planned.recipe()
    recipe = replace(planned.recipe(), bookmark=x.bookmark, trace=x.recipe.trace)
    is_told = any(value is not None for value in (workers, use_multiprocessing, max_queue_size))
    return recipe if is_told else replace(recipe, executor=x.standing())


def _planned(x: Any, y: Any, sample_weight: Any, **order: Any) -> Plan:
    if not isinstance(x, Loader):
        return plan(x, y, sample_weight, **order)
    for name, value in (("y", y), ("sample_weight", sample_weight), ("batch_size", order["batch_size"])):
        if value is not None:
            raise ValueError(
                f"{name} must not be given where x is a Loader, which has its own, but is {reprlib.repr(value)}"
            )
    return x.plan


def _told(value: Any, default: Any) -> Any:
    """None for the default: a Loader of a Loader keeps what it is not told."""
    return None if value == default else value
