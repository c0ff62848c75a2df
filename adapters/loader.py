"""Loader: whatever `fit` accepts, for any loop."""

import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

from penstock.pipeline import Batch, Executor, Recipe, Shuffle, Tree

from .recipes import Plan, plan

NOT_BUILT_YET = (
    "as_numpy",
    "as_tf_dataset",
    "as_torch",
    "load_state_dict",
    "map",
    "skip",
    "state_dict",
    "stats",
    "take",
)


class Loader:
    """Batches of anything that `fit` accepts: as NumPy, as tuples (x,), (x, y) or (x, y, sample_weight).

    The arrays of a batch are writable and the receiver's own, in the dtypes of the source.

    `x` may be arrays and trees of them, a file by its path (`y` and `sample_weight` then name columns), what `ps.open`
    returns, a PyDataset, a generator or another iterable of batches, or a function that returns one. Rows come in
    batches of `batch_size` (32), in the order that `shuffle`, `seed` and the epoch give, whoever loads them;
    `drop_remainder` leaves out a last batch that is not full.

    `workers` threads keep up to `max_queue_size` batches, and no more than `max_queue_bytes` but at least one, ready or
    in the making; 0: the calling thread makes each batch when it is asked for. None stands for what a PyDataset says
    itself, 1 for a file, and 0 for all else.

        loader = ps.Loader(x, y, batch_size=64, shuffle=True, workers=2)
        for x_batch, y_batch in loader:               # the k-th `for` runs epoch k
            ...
        with loader.epoch(3, start=17) as batches:    # any epoch, from any batch
            ...

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
        max_queue_bytes: int = 2**30,
        shard: tuple[int, int] | None = None,
        drop_remainder: bool = False,
        timeout: float | None = None,
        on_worker_death: Literal["retry", "raise"] = "retry",
        max_retries: int = 3,
        trace: bool = False,
    ) -> None:
        _refuse(shard=shard is not None, timeout=timeout is not None)
        _refuse(on_worker_death=on_worker_death != "retry", max_retries=max_retries != 3, trace=bool(trace))
        order = {"batch_size": batch_size, "shuffle": shuffle, "seed": seed, "drop_remainder": drop_remainder}
        self.plan = _planned(x, y, sample_weight, **order).loaded(
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            max_queue_size=max_queue_size,
            max_queue_bytes=max_queue_bytes,
        )
        self.recipe = self.plan.recipe()
        self._life = ExitStack()
        self._executor: Executor | None = None
        self._next_epoch = 0
        self._latest: weakref.ref[LoaderIterator] | None = None

    def __len__(self) -> int:
        """Batches per epoch. Raises TypeError where nobody knows."""
        if self.recipe.length is None:
            raise TypeError("the length of this Loader is unknown: its data have no end, or say nothing of it")
        return self.recipe.length

    def __iter__(self) -> "LoaderIterator":
        """The batches of the next epoch. Ends the iterator before it: taking from that again is a RuntimeError."""
        self._end_latest()
        iterator = LoaderIterator(self._batches(self._next_epoch))
        self._next_epoch += 1
        self._latest = weakref.ref(iterator)
        return iterator

    @contextmanager
    def epoch(self, epoch: int, start: int = 0) -> Iterator[Iterator[tuple[Tree, ...]]]:
        """The batches of any epoch, from batch `start` on; moves nothing. What makes them ends with the `with` block.

        A generator cannot seek: `start` batches are pulled and dropped.
        """
        if self._executor is None:
            self._executor = self._life.enter_context(self.recipe.executor.standing())
        with self.recipe.run(executor=self._executor) as run, run.epoch(epoch, start) as batches:
            yield map(Batch.as_tuple, batches)

    def close(self) -> None:
        """Ends what the loader has running, its workers too; it can be used again."""
        self._end_latest()
        self._executor = None
        self._life.close()

    def _end_latest(self) -> None:
        latest = self._latest and self._latest()
        if latest is not None:
            latest.end()

    def __enter__(self) -> "Loader":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        if name in NOT_BUILT_YET:
            raise NotImplementedError(f"Loader.{name} is not built yet")
        raise AttributeError(f"a Loader has no attribute {name!r}")

    def _batches(self, epoch: int) -> Iterator[tuple[Tree, ...]]:
        with self.epoch(epoch) as batches:
            yield from batches


class LoaderIterator(Iterator[tuple[Tree, ...]]):
    """One epoch of a loader, until the next begins."""

    def __init__(self, batches: Any) -> None:
        self._batches = batches
        self._ended = False

    def __next__(self) -> tuple[Tree, ...]:
        if self._ended:
            raise RuntimeError("a newer iterator of the Loader, or close(), has ended this one")
        return next(self._batches)

    def end(self) -> None:
        self._ended = True
        self._batches.close()


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
    return (
        _planned(x, y, sample_weight, **order, steps=steps, kept=kept)
        .loaded(workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size)
        .recipe()
    )


def _planned(x: Any, y: Any, sample_weight: Any, **order: Any) -> Plan:
    if not isinstance(x, Loader):
        return plan(x, y, sample_weight, **order)
    for name, value in (("y", y), ("sample_weight", sample_weight), ("batch_size", order["batch_size"])):
        if value is not None:
            raise ValueError(f"{name} must not be given where x is a Loader, which has its own, but is {value!r}")
    return x.plan


def _refuse(**asked_for: bool) -> None:
    for name, is_asked_for in asked_for.items():
        if is_asked_for:
            raise NotImplementedError(f"{name} is not built yet; leave it at its default")
